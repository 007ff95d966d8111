// SPDX-License-Identifier: GPL-2.0-or-later
//! What is heard of a chaos step, whose acts the agent draws: that all of them are there, and that each guest
//! and each secondary thread came to a good end.

use super::party::Wrong;
use std::collections::BTreeSet;

/// Exit status of what SIGKILL ended.
const KILLED: i32 = 128 + 9;

/// What one chaos step has said so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Chaos {
    acts: u32,
    started: u32,
    ended: BTreeSet<u32>,
    back: BTreeSet<u32>,
}

impl Chaos {
    /// An act.
    pub fn act(&mut self, number: u32, what: &str) -> Result<(), Wrong> {
        if number != self.acts {
            return Err(format!("act {number} of chaos came instead of act {}", self.acts));
        }
        self.acts += 1;
        self.started += u32::from(what.starts_with("start guest "));
        Ok(())
    }

    /// A guest's end.
    pub fn ended(&mut self, guest: u32, threads: u32, right: u32, code: i32, why: &str) -> Result<(), Wrong> {
        if guest >= self.started || !self.ended.insert(guest) {
            return Err(format!("guest {guest} of chaos ended, which did not run"));
        }
        let good = match why {
            "" => code == 0 && right == threads,
            "killed" => code == KILLED,
            "refused" => code == 1 && right < threads,
            _ => false,
        };
        if good {
            return Ok(());
        }
        let why = if why.is_empty() { String::new() } else { format!(", {why}") };
        Err(format!(
            "guest {guest} of chaos ended with {code}{why}; {right} of {threads} vCPUs counted right"
        ))
    }

    /// A secondary thread, after the last guest.
    pub fn secondary(&mut self, cpu: u32, cedes: u64, returns: u64) -> Result<(), Wrong> {
        if cedes != returns {
            return Err(format!("CPU {cpu} was given to KVM {cedes} times and came back {returns} times"));
        }
        self.back.insert(cpu);
        Ok(())
    }

    /// What of a step of `acts` acts (`or_more`: at the least) on a machine with these `secondaries` has not been heard.
    pub fn missing(
        &self,
        acts: u32,
        or_more: bool,
        secondaries: impl IntoIterator<Item = u32>,
    ) -> Option<String> {
        if self.acts < acts || self.acts > acts && !or_more {
            return Some(format!("{} of {acts} acts", acts - self.acts.min(acts)));
        }
        if let Some(guest) = (0..self.started).find(|guest| !self.ended.contains(guest)) {
            return Some(format!("the end of guest {guest}"));
        }
        let lost = secondaries.into_iter().find(|cpu| !self.back.contains(cpu))?;
        Some(format!("a word of whether CPU {lost} came back"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A step that started one guest in its second act of two.
    fn started() -> Chaos {
        let mut chaos = Chaos::default();
        chaos.act(0, "CPU 5 offline").unwrap();
        chaos.act(1, "start guest 0, 8 vCPUs count to 16 2 times").unwrap();
        chaos
    }

    #[test]
    fn a_whole_step_misses_nothing() {
        let mut chaos = started();
        chaos.ended(0, 8, 8, 0, "").unwrap();
        chaos.secondary(1, 70, 70).unwrap();
        assert_eq!(chaos.missing(2, false, [1]), None);
        assert_eq!(chaos.missing(1, true, [1]), None);
        assert_eq!(chaos.missing(1, false, [1]).unwrap(), "0 of 1 acts");
    }

    #[test]
    fn what_was_not_heard_is_named() {
        let mut chaos = started();
        assert_eq!(chaos.missing(5, false, [1]).unwrap(), "3 of 5 acts");
        assert_eq!(chaos.missing(2, false, [1]).unwrap(), "the end of guest 0");
        chaos.ended(0, 8, 3, 137, "killed").unwrap();
        assert_eq!(chaos.missing(2, false, [1]).unwrap(), "a word of whether CPU 1 came back");
        assert_eq!(chaos.act(3, "").unwrap_err(), "act 3 of chaos came instead of act 2");
    }

    #[test]
    fn guests_end_as_they_may() {
        for (right, code, why) in [(8, 0, ""), (0, 137, "killed"), (7, 1, "refused")] {
            started().ended(0, 8, right, code, why).unwrap();
        }
        for (right, code, why, wrong) in [
            (7, 0, "", "ended with 0; 7 of 8 vCPUs counted right"),
            (8, 1, "", "ended with 1; 8 of 8 vCPUs counted right"),
            (8, 0, "killed", "ended with 0, killed; 8 of 8 vCPUs counted right"),
            (8, 1, "refused", "ended with 1, refused; 8 of 8 vCPUs counted right"),
            (0, 137, "wrong", "ended with 137, wrong; 0 of 8 vCPUs counted right"),
        ] {
            let error = started().ended(0, 8, right, code, why).unwrap_err();
            assert_eq!(error, format!("guest 0 of chaos {wrong}"));
        }
        let mut chaos = started();
        chaos.ended(0, 8, 8, 0, "").unwrap();
        assert_eq!(chaos.ended(0, 8, 8, 0, "").unwrap_err(), "guest 0 of chaos ended, which did not run");
        assert!(chaos.ended(1, 8, 8, 0, "").is_err());
    }

    #[test]
    fn a_secondary_that_did_not_come_back_is_named() {
        let error = started().secondary(3, 70, 69).unwrap_err();
        assert_eq!(error, "CPU 3 was given to KVM 70 times and came back 69 times");
    }
}
