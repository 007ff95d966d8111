// SPDX-License-Identifier: GPL-2.0-or-later
//! What comes of a rule, and what was seen in words.

use p8smt_conformance::alone::Seen;
use p8smt_conformance::frame::{LATE, STOPPED};
use serde::Serialize;

/// What comes of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Both sides show what POWER8 does.
    Equal,
    /// QEMU alone does not, with the plugin it does.
    Corrected,
    /// With the plugin it does not, or POWER8 promises nothing: the plugin says so when software comes to it.
    Detected,
    /// With the plugin it does not.
    Wrong,
}

impl Verdict {
    /// Of what was seen on each side. `detected`: the plugin is to say something of the rule, and whether it did.
    pub fn of(
        expected: &Seen,
        stock: Option<&Seen>,
        p8smt: Option<&Seen>,
        detected: Option<bool>,
    ) -> Verdict {
        match detected {
            Some(true) => return Verdict::Detected,
            Some(false) => return Verdict::Wrong,
            None => {}
        }
        match (stock == Some(expected), p8smt == Some(expected)) {
            (true, true) => Verdict::Equal,
            (false, true) => Verdict::Corrected,
            (_, false) => Verdict::Wrong,
        }
    }

    /// In a word.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Equal => "equal",
            Verdict::Corrected => "corrected",
            Verdict::Detected => "detected",
            Verdict::Wrong => "wrong",
        }
    }
}

/// What was seen: each thread's number and values, in hexadecimal. A thread that saw nothing is left out, one that did not
/// end is not there.
pub fn words(seen: Option<&Seen>) -> String {
    let Some(seen) = seen else { return "no end".into() };
    let threads = seen.iter().filter(|(_, values)| !values.is_empty()).map(|(thread, values)| {
        let values: Vec<String> = values.iter().map(|value| word(*value)).collect();
        format!("{thread}: {}", values.join(" "))
    });
    let threads: Vec<String> = threads.collect();
    if threads.is_empty() { "nothing".into() } else { threads.join("; ") }
}

fn word(value: u64) -> String {
    const KIND: u64 = 0xffff << 48;
    match value & KIND {
        LATE => "late".into(),
        STOPPED => format!("stopped by {:x}", value & !KIND),
        _ => format!("{value:x}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_was_seen() {
        let seen = Seen::from([(0, vec![]), (3, vec![0x980, LATE]), (5, vec![STOPPED | 0x700])]);
        assert_eq!(words(Some(&seen)), "3: 980 late; 5: stopped by 700");
        assert_eq!(words(Some(&Seen::new())), "nothing");
        assert_eq!(words(None), "no end");
    }

    #[test]
    fn a_side_that_does_not_end_is_wrong() {
        let right = Seen::from([(0, vec![1])]);
        assert_eq!(Verdict::of(&right, None, Some(&right), None), Verdict::Corrected);
        assert_eq!(Verdict::of(&right, Some(&right), None, None), Verdict::Wrong);
        assert_eq!(Verdict::of(&right, Some(&right), Some(&right), None), Verdict::Equal);
    }

    #[test]
    fn what_is_to_be_detected_is_wrong_where_nothing_is_said() {
        let right = Seen::from([(0, vec![1])]);
        assert_eq!(Verdict::of(&right, None, None, Some(true)), Verdict::Detected);
        assert_eq!(Verdict::of(&right, Some(&right), Some(&right), Some(false)), Verdict::Wrong);
    }
}
