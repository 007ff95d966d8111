// SPDX-License-Identifier: GPL-2.0-or-later
//! Corrections that the conformance suite has no program for yet, or not for all of them: seen by a program
//! (`tests/programs`) that finds POWER8's answer with them and QEMU's without.

use p8smt_conformance::RULES;
use p8smt_tests::{verdict, verdict_of};

fn shows_on(machine: impl Fn(&str, &str) -> String, program: &str, power8: &str, qemu: &str) {
    assert_eq!(machine(program, "correct=all"), power8, "{program}, corrected");
    assert_eq!(machine(program, &format!("correct=all:-{program}")), qemu, "{program}, switched off");
}

#[test]
fn tlb() {
    shows_on(verdict, "tlb", "0002", "0001");
}

/// Four questions: is the core split, is the timebase, is HDEC, are doorbells a sub-core's own.
#[test]
fn sub_core() {
    shows_on(|program, options| verdict_of(8, program, options), "sub-core", "1111", "0000");
}

#[test]
fn each_has_a_program() {
    let programs = p8smt_scripts::artifacts::root().join("tests/programs");
    for rule in cpu_model::Rule::ALL {
        let in_suite = RULES.iter().any(|of| of.correction == Some(rule));
        assert!(in_suite || programs.join(rule.name()).with_extension("s").is_file(), "{}", rule.name());
    }
}
