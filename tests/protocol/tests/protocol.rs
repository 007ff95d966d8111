// SPDX-License-Identifier: GPL-2.0-or-later
//! The protocol holds.

use p8smt_protocol::{Events, Model};

const NOTHING: Events = Events { ipis: 0, devices: 0, kicks: 0, resets: 0, stops: 0, hotplugs: 0 };

fn holds(secondaries: usize, events: Events) {
    match (Model { secondaries, offline: secondaries, events, timeouts: true, seed: None }).check() {
        Ok(states) => println!("{states} states"),
        Err(failure) => panic!("{failure}"),
    }
}

#[test]
fn one_secondary_interrupted() {
    holds(1, Events { ipis: 1, devices: 1, kicks: 1, ..NOTHING });
}

#[test]
fn one_secondary_reset() {
    holds(1, Events { ipis: 1, resets: 1, ..NOTHING });
}

#[test]
fn one_secondary_stopped_and_unplugged() {
    holds(1, Events { stops: 1, hotplugs: 1, ..NOTHING });
}

#[test]
fn two_secondaries() {
    holds(2, NOTHING);
}
