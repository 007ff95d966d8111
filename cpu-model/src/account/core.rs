// SPDX-License-Identifier: GPL-2.0-or-later
//! What the threads of a core did together.

use crate::State;

/// What a core's time comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CoreAccount {
    /// How often a vcore was entered ([`crate::Landmark::VcoreRun`]); 0 where no symbols were given.
    pub vcore_runs: u64,
    /// Ticks during which the core was KVM's: at least one of its threads was in a guest
    /// ([`State::GuestUser`], [`State::GuestKernel`], [`State::GuestIdle`]) or on KVM's way in or out
    /// ([`State::HvRealMode`]). A thread that is only held for KVM ([`State::CededToKvm`]) does not count.
    pub kvm_ticks: u64,
    /// Ticks during which at least one of its threads executed guest instructions.
    pub guest_ticks: u64,
}

/// A core while the run goes on.
#[derive(Clone, Debug, Default)]
pub(super) struct CoreLedger {
    vcore_runs: u64,
    kvm: Stopwatch,
    guest: Stopwatch,
}

impl CoreLedger {
    pub(super) fn vcore_run(&mut self) {
        self.vcore_runs += 1;
    }

    /// One of the core's threads went from one state to another.
    pub(super) fn moved(&mut self, tb: u64, before: State, after: State) {
        self.kvm.moved(tb, is_kvm(before), is_kvm(after));
        self.guest.moved(tb, is_guest(before), is_guest(after));
    }

    pub(super) fn finish(self, tb: u64) -> CoreAccount {
        CoreAccount {
            vcore_runs: self.vcore_runs,
            kvm_ticks: self.kvm.finish(tb),
            guest_ticks: self.guest.finish(tb),
        }
    }
}

fn is_guest(state: State) -> bool {
    matches!(state, State::GuestUser | State::GuestKernel)
}

fn is_kvm(state: State) -> bool {
    is_guest(state) || matches!(state, State::GuestIdle | State::HvRealMode)
}

/// Time during which at least one thread is inside.
#[derive(Clone, Debug, Default)]
struct Stopwatch {
    inside: u32,
    since: u64,
    total: u64,
}

impl Stopwatch {
    fn moved(&mut self, tb: u64, before: bool, after: bool) {
        match (before, after) {
            (false, true) => {
                if self.inside == 0 {
                    self.since = tb;
                }
                self.inside += 1;
            }
            (true, false) => {
                self.inside -= 1;
                if self.inside == 0 {
                    self.total += tb.saturating_sub(self.since);
                }
            }
            _ => {}
        }
    }

    fn finish(self, tb: u64) -> u64 {
        self.total + if self.inside > 0 { tb.saturating_sub(self.since) } else { 0 }
    }
}
