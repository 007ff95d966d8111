// SPDX-License-Identifier: GPL-2.0-or-later
//! What POWER8 does, by the model, on QEMU alone and with the plugin; and each correction both ways.

use cpu_model::Rule as Correction;
use p8smt_conformance::{RULES, Rule};
use p8smt_scripts::conform::{Row, Verdict, conform, random, with_plugin};
use p8smt_tests::artifacts;

fn rows(rules: &[&'static Rule], correct: &str) -> Vec<Row> {
    conform(rules, &artifacts(), correct, None).expect("QEMU starts").rules
}

fn of(correction: Correction) -> Vec<&'static Rule> {
    RULES.iter().filter(|rule| rule.correction == Some(correction)).collect()
}

#[test]
fn what_is_claimed_is_so() {
    let all: Vec<&Rule> = RULES.iter().collect();
    for row in rows(&all, "all") {
        assert_eq!(row.verdict == Verdict::Wrong, !row.claimed, "{row:?}");
        // QEMU alone is only as repeatable as its host: what it is known to do right it does, but it may be lucky too.
        assert!(row.deviation.is_some() || row.verdict == Verdict::Equal, "{row:?}");
    }
}

#[test]
fn each_correction_is_what_does_it() {
    for correction in Correction::ALL {
        assert!(!of(correction).is_empty(), "nothing shows what {} does", correction.name());
        for row in rows(&of(correction), &format!("all:-{}", correction.name())) {
            assert_eq!(row.verdict, Verdict::Wrong, "{row:?}");
        }
    }
}

/// All that happens is the same, to the instruction: a correction costs no time.
#[test]
fn what_does_not_need_a_correction_does_not_notice_it() {
    for id in ["numbers", "msgsnd-core"] {
        let rule = Rule::by_id(id).expect("a rule");
        let digest = |correct: &str| with_plugin(rule, &artifacts(), correct).expect("QEMU starts").digest;
        let all = digest("all");
        assert!(all.is_some());
        for correction in Correction::ALL {
            assert_eq!(
                digest(&format!("all:-{}", correction.name())),
                all,
                "{id} without {}",
                correction.name()
            );
        }
    }
    let needed = Rule::by_id("wake-reason").expect("a rule");
    let digest = |correct: &str| with_plugin(needed, &artifacts(), correct).expect("QEMU starts").digest;
    assert_ne!(digest("all"), digest("all:-wake-reason"));
}

#[test]
fn random_programs_see_what_power8_shows_them() {
    let result = random(1..=20, &artifacts(), "all", 1).expect("QEMU starts");
    assert_eq!(result.programs, 20);
    assert!(result.differences.is_empty(), "{:?}", result.differences);
}

/// Each by some seed, few programs come by what one thread writes and another reads, and what is left of the program is
/// about it.
#[test]
fn random_programs_find_what_is_not_corrected() {
    for (correction, word, seeds) in [
        (Correction::HvDoorbell, "msgsnd", 1..=60),
        (Correction::Partition, "mtspr", 130..=190),
        (Correction::Mer, "lpcr", 1..=60),
    ] {
        let correct = format!("all:-{}", correction.name());
        let differences =
            seeds.flat_map(|n| random(n..=n, &artifacts(), &correct, 1).expect("QEMU starts").differences);
        let found = { differences }.next().unwrap_or_else(|| panic!("{} is not missed", correction.name()));
        assert!(found.program.contains(word), "{found:?}");
        assert!(found.program.lines().count() < 60, "{found:?}");
    }
}
