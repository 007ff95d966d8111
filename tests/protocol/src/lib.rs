// SPDX-License-Identifier: GPL-2.0-or-later
//! The protocol by which KVM takes the secondary threads of a POWER8 core from the host and gives
//! them back (`kernel-patches/`), as a state machine that is explored exhaustively: one primary, up
//! to [`SECONDARIES`] secondaries, and what the rest of the machine does to them.
//!
//! A step is one store or load of the memory that the threads share, or one act of the hardware. A
//! store reaches memory some time after its step where no barrier waits for it. A doorbell is a bit
//! of its thread, kept until it is cleared or taken. Time is not modelled: what is due may happen in
//! any state, or later. Loads are in program order.
//!
//! Secondaries that change places make the same state. What happens from outside is bounded by
//! [`Events`]; KVM_RUN is not, unless asked for.
//!
//! The search is our own rather than the `stateright` crate's: "gets home" is a question about paths
//! backwards, for which the graph has to be kept, and stateright keeps no edges.
#![forbid(unsafe_code)]

mod check;
mod environment;
mod explore;
mod primary;
mod rmhandlers;
mod secondary;
mod state;

pub use check::{Failure, Model, Property};
pub use state::{Events, SECONDARIES};

use state::{Secondary, State};

/// A flaw that can be built into the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seed {
    /// A released secondary gets no doorbell.
    NoDoorbell,
    /// Nothing between the primary's store of `hwthread_req` and its look at `hwthread_state`.
    NoBarrierAfterRequest,
    /// Nothing between a secondary's stores of `online` and IN_IDLE and its look at `hwthread_req`.
    NoBarrierBeforeNap,
    /// Nothing between its store of IN_KERNEL and its look at `hwthread_req`, after nap.
    NoBarrierAfterNap,
    /// Nothing between its store of IN_KERNEL and its look at `hwthread_req`, in `kvm_no_guest`.
    NoBarrierGoingBack,
    /// Nothing between its store of NEEDED and its look at `core->vc`.
    NoBarrierAfterNeeded,
    /// Nothing between the primary's store of `core->vc` and its look at `online`.
    NoBarrierBeforeEntry,
    /// Nothing between the primary's store of `kvm_vcore` and its doorbell.
    NoBarrierBeforeStart,
    /// Nothing between the primary's clearing of `hwthread_req` and its look at `online`.
    NoBarrierAfterRelease,
    /// Nothing orders `msgclr` before the looks at `host_ipi` and `kvm_vcore` that follow.
    MsgclrIsLate,
    /// An external interrupt that was accepted meanwhile is not replayed.
    LatchNotReplayed,
    /// A doorbell that brought an IPI is not replayed.
    DoorbellNotReplayed,
    /// A thread that took something for the host while it ran a vCPU is not NEEDED for that.
    NotNeededAfterGuest,
    /// That a system reset ended the nap is forgotten where a vCPU was given out as well.
    ResetForgotten,
    /// Neither the stopper nor `power7_cede()` looks at `hwthread_req` before nap.
    StopperDoesNotLook,
    /// The primary waits for secondaries though something else wants to run on it.
    ReschedNotLookedAt,
    /// The primary does not look for NEEDED before it enters.
    NeededNotLookedAt,
    /// The primary releases the secondaries before it has switched the partition back.
    ReleasedTooEarly,
    /// A stopper's work is queued though it is queued.
    QueuedTwice,
    /// Whether secondaries are online is looked at twice, and believed to be the same.
    OnlineLookedAtTwice,
    /// A thread that is late out of the guest is let go by the vCPU's task, once it is out.
    LateOnesKept,
    /// A thread that is late and has not entered goes home without a word.
    LateOneSilent,
}

/// Who or what makes a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The protocol, or what is under way: comes by itself.
    Own,
    /// The primary's patience ends.
    Timeout,
    /// A guest exits by itself, or its time is over.
    Timer,
    /// Comes from outside, or never.
    Event,
}

/// One step from a state.
struct Step {
    kind: Kind,
    who: Who,
    what: &'static str,
    next: State,
}

#[derive(Clone, Copy)]
enum Who {
    Outside,
    Primary,
    Secondary(usize),
    /// Somebody else, for a secondary.
    For(usize),
}

impl std::fmt::Display for Who {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Outside => f.write_str("outside"),
            Self::Primary => f.write_str("primary"),
            Self::Secondary(i) => write!(f, "secondary {}", i + 1),
            Self::For(i) => write!(f, "for secondary {}", i + 1),
        }
    }
}

/// Collects the steps that are possible in a state.
struct Steps<'a> {
    from: &'a State,
    seed: Option<Seed>,
    out: &'a mut Vec<Step>,
}

impl Steps<'_> {
    fn seeded(&self, seed: Seed) -> bool {
        self.seed == Some(seed)
    }

    fn push(&mut self, kind: Kind, who: Who, what: &'static str, f: impl FnOnce(&mut State)) {
        let mut next = *self.from;
        f(&mut next);
        self.out.push(Step { kind, who, what, next });
    }

    /// A step of secondary `i` that concerns nobody else.
    fn sec(&mut self, kind: Kind, i: usize, what: &'static str, f: &dyn Fn(&mut Secondary)) {
        self.push(kind, Who::Secondary(i), what, |s| f(&mut s.sec[i]));
    }

    /// What secondary `i` does by itself, to itself.
    fn own(&mut self, i: usize, what: &'static str, f: &dyn Fn(&mut Secondary)) {
        self.sec(Kind::Own, i, what, f);
    }

    /// A step of secondary `i`.
    fn any(&mut self, kind: Kind, i: usize, what: &'static str, f: &dyn Fn(&mut State)) {
        self.push(kind, Who::Secondary(i), what, f);
    }

    fn primary(&mut self, kind: Kind, what: &'static str, f: &dyn Fn(&mut State)) {
        self.push(kind, Who::Primary, what, f);
    }

    /// A step of somebody else with each secondary that is `chosen`.
    fn each(
        &mut self,
        s: &State,
        chosen: impl Fn(&Secondary) -> bool,
        what: &'static str,
        f: &dyn Fn(&mut State, usize),
    ) {
        for i in (0..SECONDARIES).filter(|&i| chosen(&s.sec[i])) {
            self.push(Kind::Own, Who::For(i), what, |s| f(s, i));
        }
    }

    fn event(
        &mut self,
        s: &State,
        chosen: impl Fn(&Secondary) -> bool,
        what: &'static str,
        f: &dyn Fn(&mut State, usize),
    ) {
        for i in (0..SECONDARIES).filter(|&i| chosen(&s.sec[i])) {
            self.push(Kind::Event, Who::For(i), what, |s| f(s, i));
        }
    }

    fn outside(&mut self, kind: Kind, what: &'static str, f: &dyn Fn(&mut State)) {
        self.push(kind, Who::Outside, what, f);
    }
}
