// SPDX-License-Identifier: GPL-2.0-or-later
//! The host processor that a run is tied to.
//!
//! One thread executes at a time. On one processor a turn is handed over by a context switch; on two it
//! takes waking a sleeping core (measured: a boot in 6.1 instead of 7.6 s). Runs side by side take
//! different processors: each holds a lock on a file named after its own.

use nix::fcntl::{Flock, FlockArg};
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;

/// A processor of the host, taken for as long as this lives.
pub struct Processor {
    number: usize,
    _taken: Option<Flock<File>>,
}

impl Processor {
    /// A processor that no other run has taken, of those this process may use; where all are taken, one
    /// by process number, so that runs still spread. `None` where the host does not say which there are.
    pub fn take() -> Option<Processor> {
        let allowed = sched_getaffinity(Pid::this()).ok()?;
        let numbers: Vec<usize> = (0..CpuSet::count()).filter(|n| allowed.is_set(*n) == Ok(true)).collect();
        let free = numbers.iter().find_map(|n| Some((*n, lock(*n)?)));
        match free {
            Some((number, taken)) => Some(Processor { number, _taken: Some(taken) }),
            None => {
                let number = *numbers.get(std::process::id() as usize % numbers.len().max(1))?;
                Some(Processor { number, _taken: None })
            }
        }
    }

    /// Its number.
    pub fn number(&self) -> usize {
        self.number
    }

    /// Ties a thread to it, and all threads that it starts from now on; 0 is the calling thread. They become
    /// batch threads, which do not preempt whoever wakes them: who gives a turn away goes to sleep at once,
    /// and is not switched to once more for that (sched(7)).
    pub fn tie(&self, thread: i32) {
        if !crate::qemu::be_batch(thread) {
            tracing::debug!(
                "thread {thread} keeps its scheduling policy: {}",
                std::io::Error::last_os_error()
            );
        }
        let mut set = CpuSet::new();
        let tied = set.set(self.number).and_then(|()| sched_setaffinity(Pid::from_raw(thread), &set));
        if let Err(error) = tied {
            tracing::warn!(
                "cannot tie thread {thread} to processor {}: {error}; the run is slower",
                self.number
            );
        }
    }
}

fn lock(number: usize) -> Option<Flock<File>> {
    let path = std::env::temp_dir().join(format!("p8smt-processor-{number}.lock"));
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o666).open(path).ok()?;
    Flock::lock(file, FlockArg::LockExclusiveNonblock).ok()
}

/// Threads of this process other than the calling one.
pub fn other_threads() -> Vec<i32> {
    let me = this_thread();
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    tasks.filter_map(|t| t.file_name().to_str()?.parse().ok()).filter(|t| *t != me).collect()
}

/// The calling thread.
pub fn this_thread() -> i32 {
    nix::unistd::gettid().as_raw()
}

/// The name of a thread of this process.
pub fn thread_name(thread: i32) -> String {
    let name = std::fs::read_to_string(format!("/proc/self/task/{thread}/comm")).unwrap_or_default();
    name.trim_end().to_owned()
}

/// The address of the futex that a thread of this process waits on, if that is what it does. A mutex is
/// another thing: glibc's are private to the process, QEMU's events are not.
///
/// # Errors
/// Where the host does not tell what threads wait for.
pub fn futex_of(thread: i32) -> std::io::Result<Option<usize>> {
    let text = std::fs::read_to_string(format!("/proc/self/task/{thread}/syscall"))?;
    Ok(parse_futex(&text))
}

fn parse_futex(text: &str) -> Option<usize> {
    let mut words = text.split_ascii_whitespace();
    if words.next()?.parse() != Ok(libc::SYS_futex) {
        return None;
    }
    let mut number = || usize::from_str_radix(words.next()?.trim_start_matches("0x"), 16).ok();
    let (address, operation) = (number()?, number()?);
    (operation as i32 == libc::FUTEX_WAIT).then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_told_from_a_mutex_and_from_a_thread_that_runs() {
        let waits = |words: &str| parse_futex(&format!("{} {words}", libc::SYS_futex));
        assert_eq!(waits("0x7f00 0x0 0xffffffff 0x0 0x0 0x0 0x1 0x2"), Some(0x7f00));
        assert_eq!(waits("0x7f00 0x80 0x2 0x0 0x0 0x0 0x1 0x2"), None);
        assert_eq!(parse_futex("running"), None);
    }

    #[test]
    fn a_thread_that_is_not_there_is_an_error() {
        assert!(futex_of(i32::MAX).is_err());
    }
}
