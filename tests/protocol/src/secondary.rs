// SPDX-License-Identifier: GPL-2.0-or-later
//! What a secondary does for the host: its stopper, `kvmhv_cede_thread()`, `power7_cede()`,
//! `power7_offline()`, and what comes before and after those.

use crate::state::{Hotplug, HwState, Latch, Lent, Pc, Queue, Secondary, Sending, State, Wake};
use crate::{Seed, Steps, rmhandlers};

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
    pub(crate) fn leave(&mut self) {
        self.pc = match self.own_online() {
            _ if self.kvm_vcore => Pc::LeaveKvm,
            Lent::Offline => Pc::Flush,
            Lent::Ceded | Lent::Needed => Pc::Return,
        };
    }

    fn nap(&mut self) {
        // The wakeup will say why.
        self.srr1 = Wake::None;
        self.pc = Pc::Nap;
    }

    pub(crate) fn store_kernel(&mut self, late: bool) {
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
        LeaveKvm => {
            let silent = out.seeded(Seed::LateOneSilent);
            out.own(i, "has a kvm_vcore still: kvm_vcore = NULL", &|t| {
                let vcore = std::mem::take(&mut t.kvm_vcore);
                t.leave();
                t.kvm_vcore = vcore && silent;
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
    rmhandlers::steps(s, i, out);
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
