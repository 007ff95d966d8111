// SPDX-License-Identifier: GPL-2.0-or-later
//! Power saving: how often, how long, and what ended it.

use crate::WakeReason;
use enum_map::EnumMap;

/// A thread's stays in a power-saving mode, each from the instruction (`doze` to `rvwinkle`) to the wake.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Naps {
    /// How many, one that was still going on at the end included.
    pub count: u64,
    /// Ticks in all.
    pub ticks: u64,
    /// Ticks of the longest.
    pub longest: u64,
    /// Whether the run ended in one. Then `wakes` add up to one less than `count`.
    pub unfinished: bool,
    /// How many were ended by what.
    pub wakes: EnumMap<WakeReason, u64>,
}

/// Naps while the run goes on.
#[derive(Clone, Debug, Default)]
pub(super) struct NapLedger {
    naps: Naps,
    since: Option<u64>,
}

impl NapLedger {
    /// A power-saving instruction. One that is executed again without a wake goes on with the same nap.
    pub(super) fn begin(&mut self, tb: u64) {
        self.since.get_or_insert(tb);
    }

    /// A wake, or an event that only a running thread has ([`WakeReason::Other`]).
    pub(super) fn end(&mut self, tb: u64, reason: WakeReason) {
        if self.close(tb) {
            self.naps.wakes[reason] += 1;
        }
    }

    pub(super) fn finish(mut self, tb: u64) -> Naps {
        self.naps.unfinished = self.close(tb);
        self.naps
    }

    fn close(&mut self, tb: u64) -> bool {
        let Some(since) = self.since.take() else { return false };
        let ticks = tb.saturating_sub(since);
        self.naps.count += 1;
        self.naps.ticks += ticks;
        self.naps.longest = self.naps.longest.max(ticks);
        true
    }
}
