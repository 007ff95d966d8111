// SPDX-License-Identifier: GPL-2.0-or-later
//! What a person at the terminal sees while a run goes on.

use crate::progress::say;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal, Write};
use std::time::Duration;

/// Shows progress on standard error: a line that moves on a terminal, plain lines elsewhere.
#[derive(Debug)]
pub struct Progress {
    spinner: Option<ProgressBar>,
    verbose: bool,
    quiet: bool,
}

impl Progress {
    /// `verbose`: the console is shown on standard output. `quiet`: nothing is, the terminal is QEMU's.
    pub fn new(verbose: bool, quiet: bool) -> Progress {
        let moving = !verbose && !quiet && std::io::stderr().is_terminal();
        let spinner = moving.then(|| {
            let spinner = ProgressBar::new_spinner();
            let style = ProgressStyle::with_template("{spinner} {elapsed:>4} {wide_msg}");
            spinner.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
            spinner.enable_steady_tick(Duration::from_millis(200));
            spinner
        });
        Progress { spinner, verbose, quiet }
    }

    /// A step that is worth a line of its own.
    pub fn note(&self, line: &str) {
        match &self.spinner {
            Some(spinner) => spinner.println(line),
            None if !self.quiet => say!("{line}"),
            None => {}
        }
    }

    /// A line of the console.
    pub fn console(&self, line: &[u8]) {
        if self.verbose {
            let mut out = std::io::stdout().lock();
            // A reader that has gone away (`p8smt run -v | head`) does not end the run.
            let _ = out.write_all(line).and_then(|()| out.write_all(b"\n"));
        }
        if let Some(spinner) = &self.spinner {
            let text = String::from_utf8_lossy(line);
            let text: String = text.chars().filter(|c| !c.is_control()).collect();
            if !text.trim().is_empty() && !text.contains("@p8 {") {
                spinner.set_message(text);
            }
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(spinner) = &self.spinner {
            spinner.finish_and_clear();
        }
    }
}
