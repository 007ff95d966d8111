// SPDX-License-Identifier: GPL-2.0-or-later
//! The list of what is modelled and what is not agrees with the rules.

use cpu_model::Rule;
use cpu_model::deviation::{DEVIATIONS, Status};

#[test]
fn they_are_numbered_and_complete() {
    assert_eq!(DEVIATIONS.len(), 20);
    for (i, d) in DEVIATIONS.iter().enumerate() {
        assert_eq!(usize::from(d.number), i + 1);
        for text in [d.title, d.power8, d.qemu, d.source, d.status.rest().unwrap_or("a rest")] {
            assert!(
                !text.is_empty() && !text.contains("  ") && !text.contains('\n'),
                "{}: {text:?}",
                d.number
            );
        }
        assert!(d.title.len() <= 50, "{}: a title is one line", d.number);
    }
}

#[test]
fn each_rule_corrects_one() {
    for rule in Rule::ALL {
        let count = DEVIATIONS.iter().filter(|d| d.status.rule() == Some(rule)).count();
        assert_eq!(count, 1, "{}", rule.name());
    }
}

#[test]
fn what_is_told_is_a_finding_of_that_deviation_or_of_software() {
    for d in DEVIATIONS {
        if let Status::Detected(finding) = d.status {
            assert!(finding.deviation().is_none_or(|number| number == d.number), "{}", d.number);
        }
    }
}
