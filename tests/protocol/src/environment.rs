// SPDX-License-Identifier: GPL-2.0-or-later
//! What the rest of the machine does to the core: interrupts, stop_machine(), hotplug.

use crate::state::{Hotplug, Pc, Primary, Queue, Secondary, Sending, State, StopMachine, Wake};
use crate::{Kind, Steps};

/// What may happen to `s` from outside, and what of that is under way.
pub(crate) fn steps(s: &State, out: &mut Steps) {
    interrupts(s, out);
    stop_machine(s, out);
    hotplug(s, out);
}

fn interrupts(s: &State, out: &mut Steps) {
    let online = |t: &Secondary| t.hotplug == Hotplug::Online;
    let idle = |t: &Secondary| online(t) && t.sending == Sending::Nothing && !t.message;
    if s.events.ipis > 0 {
        for (sending, what) in [
            (Sending::Doorbell, "an IPI for it, from its core: host_ipi = 1"),
            (Sending::Mfrr, "an IPI for it, from another core: host_ipi = 1"),
        ] {
            out.event(s, idle, what, &|s, i| {
                s.events.ipis -= 1;
                let t = &mut s.sec[i];
                (t.message, t.host_ipi, t.sending) = (true, true, sending);
            });
        }
    }
    if s.events.devices > 0 {
        out.event(s, |t| online(t) && !t.device, "a device's interrupt for it", &|s, i| {
            s.events.devices -= 1;
            s.sec[i].device = true;
        });
    }
    if s.events.kicks > 0 {
        let runs = |t: &Secondary| t.sending == Sending::Nothing && t.kvm_vcore && !t.exited;
        out.event(s, runs, "its vCPU is to be kicked from another core", &|s, i| {
            s.events.kicks -= 1;
            s.sec[i].sending = Sending::Mfrr;
        });
    }
    if s.events.resets > 0 {
        out.event(s, |t| t.pc == Pc::Nap && online(t), "a system reset ends its nap", &|s, i| {
            s.events.resets -= 1;
            let t = &mut s.sec[i];
            (t.reset, t.srr1, t.pc) = (true, Wake::Reset, Pc::StoreKernel);
        });
        out.event(
            s,
            |t| t.pc == Pc::Guest && online(t),
            "a system reset takes it out of the guest",
            &|s, i| {
                s.events.resets -= 1;
                (s.sec[i].reset, s.sec[i].srr1) = (true, Wake::Reset);
                s.leave(i);
            },
        );
    }
    out.each(s, |t| t.sending != Sending::Nothing, "the interrupt is sent to it", &|s, i| {
        let t = &mut s.sec[i];
        match t.sending {
            Sending::Doorbell => t.doorbell = true,
            Sending::Mfrr | Sending::Nothing => t.mfrr = true,
        }
        t.sending = Sending::Nothing;
    });
}

impl Secondary {
    fn stops(&self) -> bool {
        self.pc == Pc::MultiStop || matches!(self.queue, Queue::Stop | Queue::CedeStop | Queue::StopCede)
    }
}

/// Neither stop_machine() nor hotplug is under way; one excludes the other.
fn quiet(s: &State) -> bool {
    let settled = |t: &Secondary| {
        matches!(t.hotplug, Hotplug::Online | Hotplug::Offline | Hotplug::Absent) && !t.restart
    };
    s.stop == StopMachine::Idle && s.sec.iter().all(settled)
}

fn stop_machine(s: &State, out: &mut Steps) {
    if s.events.stops > 0 && quiet(s) {
        out.outside(Kind::Event, "stop_machine()", &|s| {
            s.events.stops -= 1;
            s.stop = StopMachine::Queueing;
        });
    }
    let primary_has = s.resched || s.primary == Primary::MultiStop;
    let all = |f: &dyn Fn(&Secondary) -> bool| s.sec.iter().all(|t| t.hotplug != Hotplug::Online || f(t));
    if s.stop == StopMachine::Queueing {
        if !primary_has {
            out.primary(Kind::Own, "stop_machine() queues its work", &|s| s.resched = true);
        }
        out.each(
            s,
            |t| t.hotplug == Hotplug::Online && !t.stops(),
            "stop_machine() queues its work",
            &|s, i| {
                let t = &mut s.sec[i];
                t.queue = if t.queue == Queue::Empty { Queue::Stop } else { Queue::CedeStop };
            },
        );
        if primary_has && all(&Secondary::stops) {
            out.outside(Kind::Own, "stop_machine() has queued its work", &|s| s.stop = StopMachine::Queued);
        }
    }
    if s.stop == StopMachine::Queued && s.primary == Primary::MultiStop && all(&|t| t.pc == Pc::MultiStop) {
        out.outside(Kind::Own, "all are in multi_cpu_stop(); it ends", &|s| {
            s.stop = StopMachine::Idle;
            s.primary = Primary::Host;
            for t in s.sec.iter_mut().filter(|t| t.pc == Pc::MultiStop) {
                t.pc = Pc::Host;
                if t.take_down {
                    t.take_down = false;
                    t.hotplug = Hotplug::Dying;
                    // xics_migrate_irqs_away()
                    t.device = false;
                }
            }
        });
    }
}

fn hotplug(s: &State, out: &mut Steps) {
    if s.events.hotplugs == 0 || !quiet(s) {
        return;
    }
    out.event(s, |t| t.hotplug == Hotplug::Online, "is to go offline: stop_machine()", &|s, i| {
        s.events.hotplugs -= 1;
        s.sec[i].take_down = true;
        s.stop = StopMachine::Queueing;
    });
    out.event(s, |t| t.hotplug == Hotplug::Offline, "is to come online", &|s, i| {
        s.events.hotplugs -= 1;
        let t = &mut s.sec[i];
        (t.restart, t.host_ipi, t.sending) = (true, true, Sending::Doorbell);
    });
}
