// SPDX-License-Identifier: GPL-2.0-or-later
//! What QEMU does when it is left alone.

use cpu_model::recording::Guest;
use p8smt_scripts::run::{Options, ScenarioName};
use p8smt_tests::boot;

#[test]
fn without_the_plugin_a_guest_has_one_processor() {
    let options = Options { no_plugin: true, work: 1000, ..Options::new(ScenarioName::Kvm) };
    let outcome = boot("no-plugin", options);
    let what = &outcome.verdict.outcome;
    assert!(what.starts_with("guest0 brought up 1 of 4 CPUs"), "{what}");
    assert!(!outcome.ok());
    assert_eq!(outcome.verdict.guests, [Guest { threads: 4, cpus_up: 1 }]);
}
