// SPDX-License-Identifier: GPL-2.0-or-later
//! What came of a run.

use super::directory::LOG;
use super::qemu::CONSOLE;
use crate::protocol::Frame;
use cpu_model::recording::{FILE_NAME, Summary, Verdict};
use cpu_model::timebase;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// As it stands in the recording.
    pub verdict: Verdict,
    /// What the plugin said at the end; `None` without the plugin, or where it was killed.
    pub summary: Option<Summary>,
    /// A person ended it.
    pub interrupted: bool,
    /// Every report of every agent, in the order heard.
    pub frames: Vec<Frame>,
    /// How long it took. Stands in no recording.
    pub wall: Duration,
    /// Where the recording and the console are.
    pub out: PathBuf,
}

impl Outcome {
    /// Did every step of the scenario succeed?
    pub fn ok(&self) -> bool {
        self.verdict.outcome == "ok"
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Verdict { scenario, outcome, guests, kernel, .. } = &self.verdict;
        writeln!(f, "outcome   {scenario}: {outcome}")?;
        // Before the host is up, there is nothing to be said of its guests.
        for (n, guest) in guests.iter().enumerate().filter(|_| !kernel.is_empty()) {
            writeln!(f, "guest     {n}: {} of {} CPUs up", guest.cpus_up, guest.threads)?;
        }
        if let Some(summary) = &self.summary {
            if !summary.digest.is_empty() {
                let outside =
                    if summary.outside > 0 { " (not repeatable: something came from outside)" } else { "" };
                writeln!(f, "digest    {}{outside}", summary.digest)?;
            }
            writeln!(f, "elapsed   {:.3} s of the machine's time", timebase::to_s(summary.elapsed_tb))?;
        }
        writeln!(f, "wall time {:.1} s", self.wall.as_secs_f64())?;
        let out = self.out.display();
        if self.out.join(FILE_NAME).exists() {
            writeln!(f, "recording {out}/{FILE_NAME}, see: p8smt report {out}")?;
        }
        if !self.ok() {
            writeln!(f, "see also  {out}/{CONSOLE} and {out}/{LOG}")?;
        }
        Ok(())
    }
}
