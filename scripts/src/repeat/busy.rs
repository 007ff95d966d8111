// SPDX-License-Identifier: GPL-2.0-or-later
//! Processes that do nothing but take processors away.

use anyhow::{Context, Result};
use std::process::{Child, Command, Stdio};

/// Processes that spin for as long as this lives.
#[derive(Debug)]
pub(super) struct Busy(Vec<Child>);

impl Busy {
    /// Starts `count`. The kernel ends them with the calling thread, even where that is killed.
    ///
    /// # Errors
    /// Where one cannot be started.
    pub fn start(count: u32) -> Result<Busy> {
        let mut busy = Busy(Vec::new());
        for _ in 0..count {
            let mut spin = Command::new("setpriv");
            spin.args(["--pdeathsig", "KILL", "--", "sh", "-c", "while :; do :; done"]);
            let child = spin.stdin(Stdio::null()).spawn();
            busy.0.push(child.context("cannot start setpriv (Debian package util-linux)")?);
        }
        Ok(busy)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        for child in &mut self.0 {
            // It spins until it is killed; that it is gone already is fine.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
