// SPDX-License-Identifier: GPL-2.0-or-later
//! The QEMU process of a run. It never outlives this process.

use anyhow::{Context, Result};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

/// Run by `setpriv`, which has asked the kernel to kill it when its parent dies: goes on unless that had
/// happened before it asked.
const UNLESS_ORPHANED: &str = r#"test "$PPID" = "$0" && exec "$@""#;

/// A running QEMU.
#[derive(Debug)]
pub struct Machine {
    child: Child,
    pidfd: OwnedFd,
}

impl Machine {
    /// Starts `command`; what it prints goes to `log`. Where `interactive`, the terminal is its own, else
    /// the terminal's Ctrl-C does not reach it.
    ///
    /// The kernel kills it when the calling thread ends.
    ///
    /// # Errors
    /// Where it cannot be started.
    pub fn start(command: &[String], log: &Path, interactive: bool) -> Result<Machine> {
        let log = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        let mut setpriv = Command::new("setpriv");
        setpriv.args(["--pdeathsig", "KILL", "--", "sh", "-c", UNLESS_ORPHANED]);
        setpriv.arg(std::process::id().to_string()).args(command);
        setpriv.stderr(log.try_clone().context("the log of QEMU")?);
        if !interactive {
            setpriv.stdin(Stdio::null()).stdout(log).process_group(0);
        }
        let child = setpriv.spawn().context("cannot start setpriv (Debian package util-linux)")?;
        let pidfd = pidfd_open(Pid::from_child(&child), PidfdFlags::empty()).context("pidfd of QEMU")?;
        Ok(Machine { child, pidfd })
    }

    /// Readable once it has ended.
    pub fn ended(&self) -> BorrowedFd<'_> {
        self.pidfd.as_fd()
    }

    /// Asks it to end: it closes its files as if the machine had been switched off.
    pub fn terminate(&self) {
        // It may have ended by itself in the meantime.
        let _ = pidfd_send_signal(&self.pidfd, Signal::TERM);
    }

    /// Ends it at once.
    pub fn kill(&self) {
        let _ = pidfd_send_signal(&self.pidfd, Signal::KILL);
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// Where the operating system does not tell.
    pub fn wait(&mut self) -> Result<ExitStatus> {
        self.child.wait().context("waiting for QEMU")
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.kill();
        let _ = self.child.wait();
    }
}

/// How QEMU ended, and `last`, the last line it printed; `None` when it ended well.
pub fn bad_end(status: ExitStatus, last: &str) -> Option<String> {
    let how = match (status.code(), status.signal()) {
        (Some(0), _) => return None,
        (Some(code), _) => format!("QEMU ended with status {code}"),
        (None, signal) => format!("QEMU ended by signal {}", signal.unwrap_or_default()),
    };
    Some(if last.is_empty() { how } else { format!("{how}: {last}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(script: &str) -> (tempfile::TempDir, Machine) {
        let out = tempfile::tempdir().unwrap();
        let command = ["sh".to_owned(), "-c".into(), script.into()];
        let machine = Machine::start(&command, &out.path().join("log"), false).unwrap();
        (out, machine)
    }

    #[test]
    fn an_end_is_told_in_words() {
        let (out, mut machine) = start("echo bad option >&2; exit 1");
        let status = machine.wait().unwrap();
        let last = std::fs::read_to_string(out.path().join("log")).unwrap();
        assert_eq!(bad_end(status, last.trim()).unwrap(), "QEMU ended with status 1: bad option");
        let (_out, mut machine) = start("kill -ABRT $$");
        assert_eq!(bad_end(machine.wait().unwrap(), "").unwrap(), "QEMU ended by signal 6");
        let (_out, mut machine) = start("exit 0");
        assert_eq!(bad_end(machine.wait().unwrap(), "harmless"), None);
    }

    #[test]
    fn it_ends_with_the_thread_that_started_it() {
        let out = tempfile::tempdir().unwrap();
        let fifo = out.path().join("fifo");
        assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        let command = ["cat".to_owned(), fifo.to_str().unwrap().into()];
        let log = out.path().join("log");
        let thread = std::thread::spawn(move || {
            let machine = Machine::start(&command, &log, false).unwrap();
            // Opens when `cat` runs; `cat` waits for as long as it stays open.
            let writer = File::options().write(true).open(&fifo).unwrap();
            let pidfd = machine.pidfd.try_clone().unwrap();
            // As if this process were killed: nothing of `Machine` runs.
            std::mem::forget(machine);
            (pidfd, writer)
        });
        let (pidfd, _writer) = thread.join().unwrap();
        let mut fds = [rustix::event::PollFd::new(&pidfd, rustix::event::PollFlags::IN)];
        let minute = rustix::event::Timespec { tv_sec: 60, tv_nsec: 0 };
        assert_eq!(rustix::event::poll(&mut fds, Some(&minute)).unwrap(), 1, "still runs");
    }

    #[test]
    fn it_does_not_start_without_its_parent() {
        let status = Command::new("sh").args(["-c", UNLESS_ORPHANED, "1", "true"]).status().unwrap();
        assert_eq!(status.code(), Some(1));
    }
}
