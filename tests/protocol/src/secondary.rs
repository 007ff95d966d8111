// SPDX-License-Identifier: GPL-2.0-or-later
//! What a secondary does: the host's stopper, `kvmhv_cede_thread()`, `power7_cede()` and
//! `power7_offline()`, `idle_kvm_start_guest` to `kvm_no_guest`.

use crate::state::{Hotplug, HwState, Latch, Lent, Pc, Queue, Secondary, Sending, State, Wake};
use crate::{Kind, Seed, Steps};

impl Secondary {
    /// Whether it translates addresses: in another's partition it executes what it must not.
    pub(crate) fn mmu_on(&self) -> bool {
        use Pc::*;
        matches!(self.pc, Host | MultiStop | CheckRequest | Return | Flush | ComeOnline | Unpark)
    }

    /// `online`, as the thread itself sees it.
    pub(crate) fn own_online(&self) -> Lent {
        self.late_online.unwrap_or(self.online)
    }

    /// Whether all that it has stored is in memory.
    pub(crate) fn drained(&self) -> bool {
        !self.late_kernel && self.late_online.is_none() && !self.late_msgclr
    }

    /// Whether its ICP presents an interrupt: an IPI's priority is above a device's.
    fn icp_presents(&self) -> bool {
        self.mfrr || (self.device && !self.cppr)
    }

    /// Whether the host has sent it something that it has not handled.
    pub(crate) fn owes(&self) -> bool {
        self.message || self.device || self.cppr || self.saved_xirr == Latch::Device || self.reset
    }

    /// Real mode is left, for the caller of `power7_cede()` or `power7_offline()`.
    fn leave(&mut self) {
        self.pc = if self.own_online() == Lent::Offline { Pc::Flush } else { Pc::Return };
    }

    fn nap(&mut self) {
        // The wakeup will say why.
        self.srr1 = Wake::None;
        self.pc = Pc::Nap;
    }

    fn store_kernel(&mut self, late: bool) {
        if late {
            self.late_kernel = true;
        } else {
            self.hwthread_state = HwState::Kernel;
        }
    }

    fn handle_ipi(&mut self) {
        self.host_ipi = false;
        self.message = false;
    }
}

impl State {
    /// `kvmhv_commence_exit()` on secondary `i`.
    fn leave(&mut self, i: usize) {
        if !self.exiting() {
            self.kick_entered(Some(i));
        }
        self.sec[i].exited = true;
        self.sec[i].pc = Pc::WaitSwitchBack;
    }
}

/// What secondary `i` of `s` may do next.
pub(crate) fn steps(s: &State, i: usize, out: &mut Steps) {
    use Pc::*;
    let t = s.sec[i];
    match t.pc {
        Host => host(s, i, out),
        // It ends for all at once: crate::environment.
        MultiStop => {}
        CheckRequest
            if t.late_online.is_none() && (out.seeded(Seed::StopperDoesNotLook) || t.hwthread_req) =>
        {
            out.own(i, "asked for: interrupts off; online = CEDED; MMU off", &|t| {
                t.late_online = Some(Lent::Ceded);
                t.pc = StoreIdle;
            });
        }
        CheckRequest if !t.hwthread_req => out.own(i, "not asked for any more", &|t| t.pc = Host),
        StoreIdle if !t.late_kernel => out.own(i, "hwthread_state = IN_IDLE", &|t| {
            t.hwthread_state = HwState::Idle;
            if t.hotplug == Hotplug::Offline {
                t.nap();
            } else {
                t.pc = LookBeforeNap;
            }
        }),
        LookBeforeNap if t.drained() || out.seeded(Seed::NoBarrierBeforeNap) => {
            let nap = t.hwthread_req || out.seeded(Seed::StopperDoesNotLook);
            let what = if nap { "sync; hwthread_req: nap" } else { "sync; no hwthread_req: no nap" };
            out.own(i, what, &|t| if nap { t.nap() } else { t.pc = StoreKernel });
        }
        Nap => {
            let mut wake = |what, srr1| out.own(i, what, &|t| (t.srr1, t.pc) = (srr1, StoreKernel));
            if t.doorbell && !t.late_msgclr {
                wake("wakes: doorbell", Wake::Doorbell);
            }
            if t.icp_presents() {
                wake("wakes: external interrupt", Wake::External);
            }
        }
        StoreKernel => {
            let late = out.seeded(Seed::NoBarrierAfterNap);
            out.own(i, "hwthread_state = IN_KERNEL", &|t| {
                t.store_kernel(late);
                t.pc = LookAfterNap;
            });
        }
        LookAfterNap if t.drained() || out.seeded(Seed::NoBarrierAfterNap) => {
            if !t.hwthread_req {
                out.own(i, "sync; no hwthread_req: MMU on", &Secondary::leave);
            } else if !t.late_kernel {
                out.own(i, "sync; hwthread_req: hwthread_state = IN_KVM", &|t| {
                    t.hwthread_state = HwState::Kvm;
                    t.pc = match t.srr1 {
                        Wake::Doorbell => ClearDoorbell,
                        Wake::External => ReadIntr,
                        Wake::None | Wake::Reset => StoreNeeded,
                    };
                });
            }
        }
        ClearDoorbell => {
            let late = out.seeded(Seed::MsgclrIsLate);
            let next = if t.host_ipi { StoreNeeded } else { LookVcore };
            out.own(i, "msgclr; looks at host_ipi", &|t| {
                (t.doorbell, t.late_msgclr) = (t.doorbell && late, t.doorbell && late);
                t.pc = next;
            });
        }
        ReadIntr => {
            let next = if t.host_ipi { StoreNeeded } else { ReadXirr };
            out.own(i, "looks at host_ipi", &|t| t.pc = next);
        }
        ReadXirr if t.mfrr => out.own(i, "accepts an IPI from the ICP, ends it", &|t| {
            t.mfrr = false;
            t.saved_xirr = Latch::Ipi;
            t.pc = RecheckHostIpi;
        }),
        ReadXirr if t.device && !t.cppr => {
            out.own(i, "accepts the device's interrupt from the ICP: saved_xirr", &|t| {
                (t.device, t.cppr) = (false, true);
                t.saved_xirr = Latch::Device;
                t.pc = StoreNeeded;
            })
        }
        ReadXirr => out.own(i, "nothing in the ICP", &|t| {
            t.saved_xirr = Latch::Empty;
            t.pc = NoGuest;
        }),
        RecheckHostIpi if t.host_ipi => out.own(i, "host_ipi is set: sends itself the IPI again", &|t| {
            t.mfrr = true;
            t.pc = StoreNeeded;
        }),
        RecheckHostIpi => out.own(i, "host_ipi is not set: saved_xirr = 0", &|t| {
            t.saved_xirr = Latch::Empty;
            t.pc = LookVcore;
        }),
        LookVcore if t.kvm_vcore => out.own(i, "kvm_vcore is set", &|t| t.pc = Enter),
        LookVcore => out.own(i, "kvm_vcore is NULL", &|t| t.pc = NoGuest),
        StoreNeeded if t.own_online() == Lent::Offline => {
            out.own(i, "offline: not for the host", &|t| t.pc = NoGuest)
        }
        StoreNeeded if t.late_online.is_none() => {
            let late = out.seeded(Seed::NoBarrierAfterNeeded);
            out.own(i, "online = NEEDED", &|t| {
                if late {
                    t.late_online = Some(Lent::Needed);
                } else {
                    t.online = Lent::Needed;
                }
                t.pc = NeededLookRequest;
            });
        }
        NeededLookRequest if t.drained() || out.seeded(Seed::NoBarrierAfterNeeded) => {
            let next = if t.hwthread_req { NeededLookVc } else { NoGuest };
            out.own(i, "sync; looks at hwthread_req", &|t| t.pc = next);
        }
        NeededLookVc if s.vc => out.own(i, "core->vc is set", &|t| t.pc = RequestExit),
        NeededLookVc => out.own(i, "core->vc is NULL", &|t| t.pc = NoGuest),
        RequestExit => out.any(Kind::Own, i, "VCORE_EXIT_REQ, doorbells to those that entered", &|s| {
            if !s.exiting() {
                s.exit_req = true;
                s.kick_entered(None);
            }
            s.sec[i].pc = NoGuest;
        }),
        NoGuest if t.hwthread_req => out.own(i, "kvm_no_guest: hwthread_req", &|t| t.pc = NoGuestVcore),
        NoGuest => out.own(i, "kvm_no_guest: no hwthread_req", &|t| t.pc = BackStore),
        NoGuestVcore if t.kvm_vcore => out.own(i, "kvm_vcore is set", &|t| t.pc = Enter),
        NoGuestVcore if t.own_online() == Lent::Ceded => {
            out.own(i, "kvm_vcore is NULL: back to power7_cede()", &|t| t.pc = StoreIdle);
        }
        NoGuestVcore => out.own(i, "kvm_vcore is NULL", &|t| t.pc = NoGuest),
        BackStore => {
            let late = out.seeded(Seed::NoBarrierGoingBack);
            out.own(i, "hwthread_state = IN_KERNEL", &|t| {
                t.store_kernel(late);
                t.pc = BackLook;
            });
        }
        BackLook if t.drained() || out.seeded(Seed::NoBarrierGoingBack) => {
            if !t.hwthread_req {
                out.own(i, "sync; no hwthread_req: MMU on", &Secondary::leave);
            } else if !t.late_kernel {
                out.own(i, "sync; hwthread_req again: hwthread_state = IN_KVM", &|t| {
                    t.hwthread_state = HwState::Kvm;
                    t.pc = NoGuest;
                });
            }
        }
        Enter => {
            let forgets = out.seeded(Seed::ResetForgotten);
            out.any(Kind::Own, i, "kvmppc_hv_entry", &|s| {
                let late = s.exiting();
                let t = &mut s.sec[i];
                if t.srr1 != Wake::Reset || forgets {
                    t.srr1 = Wake::None;
                }
                t.entered = !late;
                t.pc = if late { WaitSwitchBack } else { WaitSwitch };
            });
        }
        WaitSwitch if s.exiting() => {
            out.any(Kind::Own, i, "the others are leaving already: kvmhv_commence_exit()", &|s| s.leave(i));
        }
        WaitSwitch if s.guest_partition => out.own(i, "into the guest", &|t| t.pc = Guest),
        Guest => guest(s, i, out),
        // A latched interrupt is presented no more: it has to be seen before the next entry.
        WaitSwitchBack if !s.guest_partition && t.late_online.is_none() => {
            let lent = t.online != Lent::Offline && t.saved_xirr != Latch::Empty;
            let needed = lent && !out.seeded(Seed::LatchNotNoticed);
            let what = if needed { "online = NEEDED; lwsync; kvm_vcore = NULL" } else { "kvm_vcore = NULL" };
            out.own(i, what, &|t| {
                if needed {
                    t.online = Lent::Needed;
                }
                t.kvm_vcore = false;
                t.pc = NoGuest;
            });
        }
        Return if t.late_online.is_none() => {
            let (no_ipi, no_latch) =
                (out.seeded(Seed::DoorbellNotReplayed), out.seeded(Seed::LatchNotReplayed));
            out.own(i, "online = OFFLINE; replays interrupts; interrupts on", &|t| {
                t.late_online = Some(Lent::Offline);
                if t.host_ipi && !no_ipi {
                    t.handle_ipi();
                }
                if t.saved_xirr != Latch::Empty && !no_latch {
                    if t.saved_xirr == Latch::Ipi {
                        t.handle_ipi();
                        t.mfrr = false;
                    }
                    t.saved_xirr = Latch::Empty;
                    t.cppr = false;
                }
                if t.srr1 == Wake::Reset {
                    t.reset = false;
                }
                t.srr1 = Wake::None;
                t.pc = Host;
            });
        }
        Flush => out.own(i, "flushes what woke it", &|t| {
            match t.srr1 {
                Wake::External => (t.mfrr, t.saved_xirr) = (false, Latch::Empty),
                Wake::Doorbell => t.doorbell = false,
                Wake::None | Wake::Reset => {}
            }
            t.srr1 = Wake::None;
            t.host_ipi = false;
            (t.pc, t.hotplug) =
                if t.restart { (ComeOnline, Hotplug::Coming) } else { (StoreIdle, Hotplug::Offline) };
            t.restart = false;
        }),
        ComeOnline => out.own(i, "is in cpu_online_mask", &|t| {
            t.hotplug = Hotplug::Bringup;
            t.pc = Unpark;
        }),
        Unpark => out.own(i, "its stopper is unparked", &|t| {
            t.hotplug = Hotplug::Online;
            t.pc = Host;
        }),
        _ => {}
    }
    drains(&t, i, out);
}

/// Stores reach memory in any order, unless a barrier waits for them.
fn drains(t: &Secondary, i: usize, out: &mut Steps) {
    if t.late_kernel {
        out.own(i, "(its hwthread_state becomes visible)", &|t| {
            (t.hwthread_state, t.late_kernel) = (HwState::Kernel, false);
        });
    }
    if t.late_online.is_some() {
        out.own(i, "(its online becomes visible)", &|t| {
            t.online = t.late_online.take().unwrap_or(t.online);
        });
    }
    if t.late_msgclr {
        out.own(i, "(its msgclr takes effect)", &|t| {
            (t.doorbell, t.late_msgclr) = (false, false);
        });
    }
}

/// Interrupts, the stopper, and the end of a thread that goes offline.
fn host(s: &State, i: usize, out: &mut Steps) {
    let t = s.sec[i];
    if t.doorbell {
        out.own(i, "handles a doorbell", &|t| {
            t.doorbell = false;
            t.handle_ipi();
        });
    }
    if t.mfrr {
        out.own(i, "handles an IPI from the ICP", &|t| {
            t.mfrr = false;
            t.handle_ipi();
        });
    }
    if t.device && !t.cppr {
        out.own(i, "handles the device's interrupt", &|t| t.device = false);
    }
    match t.queue {
        Queue::Cede | Queue::CedeStop => out.own(i, "stopper begins kvmhv_cede_thread()", &|t| {
            t.queue = if t.queue == Queue::Cede { Queue::Empty } else { Queue::Stop };
            t.pc = Pc::CheckRequest;
        }),
        Queue::Stop | Queue::StopCede => out.own(i, "stopper begins multi_cpu_stop()", &|t| {
            t.queue = if t.queue == Queue::Stop { Queue::Empty } else { Queue::Cede };
            t.pc = Pc::MultiStop;
        }),
        Queue::Empty if t.hotplug == Hotplug::Dying && !t.owes() && t.sending == Sending::Nothing => {
            out.own(i, "is offline", &|t| {
                t.hotplug = Hotplug::Offline;
                t.pc = Pc::StoreIdle;
            });
        }
        Queue::Empty => {}
    }
}

/// What takes a thread out of a guest.
fn guest(s: &State, i: usize, out: &mut Steps) {
    let t = s.sec[i];
    if t.doorbell && (s.exiting() || t.host_ipi) {
        out.any(Kind::Own, i, "doorbell in the guest: kvmhv_commence_exit()", &|s| {
            s.sec[i].doorbell = false;
            s.leave(i);
        });
    } else if t.doorbell {
        out.own(i, "doorbell in the guest, for nothing", &|t| t.doorbell = false);
    }
    if t.host_ipi && t.mfrr {
        out.any(Kind::Own, i, "IPI for the host in the guest: kvmhv_commence_exit()", &|s| s.leave(i));
    } else if t.mfrr {
        out.own(i, "kick in the guest", &|t| t.mfrr = false);
    } else if t.device && !t.cppr {
        out.any(
            Kind::Own,
            i,
            "accepts the device's interrupt in the guest: saved_xirr, kvmhv_commence_exit()",
            &|s| {
                let t = &mut s.sec[i];
                (t.device, t.cppr) = (false, true);
                t.saved_xirr = Latch::Device;
                s.leave(i);
            },
        );
    }
    out.any(Kind::Timer, i, "guest exits: kvmhv_commence_exit()", &|s| s.leave(i));
}
