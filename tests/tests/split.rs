// SPDX-License-Identifier: GPL-2.0-or-later
//! Guests at once on a core that KVM has split for them, each in a part of its own.

use cpu_model::recording::Guest;
use p8smt_scripts::run::{Online, Options, ScenarioName};
use p8smt_tests::{assert_busy, boot, out, report};

fn both_boot(threads: u32, online: Online) {
    let test = format!("split-{threads}-{}", if online == Online::All { "all" } else { "primary" });
    let options = Options {
        guests: 2,
        guest_threads: threads,
        kernel: "patched".into(),
        online: Some(online),
        work: 1000,
        ..Options::new(ScenarioName::Kvm)
    };
    let outcome = boot(&test, options);
    assert_eq!(outcome.verdict.outcome, "ok");
    assert_eq!(outcome.verdict.guests, vec![Guest { threads, cpus_up: threads }; 2]);
    assert!(report(&out(&test)).corrections["sub-core"] > 0, "the core was not split");
    if online == Online::All {
        assert_busy(&outcome, 7);
    }
}

#[test]
#[ignore = "minutes"]
fn two_halves() {
    both_boot(4, Online::Primary);
}

#[test]
#[ignore = "minutes"]
fn two_halves_beside_busy_secondaries() {
    both_boot(4, Online::All);
}

#[test]
#[ignore = "minutes"]
fn two_of_four_quarters() {
    both_boot(2, Online::Primary);
}
