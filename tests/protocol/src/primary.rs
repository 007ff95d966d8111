// SPDX-License-Identifier: GPL-2.0-or-later
//! What the primary does: `kvmppc_run_core()` and what it calls.
//!
//! A loop over the secondaries is one step for each thing that it does to all of them. What it does
//! to one secondary concerns no other, so that any order leads to the same states.

use crate::state::{Hotplug, HwState, Lent, Primary, Queue, Secondary, State, Wrong};
use crate::{Kind, SECONDARIES, Seed, Steps};

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

    fn any_online(&self) -> bool {
        self.sec.iter().any(Secondary::in_online_mask)
    }

    /// As `init_vcore_to_run()`.
    fn clear_map(&mut self) {
        (self.exit_req, self.entered, self.exited) = (false, false, false);
        for t in &mut self.sec {
            (t.entered, t.exited) = (false, false);
        }
    }

    /// Not, or not any more: the secondaries are let go.
    fn refuse(&mut self) {
        (self.vc, self.late_vc) = (false, None);
        self.primary = Primary::Release;
    }

    fn present(&mut self) -> impl Iterator<Item = &mut Secondary> {
        self.sec.iter_mut().filter(|t| t.hotplug != Hotplug::Absent)
    }

    fn requests_drained(&self) -> bool {
        self.sec.iter().all(|t| t.late_req.is_none())
    }
}

impl Secondary {
    fn in_online_mask(&self) -> bool {
        matches!(self.hotplug, Hotplug::Online | Hotplug::Bringup)
    }
}

/// What the primary of `s` may do next.
pub(crate) fn steps(s: &State, out: &mut Steps) {
    use Primary::*;
    match s.primary {
        // It ends for all at once: crate::environment.
        MultiStop => {}
        AllOffline if s.any_online() => out.primary(Kind::Own, "a secondary is online: EBUSY", &|s| {
            s.wrong = Wrong::RefusedGuest;
        }),
        AllOffline => out.primary(Kind::Own, "none is online", &|s| s.primary = Take),
        Host if s.resched => out.primary(Kind::Own, "stopper begins multi_cpu_stop()", &|s| {
            s.resched = false;
            s.primary = MultiStop;
        }),
        Host if s.waits && s.sec.iter().all(|t| !t.kvm_vcore) => {
            out.primary(Kind::Own, "no kvm_vcore is left: core->vc = NULL", &|s| {
                s.waits = false;
                s.refuse();
            });
        }
        Host if s.events.runs > 0 && !s.waits => {
            let twice = out.seeded(Seed::OnlineLookedAtTwice) && !s.any_online();
            out.primary(Kind::Event, "KVM_RUN: looks whether a secondary is online", &|s| {
                s.events.runs -= u8::from(s.events.runs < u8::MAX);
                s.clear_map();
                s.primary = if twice { AllOffline } else { Take };
            });
        }
        Take if s.requests_drained() => take(out),
        Ask => ask(out),
        WaitOut => wait_out(s, out),
        LookNeeded if out.seeded(Seed::NeededNotLookedAt) => {
            out.primary(Kind::Own, "does not look at online", &|s| s.primary = Start);
        }
        LookNeeded if s.sec.iter().any(|t| t.online == Lent::Needed) => {
            out.primary(Kind::Own, "sync; one is NEEDED: core->vc = NULL, does not enter", &State::refuse);
        }
        LookNeeded => out.primary(Kind::Own, "sync; none is NEEDED", &|s| s.primary = Start),
        Start if s.resched => out.primary(Kind::Own, "need_resched(): core->vc = NULL", &State::refuse),
        Start => start(s, out),
        Started => {
            let chosen = s.sec.map(|t| t.kvm_vcore || t.late_start);
            out.primary(Kind::Own, "sync; a doorbell to each that has a vCPU", &|s| {
                for (t, chosen) in s.sec.iter_mut().zip(chosen) {
                    t.doorbell |= chosen;
                }
                s.primary = Enter;
            });
        }
        Enter => out.primary(Kind::Own, "kvmppc_hv_entry", &|s| {
            s.entered = !s.exiting();
            s.primary = if s.entered { Switch } else { WaitExits };
        }),
        Switch => out.primary(Kind::Own, "switches the core to the guest; in_guest = 1", &|s| {
            s.guest_partition = true;
            s.primary = Guest;
        }),
        Guest => guest(s, out),
        WaitExits if s.sec.iter().all(|t| t.entered == t.exited) => {
            out.primary(Kind::Own, "all have left: switches the core back; in_guest = 0", &|s| {
                s.guest_partition = false;
                s.doorbell = false;
                s.primary = WaitNap;
            });
        }
        WaitNap if s.sec.iter().all(|t| !t.kvm_vcore && !t.late_start) => {
            out.primary(Kind::Own, "no kvm_vcore is left: core->vc = NULL", &State::refuse);
        }
        WaitNap if s.events.lates > 0 => {
            out.primary(Kind::Event, "kvmhv_cede_timeout_us: one is late", &|s| {
                s.events.lates -= 1;
                s.primary = LetAllGo;
            });
        }
        LetAllGo => {
            let kept = out.seeded(Seed::LateOnesKept);
            out.primary(Kind::Own, "hwthread_req = 0 of all; a doorbell to each; the task sleeps", &|s| {
                for t in s.present().filter(|t| !(kept && t.kvm_vcore)) {
                    t.store_req(false, false);
                    t.doorbell |= t.kvm_vcore || t.online != Lent::Offline;
                }
                s.waits = true;
                s.primary = Host;
            });
        }
        Release if s.requests_drained() => {
            let late = out.seeded(Seed::NoBarrierAfterRelease);
            out.primary(Kind::Own, "hwthread_req = 0 of all", &|s| {
                s.present().for_each(|t| t.store_req(false, late));
                s.primary = Released;
            });
        }
        Released => {
            let doorbell = !out.seeded(Seed::NoDoorbell);
            out.primary(Kind::Own, "sync; a doorbell to each that is lent", &|s| {
                for t in s.present() {
                    t.doorbell |= doorbell && t.online != Lent::Offline;
                }
                if s.guest_partition {
                    s.primary = WaitExits;
                } else {
                    s.clear_map();
                    s.primary = Host;
                }
            });
        }
        _ => {}
    }
    drains(s, out);
}

/// The first half of `kvmhv_take_secondaries()`. Who is online is noted before the barrier, but not
/// believed: the stopper says whether it is.
fn take(out: &mut Steps) {
    let late = out.seeded(Seed::NoBarrierAfterRequest);
    out.primary(Kind::Own, "hwthread_req = 1 of all; notes who is online", &|s| {
        for t in s.present() {
            t.store_req(true, late);
            t.ask = t.in_online_mask();
        }
        s.primary = Primary::Ask;
    });
}

/// `stop_cpus_async()`.
fn ask(out: &mut Steps) {
    let twice = out.seeded(Seed::QueuedTwice);
    out.primary(Kind::Own, "sync; asks the stoppers of those", &|s| {
        let (mut missed, mut queued_twice) = (false, false);
        for t in s.present().filter(|t| t.ask) {
            t.ask = false;
            match t.queue {
                _ if t.hotplug != Hotplug::Online => missed = true,
                Queue::Empty => t.queue = Queue::Cede,
                Queue::Stop => t.queue = Queue::StopCede,
                Queue::Cede | Queue::CedeStop | Queue::StopCede => queued_twice = true,
            }
        }
        if twice && queued_twice {
            s.wrong = Wrong::QueuedTwice;
        }
        s.primary = if missed { Primary::Release } else { Primary::WaitOut };
    });
}

/// `all_out_of_kernel()` and the ways to give up.
fn wait_out(s: &State, out: &mut Steps) {
    let out_of_kernel = |t: &Secondary| t.hotplug == Hotplug::Absent || t.hwthread_state != HwState::Kernel;
    if s.sec.iter().all(out_of_kernel) {
        let late = out.seeded(Seed::NoBarrierBeforeEntry);
        out.primary(Kind::Own, "all are out of the kernel: core->vc = vc", &|s| {
            (s.vc, s.late_vc) = if late { (s.vc, Some(true)) } else { (true, None) };
            s.primary = Primary::LookNeeded;
        });
    }
    if s.resched && !out.seeded(Seed::ReschedNotLookedAt) {
        out.primary(Kind::Own, "need_resched(): gives up", &|s| s.primary = Primary::Release);
    }
    out.primary(Kind::Timeout, "kvmhv_cede_timeout_us: gives up", &|s| s.primary = Primary::Release);
}

/// `kvmppc_start_thread()`: any set of the secondaries gets vCPUs.
fn start(s: &State, out: &mut Steps) {
    let late = out.seeded(Seed::NoBarrierBeforeStart);
    for (set, what) in VCPUS.iter().enumerate() {
        let chosen = |i: usize| set >> i & 1 == 1;
        if s.sec.iter().enumerate().any(|(i, t)| chosen(i) && t.hotplug == Hotplug::Absent) {
            continue;
        }
        out.primary(Kind::Own, what, &|s| {
            for (_, t) in s.sec.iter_mut().enumerate().filter(|&(i, _)| chosen(i)) {
                (t.kvm_vcore, t.late_start) = (!late, late);
            }
            s.primary = Primary::Started;
        });
    }
}

/// By a number with a bit for each secondary.
const VCPUS: [&str; 1 << SECONDARIES] = [
    "no secondary gets a vCPU",
    "kvm_vcore = vc of 1",
    "kvm_vcore = vc of 2",
    "kvm_vcore = vc of 1 and 2",
    "kvm_vcore = vc of 3",
    "kvm_vcore = vc of 1 and 3",
    "kvm_vcore = vc of 2 and 3",
    "kvm_vcore = vc of all",
];

fn guest(s: &State, out: &mut Steps) {
    let early = out.seeded(Seed::ReleasedTooEarly);
    let leave = |s: &mut State| {
        if !s.exiting() {
            s.kick_entered(None);
        }
        s.exited = true;
        s.doorbell = false;
        s.primary = if early { Primary::Release } else { Primary::WaitExits };
    };
    if s.doorbell && s.exiting() {
        out.primary(Kind::Own, "doorbell in the guest: kvmhv_commence_exit()", &leave);
    } else if s.doorbell {
        out.primary(Kind::Own, "doorbell in the guest, for nothing", &|s| s.doorbell = false);
    }
    if s.resched {
        out.primary(Kind::Own, "rescheduling IPI in the guest: kvmhv_commence_exit()", &leave);
    }
    out.primary(Kind::Timer, "hypervisor decrementer: kvmhv_commence_exit()", &leave);
}

impl Secondary {
    fn store_req(&mut self, req: bool, late: bool) {
        (self.hwthread_req, self.late_req) = if late { (self.hwthread_req, Some(req)) } else { (req, None) };
    }
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
