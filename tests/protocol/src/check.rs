// SPDX-License-Identifier: GPL-2.0-or-later
//! What has to hold, and what a model that breaks it shows.

use crate::explore::{Graph, Kinds, Search, explore};
use crate::state::{Hotplug, HwState, Latch, Lent, Pc, Primary, Queue, Sending, StopMachine, Wake, Wrong};
use crate::{
    Events, Kind, SECONDARIES, Secondary, Seed, State, Step, Steps, environment, primary, secondary,
};
use std::fmt::{Display, Formatter, Write};

/// The protocol, with so many secondaries and such a machine around it.
#[derive(Clone, Copy, Debug)]
pub struct Model {
    /// 1 to [`SECONDARIES`].
    pub secondaries: usize,
    /// How many of them are offline at first.
    pub offline: usize,
    /// What may happen.
    pub events: Events,
    /// Whether the primary's patience may end. If not, all has to work without that.
    pub timeouts: bool,
    /// What is wrong with the protocol.
    pub seed: Option<Seed>,
}

/// What a model has broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Property {
    /// In no state something happens that must not: no translated access in the guest's partition,
    /// no work queued twice, no KVM_RUN refused, a thread that the host runs is not marked as lent.
    Safe,
    /// From every state all get back to the host, every interrupt handled, without more events.
    GetsHome,
    /// An interrupt for the host on a thread that is lent is handled without the guest's slice
    /// coming to its end by itself.
    EndsSlice,
}

/// A path to a state that must not be.
pub struct Failure {
    /// What does not hold there.
    pub property: Property,
    trace: String,
}

impl Display for Failure {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} does not hold:\n{}", self.property, self.trace)
    }
}

const HOME: Kinds = Kinds::of(&[Kind::Own, Kind::Timeout, Kind::Timer]);
const PROMPT: Kinds = Kinds::of(&[Kind::Own, Kind::Timeout]);

impl Model {
    /// Explores all states. Gives their number, or the shortest path to one that breaks a property.
    pub fn check(&self) -> Result<usize, Failure> {
        assert!((1..=SECONDARIES).contains(&self.secondaries), "{} secondaries", self.secondaries);
        let graph = match explore(self.initial(), |s, out| self.steps(s, out), unsafe_state) {
            Search::Wrong(graph, last, why) => return Err(self.failure(&graph, Property::Safe, last, &why)),
            Search::All(graph) => graph,
        };
        let home = |s: &State| s.home();
        if let Some(last) = graph.first_stuck(HOME, |_| true, home) {
            return Err(self.failure(&graph, Property::GetsHome, last, "no way home from here"));
        }
        let handled = |s: &State| !s.sec.iter().any(Secondary::owes);
        if let Some(last) = graph.first_stuck(PROMPT, |_| true, handled) {
            return Err(self.failure(
                &graph,
                Property::EndsSlice,
                last,
                "handled only when the slice is over",
            ));
        }
        Ok(graph.len())
    }

    fn initial(&self) -> State {
        State {
            sec: std::array::from_fn(|i| match i {
                _ if i < self.offline => Secondary::new(Hotplug::Offline),
                _ if i < self.secondaries => Secondary::new(Hotplug::Online),
                _ => Secondary::new(Hotplug::Absent),
            }),
            primary: Primary::Host,
            guest_partition: false,
            vc: false,
            late_vc: None,
            waits: false,
            exit_req: false,
            entered: false,
            exited: false,
            doorbell: false,
            resched: false,
            stop: StopMachine::Idle,
            events: self.events,
            wrong: Wrong::Nothing,
        }
    }

    fn steps(&self, s: &State, out: &mut Vec<Step>) {
        let mut steps = Steps { from: s, seed: self.seed, out };
        primary::steps(s, &mut steps);
        for i in (0..SECONDARIES).filter(|&i| s.sec[i].hotplug != Hotplug::Absent) {
            secondary::steps(s, i, &mut steps);
        }
        environment::steps(s, &mut steps);
        out.retain(|step| self.timeouts || step.kind != Kind::Timeout);
    }

    /// Goes the way again, with each thread keeping its number.
    fn failure(&self, graph: &Graph, property: Property, last: u32, why: &str) -> Failure {
        let path = graph.path(last);
        let mut trace = String::new();
        let mut at = self.initial();
        let mut out = Vec::new();
        for &number in &path[1..] {
            out.clear();
            self.steps(&at, &mut out);
            let step = out.iter().find(|step| step.next.canonical() == *graph.state(number));
            let step = step.expect("a path is made of steps");
            let _ = writeln!(trace, "  {:<16}{}", step.who.to_string(), step.what);
            at = step.next;
        }
        let _ = writeln!(trace, "  => {why}\n  primary: {:?}", at.primary);
        for (i, t) in at.sec.iter().enumerate().take(self.secondaries) {
            let _ = writeln!(
                trace,
                "  secondary {}: {:?} hwthread_req {} hwthread_state {:?} online {:?} saved_xirr {:?}",
                i + 1,
                t.pc,
                t.hwthread_req,
                t.hwthread_state,
                t.online,
                t.saved_xirr
            );
        }
        Failure { property, trace }
    }
}

fn unsafe_state(s: &State) -> Option<String> {
    match s.wrong {
        Wrong::Nothing => {}
        Wrong::QueuedTwice => return Some("a stopper's work is queued twice".into()),
        Wrong::RefusedGuest => return Some("KVM_RUN fails".into()),
    }
    if s.guest_partition && s.sec.iter().any(|t| t.hotplug != Hotplug::Absent && t.mmu_on()) {
        return Some("a secondary has its MMU on in the guest's partition".into());
    }
    s.sec
        .iter()
        .any(|t| {
            matches!(t.pc, Pc::Host | Pc::MultiStop | Pc::CheckRequest) && t.own_online() != Lent::Offline
        })
        .then(|| "the host runs a secondary that is lent".into())
}

impl State {
    /// The same for all states that differ in the order of the secondaries.
    pub(crate) fn canonical(mut self) -> Self {
        self.sec.sort_unstable();
        self
    }

    fn home(&self) -> bool {
        self.primary == Primary::Host
            && !self.waits
            && self.late_vc.is_none()
            && self.stop == StopMachine::Idle
            && self.sec.iter().all(Secondary::home)
    }
}

impl Secondary {
    fn new(hotplug: Hotplug) -> Self {
        let offline = hotplug == Hotplug::Offline;
        Self {
            pc: if offline { Pc::Nap } else { Pc::Host },
            hotplug,
            restart: false,
            queue: Queue::Empty,
            take_down: false,
            srr1: Wake::None,
            hwthread_req: false,
            hwthread_state: if offline { HwState::Idle } else { HwState::Kernel },
            online: Lent::Offline,
            kvm_vcore: false,
            host_ipi: false,
            saved_xirr: Latch::Empty,
            message: false,
            late_kernel: false,
            late_online: None,
            late_msgclr: false,
            late_req: None,
            late_start: false,
            doorbell: false,
            mfrr: false,
            device: false,
            cppr: false,
            reset: false,
            sending: Sending::Nothing,
            entered: false,
            exited: false,
            ask: false,
        }
    }

    fn home(&self) -> bool {
        let there = match self.hotplug {
            Hotplug::Absent => true,
            Hotplug::Online => self.pc == Pc::Host && self.queue == Queue::Empty,
            Hotplug::Offline => self.pc == Pc::Nap && !self.restart,
            Hotplug::Dying | Hotplug::Coming | Hotplug::Bringup => false,
        };
        there
            && !self.owes()
            && !self.hwthread_req
            && self.late_req.is_none()
            && self.sending == Sending::Nothing
    }
}
