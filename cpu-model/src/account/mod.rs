// SPDX-License-Identifier: GPL-2.0-or-later
//! Where every hardware thread's time and instructions went, and what it sent, took and slept.
//!
//! [`Accounting`] is given every event of every thread, ordered by timebase. The definitions of what it
//! counts stand with the fields of [`ThreadAccount`], [`Naps`], [`Cedes`], [`Ipis`] and
//! [`CoreAccount`].

mod cede;
mod core;
mod ipi;
mod nap;
mod thread;

pub use self::core::CoreAccount;
pub use cede::Cedes;
pub use ipi::{IpiKind, Ipis};
pub use nap::Naps;
pub use thread::ThreadAccount;

use self::core::CoreLedger;
use crate::{DoorbellKind, Event, Landmark, Sample, State, icp, topology};
use thread::ThreadLedger;

/// A stretch of time that a thread spent in one state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The hardware thread, counted over all cores.
    pub thread: usize,
    /// Its state.
    pub state: State,
    /// Timebase ticks at its start.
    pub from: u64,
    /// Timebase ticks at its end; later than `from`.
    pub to: u64,
}

/// What a run comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Timebase ticks from power-on to the end. The states of each thread add up to it.
    pub elapsed: u64,
    /// The hardware threads, counted over all cores.
    pub threads: Vec<ThreadAccount>,
    /// The cores.
    pub cores: Vec<CoreAccount>,
}

/// Adds up a run, event by event.
///
/// ```
/// use cpu_model::{Event, Place, Sample, State, WakeReason, account::Accounting, insn::PowerSaving};
/// let mut run = Accounting::new(8, 8);
/// let nap = Event::PowerSave { level: PowerSaving::Nap, place: Place::Elsewhere };
/// run.apply(0, Sample { tb: 100, instructions: 40 }, &nap);
/// run.apply(0, Sample { tb: 350, instructions: 40 }, &Event::Wake { reason: WakeReason::Decrementer });
/// let (account, _) = run.finish(400, &[90]);
/// assert_eq!(account.threads[0].ticks[State::HostIdle], 250);
/// assert_eq!(account.threads[0].naps.count, 1);
/// assert_eq!(account.threads[0].ticks.values().sum::<u64>(), 400);
/// ```
#[derive(Clone, Debug)]
pub struct Accounting {
    threads: Vec<ThreadLedger>,
    cores: Vec<CoreLedger>,
    threads_per_core: usize,
}

impl Accounting {
    /// Starts at power-on, with `threads` hardware threads in all, `threads_per_core` (at least 1) to a core.
    pub fn new(threads: usize, threads_per_core: usize) -> Accounting {
        let threads_per_core = threads_per_core.max(1);
        Accounting {
            threads: (0..threads).map(ThreadLedger::new).collect(),
            cores: vec![CoreLedger::default(); threads.div_ceil(threads_per_core)],
            threads_per_core,
        }
    }

    /// Follows one event. Gives the stretch that it ended, where it put the thread in another state.
    ///
    /// # Panics
    /// Where `thread` is not one of the run's.
    pub fn apply(&mut self, thread: usize, at: Sample, event: &Event) -> Option<Span> {
        self.send(thread, at.tb, event);
        if *event == Event::Landmark(Landmark::VcoreRun) {
            self.cores[thread / self.threads_per_core].vcore_run();
        }
        let before = self.threads[thread].state();
        let span = self.threads[thread].apply(at, event);
        let after = self.threads[thread].state();
        if before != after {
            self.cores[thread / self.threads_per_core].moved(at.tb, before, after);
        }
        span
    }

    /// What an event means for the thread it is addressed to.
    fn send(&mut self, from: usize, tb: u64, event: &Event) {
        match *event {
            Event::DoorbellSent { kind, .. } => {
                let kind = match kind {
                    DoorbellKind::Hypervisor => IpiKind::Doorbell,
                    DoorbellKind::Privileged => IpiKind::GuestDoorbell,
                };
                self.threads[from].sent(kind);
            }
            Event::Mfrr { server, priority } => {
                if priority != icp::MFRR_NONE {
                    self.threads[from].sent(IpiKind::Xics);
                }
                let to = topology::thread_of_server(server, self.threads_per_core);
                if let Some(to) = to.and_then(|to| self.threads.get_mut(to)) {
                    to.mfrr(tb, priority);
                }
            }
            _ => {}
        }
    }

    /// Ends the run at `tb` (or at its last event, where that is later) with what each thread had executed
    /// by then. Gives the account and the stretches that were still going on.
    pub fn finish(self, tb: u64, instructions: &[u64]) -> (Account, Vec<Span>) {
        let elapsed = self.threads.iter().map(ThreadLedger::last_tb).fold(tb, u64::max);
        let mut spans = Vec::new();
        let mut threads = Vec::new();
        for (index, thread) in self.threads.into_iter().enumerate() {
            let instructions = instructions.get(index).copied().unwrap_or(0);
            let (account, span) = thread.finish(Sample { tb: elapsed, instructions });
            threads.push(account);
            spans.extend(span);
        }
        let cores = self.cores.into_iter().map(|core| core.finish(elapsed)).collect();
        (Account { elapsed, threads, cores }, spans)
    }
}
