// SPDX-License-Identifier: GPL-2.0-or-later
//! What a secondary does in real mode for KVM: `idle_kvm_start_guest` to `kvm_no_guest`, and the
//! guest in between.

use crate::state::{HwState, Latch, Lent, Pc, Secondary, State, Wake};
use crate::{Kind, Seed, Steps};

impl State {
    /// `kvmhv_commence_exit()` on secondary `i`.
    pub(crate) fn leave(&mut self, i: usize) {
        if !self.exiting() {
            self.kick_entered(Some(i));
        }
        self.sec[i].exited = true;
        self.sec[i].pc = Pc::WaitSwitchBack;
    }
}

/// What secondary `i` of `s` may do next, if it is there.
pub(crate) fn steps(s: &State, i: usize, out: &mut Steps) {
    use Pc::*;
    let t = s.sec[i];
    match t.pc {
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
        // What it has taken for the host comes no more: to be seen before the next entry, and nap.
        WaitSwitchBack if !s.guest_partition && t.late_online.is_none() => {
            let taken = t.saved_xirr != Latch::Empty || t.srr1 == Wake::Reset;
            let needed = t.online != Lent::Offline && taken && !out.seeded(Seed::NotNeededAfterGuest);
            let what = if needed { "online = NEEDED; lwsync; kvm_vcore = NULL" } else { "kvm_vcore = NULL" };
            out.own(i, what, &|t| {
                if needed {
                    t.online = Lent::Needed;
                }
                t.kvm_vcore = false;
                t.pc = NoGuest;
            });
        }
        _ => {}
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
