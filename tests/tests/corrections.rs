// SPDX-License-Identifier: GPL-2.0-or-later
//! Each correction, seen by a program (`tests/programs`) that finds POWER8's answer with it and QEMU's without.

use p8smt_tests::{verdict, verdict_of};

/// `program` is called as the correction is.
fn shows(program: &str, power8: &str, qemu: &str) {
    shows_on(verdict, program, power8, qemu);
}

fn shows_on(machine: impl Fn(&str, &str) -> String, program: &str, power8: &str, qemu: &str) {
    assert_eq!(machine(program, "correct=all"), power8, "{program}, corrected");
    assert_eq!(machine(program, &format!("correct=all:-{program}")), qemu, "{program}, switched off");
}

#[test]
fn partition() {
    shows("partition", "0005", "0000");
}

#[test]
fn tlb() {
    shows("tlb", "0002", "0001");
}

#[test]
fn wake_reason() {
    shows("wake-reason", "0003", "0006");
}

#[test]
fn hv_doorbell() {
    shows("hv-doorbell", "0e80", "0c00");
}

#[test]
fn pcr() {
    shows("pcr", "0002", "0000");
}

#[test]
fn hdec() {
    shows("hdec", "0980", "0c00");
}

#[test]
fn msgsndp() {
    shows("msgsndp", "0c00", "0f80");
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
        assert!(programs.join(rule.name()).with_extension("s").is_file(), "{}", rule.name());
    }
}
