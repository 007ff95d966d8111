// SPDX-License-Identifier: GPL-2.0-or-later
//! Load on the host.

use std::process::{Child, Command};

/// Processes that do nothing but take processor time, for as long as this lives.
#[derive(Debug)]
pub struct Busy(Vec<Child>);

impl Busy {
    /// Starts `processes` of them.
    pub fn spin(processes: usize) -> Busy {
        let spin = |_| Command::new("sh").args(["-c", "while :; do :; done"]).spawn().expect("a shell");
        Busy((0..processes).map(spin).collect())
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        for child in &mut self.0 {
            // It is a child that nobody has waited for: it is there.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
