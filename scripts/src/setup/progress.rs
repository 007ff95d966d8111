// SPDX-License-Identifier: GPL-2.0-or-later
//! What a person sees while a long step is under way, and how long it took.

use super::cache::Cache;
use super::command;
use crate::progress::say;
use anyhow::{Context, Result};
use duct::Expression;
use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};
use std::fs;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A step under way: a bar on a terminal, a line now and then elsewhere; its log.
#[derive(Debug)]
pub struct Step {
    name: String,
    begun: Instant,
    bar: ProgressBar,
    /// Tenths of the step that a line has been printed for, where there is no terminal.
    printed: Option<u64>,
    log: PathBuf,
}

impl Step {
    /// Says that it begins. Its log is `logs/NAME.log` in the cache, with the blanks of its name as dashes.
    ///
    /// # Errors
    /// Where the log cannot be written.
    pub fn begin(cache: &Cache, name: &str) -> Result<Step> {
        let log = cache.folder("logs")?.join(format!("{}.log", name.replace([' ', '/'], "-")));
        fs::write(&log, "").with_context(|| format!("{}: cannot write", log.display()))?;
        let bar = ProgressBar::new_spinner().with_finish(ProgressFinish::AndClear);
        let printed = if std::io::stderr().is_terminal() {
            bar.set_style(style("{spinner} {prefix} {wide_msg} {elapsed}"));
            bar.set_prefix(name.to_owned());
            bar.enable_steady_tick(Duration::from_millis(120));
            None
        } else {
            say!("{name} …");
            Some(0)
        };
        Ok(Step { name: name.to_owned(), begun: Instant::now(), bar, printed, log })
    }

    /// What is being done now.
    pub fn doing(&self, what: impl Into<String>) {
        self.bar.set_message(what.into());
    }

    /// So much of it is done; `done` may pass a `total` that was an estimate.
    pub fn at(&mut self, done: u64, total: u64) {
        let total = total.max(done).max(1);
        if self.bar.length() != Some(total) {
            self.bar.set_style(style("{spinner} {prefix} [{bar:30}] {percent:>3} % {msg} {elapsed}"));
            self.bar.set_length(total);
        }
        self.bar.set_position(done);
        let tenths = done * 10 / total;
        if self.printed.is_some_and(|printed| tenths > printed) && tenths < 10 {
            self.printed = Some(tenths);
            say!("{} … {} %, {}", self.name, tenths * 10, time(self.begun.elapsed()));
        }
    }

    /// A line that stays.
    pub fn note(&self, line: &str) {
        self.bar.suspend(|| say!("{}: {line}", self.name));
    }

    /// Runs a command, its output in the step's log.
    ///
    /// # Errors
    /// As [`command::run`].
    pub fn run(&self, program: &str, command: &Expression) -> Result<()> {
        command::run(program, command, &self.log, |_| ())
    }

    /// The step's log.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// Says that it is done, with what came out of it and how long it took.
    pub fn end(self, result: &str) {
        self.bar.finish_and_clear();
        say!("{}: {result}, {}", self.name, time(self.begun.elapsed()));
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// `0.4 s`, `25 s`, `3 min 12 s`.
pub fn time(duration: Duration) -> String {
    match duration.as_secs() {
        seconds @ 60.. => format!("{} min {} s", seconds / 60, seconds % 60),
        seconds @ 10.. => format!("{seconds} s"),
        _ => format!("{:.1} s", duration.as_secs_f64()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_short() {
        assert_eq!(time(Duration::from_millis(440)), "0.4 s");
        assert_eq!(time(Duration::from_millis(25_900)), "25 s");
        assert_eq!(time(Duration::from_secs(192)), "3 min 12 s");
    }
}
