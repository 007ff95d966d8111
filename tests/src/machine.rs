// SPDX-License-Identifier: GPL-2.0-or-later
//! A scenario's QEMU, run by the test itself, so that the test can do something to it.

use crate::out;
use p8smt_scripts::run::{LOG, Options, dry_run};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

/// A running QEMU.
#[derive(Debug)]
pub struct Machine {
    child: Child,
    reader: BufReader<ChildStdout>,
    console: Vec<u8>,
    out: PathBuf,
}

/// What a machine leaves behind.
#[derive(Debug)]
pub struct End {
    /// How QEMU ended.
    pub status: ExitStatus,
    /// All that was on the console.
    pub console: String,
    /// What QEMU and the plugin printed.
    pub log: String,
    /// Where the recording is.
    pub out: PathBuf,
}

impl Machine {
    /// Starts the QEMU of `options`: behind `prefix`, which runs it, and with `more` arguments.
    pub fn start(test: &str, options: Options, prefix: &[&str], more: &[&str]) -> Machine {
        let out = out(test);
        let (line, _) =
            dry_run(&Options { out: Some(out.clone()), ..options }).expect("scripts/setup has run");
        let mut command: Vec<String> = prefix.iter().map(|&w| w.to_owned()).collect();
        command.extend(shlex::split(&line).expect("a shell line"));
        let serial = command.iter().position(|w| w == "-serial").expect("a console");
        command[serial + 1] = "file:/dev/stdout".into();
        command.extend(more.iter().map(|&w| w.to_owned()));
        let log = File::create(out.join(LOG)).expect("the log");
        let mut child = Command::new(&command[0])
            .args(&command[1..])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap_or_else(|e| panic!("{}: {e}", command[0]));
        let reader = BufReader::new(child.stdout.take().expect("piped"));
        Machine { child, reader, console: Vec::new(), out }
    }

    /// Waits until a line of the console has `part` in it.
    pub fn await_line(&mut self, part: &str) {
        loop {
            let start = self.console.len();
            let read = self.reader.read_until(b'\n', &mut self.console).expect("the console");
            let line = String::from_utf8_lossy(&self.console[start..]);
            if line.contains(part) {
                return;
            }
            assert!(read > 0, "QEMU ended before {part}:\n{}", String::from_utf8_lossy(&self.console));
        }
    }

    /// Its process.
    pub fn pid(&self) -> rustix::process::Pid {
        rustix::process::Pid::from_child(&self.child)
    }

    /// Ends it at once, as a crash would.
    pub fn kill(&mut self) {
        self.child.kill().expect("it runs");
    }

    /// Waits until it has ended.
    pub fn finish(mut self) -> End {
        self.reader.read_to_end(&mut self.console).expect("the console");
        let status = self.child.wait().expect("it is a child");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let log = text(&std::fs::read(self.out.join(LOG)).expect("the log"));
        End { status, console: text(&self.console), log, out: self.out.clone() }
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // A test that has panicked leaves nothing running.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
