// SPDX-License-Identifier: GPL-2.0-or-later
//! What the primary does: `kvmppc_run_core()` and what it calls. A loop over the secondaries takes
//! them in any order, which does not matter to it and leaves them alike.

use crate::state::{Hotplug, HwState, Lent, Primary, Queue, State, Wrong};
use crate::{Kind, Seed, Steps};

impl State {
    /// Whether a thread has begun to leave the guest, or was asked to.
    pub(crate) fn exiting(&self) -> bool {
        self.exit_req || self.exited || self.sec.iter().any(|t| t.exited)
    }

    /// A doorbell to each thread that entered, but not to secondary `but`.
    pub(crate) fn kick_entered(&mut self, but: Option<usize>) {
        self.doorbell |= self.entered;
        for (i, t) in self.sec.iter_mut().enumerate() {
            t.doorbell |= t.entered && but != Some(i);
        }
    }

    fn go(&mut self, primary: Primary) {
        self.primary = primary;
        for t in &mut self.sec {
            (t.begun, t.done) = (t.hotplug == Hotplug::Absent, t.hotplug == Hotplug::Absent);
            match primary {
                Primary::TakeBarrier => {}
                Primary::Ask => t.done |= !t.ask,
                _ => t.ask = false,
            }
        }
    }

    fn any_online(&self) -> bool {
        self.sec.iter().any(|t| matches!(t.hotplug, Hotplug::Online | Hotplug::Bringup))
    }

    /// As `init_vcore_to_run()`.
    fn clear_map(&mut self) {
        (self.exit_req, self.entered, self.exited) = (false, false, false);
        for t in &mut self.sec {
            (t.entered, t.exited) = (false, false);
        }
    }

    fn requests_drained(&self) -> bool {
        self.sec.iter().all(|t| t.late_req.is_none())
    }
}

/// What the primary of `s` may do next.
pub(crate) fn steps(s: &State, out: &mut Steps) {
    use Primary::*;
    let all_done = s.sec.iter().all(|t| t.done);
    match s.primary {
        Host if s.resched => out.primary(Kind::Own, "stopper begins multi_cpu_stop()", &|s| {
            s.resched = false;
            s.go(MultiStop);
        }),
        Host => out.primary(Kind::Event, "KVM_RUN", &|s| {
            s.clear_map();
            s.go(AnyOnline);
        }),
        MultiStop => {}
        AnyOnline if s.any_online() => out.primary(Kind::Own, "a secondary is online", &|s| s.go(Take)),
        AnyOnline => {
            let next = if out.seeded(Seed::OnlineLookedAtTwice) { AllOffline } else { Take };
            out.primary(Kind::Own, "no secondary is online", &|s| s.go(next));
        }
        AllOffline if s.any_online() => out.primary(Kind::Own, "a secondary is online: EBUSY", &|s| {
            s.wrong = Wrong::RefusedGuest;
        }),
        AllOffline => out.primary(Kind::Own, "none is online", &|s| s.go(Take)),
        Take => out.primary(Kind::Own, "hwthread_req = 1 of all; notes who is online", &|s| {
            for t in &mut s.sec {
                t.ask = matches!(t.hotplug, Hotplug::Online | Hotplug::Bringup);
                t.late_req = (t.hotplug != Hotplug::Absent).then_some(true);
            }
            s.go(TakeBarrier);
        }),
        TakeBarrier if s.requests_drained() || out.seeded(Seed::NoBarrierAfterRequest) => {
            out.primary(Kind::Own, "sync", &|s| s.go(Ask));
        }
        Ask if all_done => out.primary(Kind::Own, "all asked", &|s| s.go(WaitOut)),
        Ask => ask(s, out),
        WaitOut => wait_out(s, all_done, out),
        StoreVc if s.late_vc.is_none() => {
            let late = out.seeded(Seed::NoBarrierBeforeEntry);
            out.primary(Kind::Own, "core->vc = vc", &|s| {
                if late {
                    s.late_vc = Some(true);
                } else {
                    s.vc = true;
                }
                s.go(LookNeeded);
            });
        }
        LookNeeded if all_done => out.primary(Kind::Own, "no secondary is NEEDED", &|s| s.go(LookResched)),
        LookNeeded if out.seeded(Seed::NeededNotLookedAt) => {
            out.primary(Kind::Own, "does not look at online", &|s| s.go(LookResched));
        }
        LookNeeded => {
            out.each(s, |t| !t.done, "sync; looks at its online", &|s, i| {
                if s.sec[i].online == Lent::Needed {
                    s.go(Refuse);
                } else {
                    s.sec[i].done = true;
                }
            });
        }
        LookResched if s.resched => out.primary(Kind::Own, "need_resched()", &|s| s.go(Refuse)),
        LookResched => out.primary(Kind::Own, "interrupts off, nothing pending", &|s| s.go(Start)),
        Refuse if s.late_vc.is_none() => out.primary(Kind::Own, "core->vc = NULL: does not enter", &|s| {
            s.late_vc = Some(false);
            s.go(Release);
        }),
        Start => start(s, out),
        Switch => out.primary(Kind::Own, "switches the core to the guest; in_guest = 1", &|s| {
            s.guest_partition = true;
            s.go(Guest);
        }),
        Guest => {
            if s.doorbell {
                out.primary(Kind::Own, "doorbell in the guest", &|s| {
                    s.doorbell = false;
                    s.go(if s.exiting() { Commence } else { Guest });
                });
            }
            if s.resched {
                out.primary(Kind::Own, "rescheduling IPI in the guest", &|s| s.go(Commence));
            }
            out.primary(Kind::Timer, "hypervisor decrementer", &|s| s.go(Commence));
        }
        Commence => {
            let early = out.seeded(Seed::ReleasedTooEarly);
            out.primary(Kind::Own, "kvmhv_commence_exit()", &|s| {
                if !s.exiting() {
                    s.kick_entered(None);
                    s.doorbell = false;
                }
                s.exited = true;
                s.go(if early { Release } else { WaitExits });
            });
        }
        WaitExits if s.sec.iter().all(|t| t.entered == t.exited) => {
            out.primary(Kind::Own, "all have left: switches the core back; in_guest = 0", &|s| {
                s.guest_partition = false;
                s.doorbell = false;
                s.go(WaitNap);
            });
        }
        WaitNap if all_done => out.primary(Kind::Own, "all vCPUs are back", &|s| s.go(CoreExit)),
        WaitNap => {
            out.each(s, |t| !t.done && !t.kvm_vcore && !t.late_start, "its kvm_vcore is NULL", &|s, i| {
                s.sec[i].done = true;
            })
        }
        CoreExit if s.late_vc.is_none() => out.primary(Kind::Own, "core->vc = NULL", &|s| {
            s.late_vc = Some(false);
            s.go(Release);
        }),
        Release if all_done => {
            out.primary(Kind::Own, "has released all", &|s| {
                if s.guest_partition {
                    s.go(WaitExits);
                } else {
                    s.clear_map();
                    s.go(Host);
                }
            });
        }
        Release => release(s, out),
        _ => {}
    }
    drains(s, out);
}

/// `stop_cpus_async()`, a secondary at a time: each under its stopper's lock.
fn ask(s: &State, out: &mut Steps) {
    let twice = out.seeded(Seed::QueuedTwice);
    out.each(s, |t| !t.done && t.ask, "asks its stopper", &|s, i| {
        let t = &mut s.sec[i];
        t.done = true;
        t.queue = match t.queue {
            _ if t.hotplug != Hotplug::Online => {
                t.begun = true; // missed
                t.queue
            }
            Queue::Empty => Queue::Cede,
            Queue::Stop => Queue::StopCede,
            pending => {
                if twice {
                    s.wrong = Wrong::QueuedTwice;
                }
                pending
            }
        };
        if s.sec[i].begun {
            s.go(Primary::Release);
        }
    });
}

/// `all_out_of_kernel()` and the ways to give up.
fn wait_out(s: &State, all_done: bool, out: &mut Steps) {
    if all_done {
        out.primary(Kind::Own, "all are out of the kernel", &|s| s.go(Primary::StoreVc));
        return;
    }
    out.each(
        s,
        |t| !t.done && t.hwthread_state != HwState::Kernel,
        "its hwthread_state is not IN_KERNEL",
        &|s, i| s.sec[i].done = true,
    );
    if s.resched && !out.seeded(Seed::ReschedNotLookedAt) {
        out.primary(Kind::Own, "need_resched(): gives up", &|s| s.go(Primary::Release));
    }
    out.primary(Kind::Timeout, "kvmhv_cede_timeout_us: gives up", &|s| s.go(Primary::Release));
}

/// `kvmppc_start_thread()`: any set of the secondaries gets vCPUs.
fn start(s: &State, out: &mut Steps) {
    let late = out.seeded(Seed::NoBarrierBeforeStart);
    if let Some(i) = s.sec.iter().position(|t| t.begun && !t.done) {
        out.sec_by_primary(i, "sync; msgsnd: start", &|t| {
            t.doorbell = true;
            t.done = true;
        });
        return;
    }
    out.each(s, |t| !t.done, "kvm_vcore = vc", &|s, i| {
        let t = &mut s.sec[i];
        (t.late_start, t.kvm_vcore) = (late, !late);
        t.begun = true;
    });
    out.primary(Kind::Own, "kvmppc_hv_entry", &|s| {
        let late = s.exiting();
        s.entered = !late;
        s.go(if late { Primary::WaitExits } else { Primary::Switch });
    });
}

/// `kvmppc_release_hwthread()` of one after the other.
fn release(s: &State, out: &mut Steps) {
    let (no_barrier, no_doorbell) = (out.seeded(Seed::NoBarrierAfterRelease), out.seeded(Seed::NoDoorbell));
    if let Some(i) = s.sec.iter().position(|t| t.begun && !t.done) {
        if s.late_vc.is_none() || no_barrier {
            let lent = s.sec[i].online != Lent::Offline;
            let what = if lent { "sync; it is lent: msgsnd" } else { "sync; it is not lent" };
            out.sec_by_primary(i, what, &|t| {
                t.doorbell |= lent && !no_doorbell;
                t.done = true;
            });
        }
        return;
    }
    out.each(s, |t| !t.done && t.late_req.is_none(), "hwthread_req = 0", &|s, i| {
        let t = &mut s.sec[i];
        if no_barrier {
            t.late_req = Some(false);
        } else {
            t.hwthread_req = false;
        }
        s.sec[i].begun = true;
    });
}

/// Stores reach memory in any order, unless a barrier waits for them.
fn drains(s: &State, out: &mut Steps) {
    if s.late_vc.is_some() {
        out.primary(Kind::Own, "(its core->vc becomes visible)", &|s| {
            s.vc = s.late_vc.take().unwrap_or(s.vc);
        });
    }
    out.each(s, |t| t.late_req.is_some(), "(its hwthread_req becomes visible)", &|s, i| {
        let t = &mut s.sec[i];
        t.hwthread_req = t.late_req.take().unwrap_or(t.hwthread_req);
    });
    out.each(s, |t| t.late_start, "(its kvm_vcore becomes visible)", &|s, i| {
        (s.sec[i].kvm_vcore, s.sec[i].late_start) = (true, false);
    });
}
