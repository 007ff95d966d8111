// SPDX-License-Identifier: GPL-2.0-or-later
//! What guests and secondary threads did in a run, counted from its recording.

use crate::protocol::{Body, Frame};
use crate::report::{Report, replay};
use anyhow::{Context, Result};
use cpu_model::recording::{FILE_NAME, Recording};
use serde::Serialize;
use std::fmt;
use std::io::ErrorKind;
use std::ops::AddAssign;
use std::path::Path;

/// Counts of one run, or of many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Changes of a thread from hypervisor state to a guest.
    pub guest_entries: u64,
    /// And back.
    pub guest_exits: u64,
    /// How often a thread was given to KVM by the host.
    pub cedes: u64,
    /// How often one came back.
    pub returns: u64,
    /// Guests that chaos started.
    pub chaos_guests: u64,
    /// Those of them that it killed before they were done.
    pub chaos_killed: u64,
}

impl Totals {
    /// Those of the run that has left its recording in `out` and whose agents said `frames`. All 0 where there is no recording.
    ///
    /// # Errors
    /// Where the recording cannot be read.
    pub fn new(out: &Path, frames: &[Frame]) -> Result<Totals> {
        let path = out.join(FILE_NAME);
        let bytes = match std::fs::read(&path) {
            Err(e) if e.kind() == ErrorKind::NotFound => Vec::new(),
            bytes => bytes.with_context(|| format!("cannot read {}", path.display()))?,
        };
        let mut totals = Totals::default();
        if !bytes.is_empty() {
            let replayed = Recording::new(&bytes).and_then(|recording| replay(&recording));
            totals.count(&replayed.with_context(|| path.display().to_string())?.report);
        }
        for frame in frames {
            if let Body::Ended { why, .. } = &frame.body {
                totals.chaos_guests += 1;
                totals.chaos_killed += u64::from(why == "killed");
            }
        }
        Ok(totals)
    }

    fn count(&mut self, report: &Report) {
        for thread in &report.threads {
            self.guest_entries += thread.guest_entries;
            self.guest_exits += thread.guest_exits;
            self.cedes += thread.cedes.count;
            self.returns += thread.cedes.returned;
        }
    }

    /// What is wrong with a run that succeeded otherwise.
    pub fn wrong(&self) -> Option<String> {
        let lost = self.cedes - self.returns.min(self.cedes);
        (lost > 0).then(|| format!("{lost} times a thread was given to KVM and did not come back"))
    }
}

impl AddAssign<&Totals> for Totals {
    fn add_assign(&mut self, other: &Totals) {
        self.guest_entries += other.guest_entries;
        self.guest_exits += other.guest_exits;
        self.cedes += other.cedes;
        self.returns += other.returns;
        self.chaos_guests += other.chaos_guests;
        self.chaos_killed += other.chaos_killed;
    }
}

/// For a terminal, one line.
impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Totals { guest_entries, guest_exits, cedes, returns, chaos_guests, chaos_killed } = self;
        write!(f, "{guest_entries} guest entries, {guest_exits} exits; {cedes} cedes, {returns} returns")?;
        if *chaos_guests > 0 {
            write!(f, "; chaos had {chaos_guests} guests and killed {chaos_killed}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(why: &str) -> Frame {
        let body = Body::Ended { guest: 0, threads: 1, right: 0, code: 0, why: why.into() };
        Frame { who: "host".into(), body }
    }

    #[test]
    fn guests_of_chaos_are_counted_without_a_recording() {
        let out = tempfile::tempdir().unwrap();
        let totals = Totals::new(out.path(), &[ended("killed"), ended(""), ended("refused")]).unwrap();
        assert_eq!(totals, Totals { chaos_guests: 3, chaos_killed: 1, ..Totals::default() });
        assert!(totals.to_string().ends_with("; chaos had 3 guests and killed 1"));
    }

    #[test]
    fn a_thread_that_is_lost_is_told() {
        assert_eq!(Totals { cedes: 5, returns: 5, ..Totals::default() }.wrong(), None);
        let wrong = Totals { cedes: 5, returns: 3, ..Totals::default() }.wrong().unwrap();
        assert_eq!(wrong, "2 times a thread was given to KVM and did not come back");
    }
}
