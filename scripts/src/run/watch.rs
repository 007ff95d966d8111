// SPDX-License-Identifier: GPL-2.0-or-later
//! Waits for whatever happens next in a run.

use super::machine::Machine;
use anyhow::{Context, Result};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use rustix::io::{Errno, read};
use signal_hook::SigId;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use std::io::Read;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happened {
    /// The console has grown.
    Console,
    /// QEMU has ended.
    Ended,
    /// This process was asked to end (SIGINT, SIGTERM, SIGHUP).
    Interrupted,
    /// Nothing, up to the deadline.
    Nothing,
}

/// Waits without looking again and again.
#[derive(Debug)]
pub struct Watch {
    console: OwnedFd,
    signals: UnixStream,
    caught: Vec<SigId>,
}

impl Watch {
    /// Watches the console's file, and the signals that ask this process to end from here on.
    ///
    /// # Errors
    /// Where the operating system refuses (too many watches, for example).
    pub fn new(console: &Path) -> Result<Watch> {
        let inotify = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK).context("inotify")?;
        inotify::add_watch(&inotify, console, WatchFlags::MODIFY)
            .with_context(|| format!("cannot watch {}", console.display()))?;
        let (signals, sender) = UnixStream::pair().context("a pair of sockets")?;
        signals.set_nonblocking(true).context("a pair of sockets")?;
        let mut watch = Watch { console: inotify, signals, caught: Vec::new() };
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            let sender = sender.try_clone().context("a pair of sockets")?;
            let id =
                signal_hook::low_level::pipe::register(signal, sender).context("cannot catch signals")?;
            watch.caught.push(id);
        }
        Ok(watch)
    }

    /// Waits until something happens or `deadline` is reached.
    ///
    /// # Errors
    /// Where the operating system refuses.
    pub fn wait(&mut self, machine: &Machine, deadline: Option<Instant>) -> Result<Happened> {
        loop {
            let rest = deadline.map(|d| timespec(d.saturating_duration_since(Instant::now())));
            let ended = machine.ended();
            let mut fds = [
                PollFd::new(&self.signals, PollFlags::IN),
                PollFd::new(&ended, PollFlags::IN),
                PollFd::new(&self.console, PollFlags::IN),
            ];
            match poll(&mut fds, rest.as_ref()) {
                Ok(0) => return Ok(Happened::Nothing),
                Ok(_) => {}
                Err(Errno::INTR) => continue,
                Err(e) => return Err(e).context("poll"),
            }
            let [signal, ended, console] = [0, 1, 2].map(|n| !fds[n].revents().is_empty());
            if signal {
                let _ = self.signals.read(&mut [0; 64]);
                return Ok(Happened::Interrupted);
            }
            if ended {
                return Ok(Happened::Ended);
            }
            if console {
                // Only that it grew matters, and that is asked of the file.
                let _ = read(&self.console, &mut [0; 4096]);
                return Ok(Happened::Console);
            }
        }
    }
}

impl Drop for Watch {
    /// A process that does many runs must not keep the sockets of each.
    fn drop(&mut self) {
        for id in self.caught.drain(..) {
            signal_hook::low_level::unregister(id);
        }
    }
}

fn timespec(duration: Duration) -> Timespec {
    Timespec { tv_sec: duration.as_secs() as i64, tv_nsec: i64::from(duration.subsec_nanos()) }
}
