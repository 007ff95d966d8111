// SPDX-License-Identifier: GPL-2.0-or-later
//! QEMU with the plugin, where it should end before the machine starts.

use crate::artifacts;
use std::process::{Command, Output};

/// Long enough for any refusal on a busy host, in seconds.
const PATIENCE: &str = "60";
/// Exit status of `timeout` where it had to end what it ran. Source: coreutils manual.
const TIMED_OUT: i32 = 124;

/// How QEMU ended.
#[derive(Debug)]
pub struct Refusal {
    /// Its exit status.
    pub status: i32,
    /// What it printed to standard output; the machine's console too.
    pub stdout: String,
    /// What the plugin said, without the name it puts in front; one item a line.
    pub said: Vec<String>,
}

/// Runs QEMU with `machine` and the plugin with `words` to its end. The console goes to standard output.
pub fn qemu(machine: &[&str], words: &str) -> Refusal {
    qemu_called("qemu-system-ppc64", machine, words)
}

impl Refusal {
    /// The one line that the plugin said; panics unless QEMU failed without output from the machine.
    pub fn why(&self) -> &str {
        assert_eq!((self.status, self.stdout.as_str()), (1, ""), "{self:?}");
        let [why] = self.said.as_slice() else { panic!("not one line: {self:?}") };
        why
    }
}

/// As [`qemu`], with another emulator of the same QEMU.
pub fn qemu_called(name: &str, machine: &[&str], words: &str) -> Refusal {
    let artifacts = artifacts();
    let command = artifacts.qemu.command.iter().map(|w| w.replace("qemu-system-ppc64", name));
    let plugin = format!("{},{words}", artifacts.plugin.display());
    let output = Command::new("timeout")
        .args(["--kill-after=5", PATIENCE])
        .args(command)
        .args(machine)
        .args(["-display", "none", "-monitor", "none", "-serial", "file:/dev/stdout"])
        .args(["-plugin", plugin.trim_end_matches(',')])
        .output()
        .expect("timeout (coreutils)");
    ended(&output)
}

fn ended(output: &Output) -> Refusal {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    let status = output.status.code().unwrap_or_else(|| panic!("{}: {stderr}", output.status));
    assert_ne!(status, TIMED_OUT, "QEMU did not end: {stdout}{stderr}");
    let said = stderr.lines().filter_map(|l| l.strip_prefix("p8smt: ")).map(str::to_owned).collect();
    Refusal { status, stdout, said }
}
