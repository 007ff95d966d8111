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
        Err(format!("guest {guest} of chaos ended with {code}{why}; {right} of {threads} vCPUs counted right"))
    }

    /// A secondary thread, after the last guest.
    pub fn secondary(&mut self, cpu: u32, cedes: u64, returns: u64) -> Result<(), Wrong> {
        if cedes != returns {
            return Err(format!("CPU {cpu} was given to KVM {cedes} times and came back {returns} times"));
        }
        self.back.insert(cpu);
        Ok(())
    }

    /// What of a step of `acts` acts on a machine with these `secondaries` has not been heard.
    pub fn missing(&self, acts: u32, secondaries: impl IntoIterator<Item = u32>) -> Option<String> {
        if self.acts != acts {
            return Some(format!("{} of {acts} acts", acts - self.acts.min(acts)));
        }
        if let Some(guest) = (0..self.started).find(|guest| !self.ended.contains(guest)) {
            return Some(format!("the end of guest {guest}"));
        }
        let lost = secondaries.into_iter().find(|cpu| !self.back.contains(cpu))?;
        Some(format!("a word of whether CPU {lost} came back"))
    }
}
