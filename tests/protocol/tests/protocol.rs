// SPDX-License-Identifier: GPL-2.0-or-later
//! The protocol holds, whatever happens: without bound on KVM_RUN while nothing else happens, for
//! three secondaries; for one KVM_RUN and one event of each kind, for three; without bound on
//! KVM_RUN and with several events at once, for one and two.

use p8smt_protocol::{Events, Model};

const NOTHING: Events =
    Events { runs: 255, ipis: 0, devices: 0, kicks: 0, resets: 0, stops: 0, hotplugs: 0, lates: 0 };
const ONE_RUN: Events = Events { runs: 1, ..NOTHING };

fn holds(secondaries: usize, offline: usize, events: Events) {
    match (Model { secondaries, offline, events, timeouts: true, seed: None }).check() {
        Ok(states) => println!("{states} states"),
        Err(failure) => panic!("{failure}"),
    }
}

#[test]
fn three_secondaries() {
    holds(3, 0, NOTHING);
}

#[test]
fn three_secondaries_one_offline() {
    holds(3, 1, NOTHING);
}

#[test]
fn three_secondaries_two_offline() {
    holds(3, 2, NOTHING);
}

#[test]
fn three_secondaries_all_offline() {
    holds(3, 3, NOTHING);
}

#[test]
fn three_secondaries_ipi() {
    holds(3, 0, Events { ipis: 1, ..ONE_RUN });
}

#[test]
fn three_secondaries_device_and_kick() {
    holds(3, 0, Events { devices: 1, kicks: 1, ..ONE_RUN });
}

#[test]
fn three_secondaries_reset() {
    holds(3, 0, Events { resets: 1, ..ONE_RUN });
}

#[test]
fn three_secondaries_stop_machine() {
    holds(3, 0, Events { stops: 1, ..ONE_RUN });
}

#[test]
fn three_secondaries_one_unplugged() {
    holds(3, 0, Events { hotplugs: 1, ..ONE_RUN });
}

#[test]
fn three_secondaries_one_plugged_or_unplugged() {
    holds(3, 1, Events { hotplugs: 1, ..ONE_RUN });
}

#[test]
fn three_secondaries_one_late() {
    holds(3, 0, Events { lates: 1, ..ONE_RUN });
}

#[test]
fn two_secondaries_late_and_stop_machine() {
    holds(2, 0, Events { lates: 1, stops: 1, ..ONE_RUN });
}

#[test]
fn two_secondaries_late_one_offline() {
    holds(2, 1, Events { lates: 1, ..NOTHING });
}

#[test]
fn two_secondaries_ipi() {
    holds(2, 0, Events { ipis: 1, ..NOTHING });
}

#[test]
fn two_secondaries_device() {
    holds(2, 0, Events { devices: 1, ..NOTHING });
}

#[test]
fn two_secondaries_stop_machine() {
    holds(2, 0, Events { stops: 1, ..NOTHING });
}

#[test]
fn two_secondaries_one_plugged_or_unplugged() {
    holds(2, 1, Events { hotplugs: 1, ..NOTHING });
}

#[test]
fn one_secondary_interrupts() {
    holds(1, 0, Events { ipis: 2, devices: 1, kicks: 1, ..NOTHING });
}

#[test]
fn one_secondary_interrupts_and_reset() {
    holds(1, 0, Events { ipis: 1, devices: 1, kicks: 1, resets: 1, ..NOTHING });
}

#[test]
fn one_secondary_late_again_and_again() {
    holds(1, 0, Events { ipis: 1, stops: 1, lates: 2, ..NOTHING });
}

#[test]
fn one_secondary_stop_machine_and_hotplug() {
    holds(1, 0, Events { ipis: 1, stops: 1, hotplugs: 2, ..NOTHING });
    holds(1, 1, Events { ipis: 1, stops: 1, hotplugs: 2, ..NOTHING });
}
