// SPDX-License-Identifier: GPL-2.0-or-later
//! Each flaw that is built into the protocol is found.

use p8smt_protocol::{Events, Model, Property, Seed};

const NOTHING: Events =
    Events { runs: 255, ipis: 0, devices: 0, kicks: 0, resets: 0, stops: 0, hotplugs: 0, lates: 0 };
const ONE_IPI: Events = Events { runs: 255, ipis: 1, ..NOTHING };

/// Prints the shortest way to the failure. One secondary is enough for each of them.
fn finds_in(sound: Model, seed: Seed, property: Property) {
    if let Err(failure) = sound.check() {
        panic!("without a flaw: {failure}");
    }
    match (Model { seed: Some(seed), ..sound }).check() {
        Err(failure) if failure.property == property => println!("{seed:?}: {failure}"),
        Err(failure) => panic!("{seed:?} is taken for another flaw: {failure}"),
        Ok(states) => panic!("{seed:?} is not found in {states} states"),
    }
}

fn finds(seed: Seed, events: Events, property: Property) {
    finds_in(Model { secondaries: 1, offline: 0, events, timeouts: true, seed: None }, seed, property);
}

#[test]
fn no_doorbell_after_release() {
    finds(Seed::NoDoorbell, NOTHING, Property::GetsHome);
}

#[test]
fn no_barrier_after_request() {
    finds(Seed::NoBarrierAfterRequest, NOTHING, Property::Safe);
}

#[test]
fn no_barrier_before_nap() {
    finds(Seed::NoBarrierBeforeNap, NOTHING, Property::GetsHome);
}

#[test]
fn no_barrier_after_nap() {
    finds(Seed::NoBarrierAfterNap, NOTHING, Property::Safe);
}

#[test]
fn no_barrier_going_back() {
    finds(Seed::NoBarrierGoingBack, NOTHING, Property::Safe);
}

#[test]
fn no_barrier_after_needed() {
    finds(Seed::NoBarrierAfterNeeded, ONE_IPI, Property::EndsSlice);
}

#[test]
fn no_barrier_before_entry() {
    finds(Seed::NoBarrierBeforeEntry, ONE_IPI, Property::EndsSlice);
}

#[test]
fn no_barrier_before_start() {
    finds(Seed::NoBarrierBeforeStart, NOTHING, Property::GetsHome);
}

#[test]
fn no_barrier_after_release() {
    finds(Seed::NoBarrierAfterRelease, NOTHING, Property::GetsHome);
}

#[test]
fn late_msgclr() {
    finds(Seed::MsgclrIsLate, NOTHING, Property::GetsHome);
}

#[test]
fn latched_interrupt_not_replayed() {
    finds(Seed::LatchNotReplayed, Events { devices: 1, ..NOTHING }, Property::GetsHome);
}

#[test]
fn doorbell_not_replayed() {
    finds(Seed::DoorbellNotReplayed, ONE_IPI, Property::GetsHome);
}

/// It is asked for again before it is back, and naps through the next slice.
#[test]
fn latched_interrupt_not_noticed() {
    finds(Seed::NotNeededAfterGuest, Events { devices: 1, ..NOTHING }, Property::EndsSlice);
}

/// A kick that comes late wakes it once more: the next look at the ICP overwrites `saved_xirr`.
#[test]
fn latched_interrupt_overwritten() {
    finds(Seed::NotNeededAfterGuest, Events { devices: 1, kicks: 1, ..NOTHING }, Property::GetsHome);
}

#[test]
fn system_reset_forgotten() {
    finds(Seed::ResetForgotten, Events { resets: 1, ..NOTHING }, Property::GetsHome);
}

/// It naps again: what ended the last nap is forgotten.
#[test]
fn system_reset_in_the_guest_not_noticed() {
    finds(Seed::NotNeededAfterGuest, Events { resets: 1, ..NOTHING }, Property::GetsHome);
}

#[test]
fn stopper_does_not_look() {
    finds(Seed::StopperDoesNotLook, NOTHING, Property::GetsHome);
}

/// Without the end of its patience: that may not be what lets stop_machine() go on.
#[test]
fn resched_not_looked_at() {
    let events = Events { stops: 1, ..NOTHING };
    let sound = Model { secondaries: 1, offline: 0, events, timeouts: false, seed: None };
    finds_in(sound, Seed::ReschedNotLookedAt, Property::GetsHome);
}

#[test]
fn needed_not_looked_at() {
    finds(Seed::NeededNotLookedAt, ONE_IPI, Property::EndsSlice);
}

#[test]
fn released_too_early() {
    finds(Seed::ReleasedTooEarly, NOTHING, Property::Safe);
}

#[test]
fn queued_twice() {
    finds(Seed::QueuedTwice, NOTHING, Property::Safe);
}

#[test]
fn online_looked_at_twice() {
    let events = Events { hotplugs: 1, ..NOTHING };
    let sound = Model { secondaries: 1, offline: 1, events, timeouts: true, seed: None };
    finds_in(sound, Seed::OnlineLookedAtTwice, Property::Safe);
}

/// stop_machine() has the primary and waits for a thread that only the sleeping task would let go.
#[test]
fn late_ones_kept() {
    finds(Seed::LateOnesKept, Events { lates: 1, stops: 1, ..NOTHING }, Property::GetsHome);
}

#[test]
fn late_one_silent() {
    finds(Seed::LateOneSilent, Events { lates: 1, ..NOTHING }, Property::GetsHome);
}
