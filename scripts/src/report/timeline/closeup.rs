// SPDX-License-Identifier: GPL-2.0-or-later
//! One vcore run from close by.
//!
//! Which one cannot be chosen before the run is over, so each whose number is a power of two takes the
//! place of the one before: the one that is left lies in the second half of all.

use super::{Columns, Timeline};
use cpu_model::account::Span;
use cpu_model::timebase;
use std::collections::VecDeque;

/// What is shown before the entry, and after it.
const BEFORE: u64 = 20 * timebase::HZ / 1_000_000;
const AFTER: u64 = 180 * timebase::HZ / 1_000_000;
/// Stretches that are remembered, since those that reach into the picture may end before the entry.
const RECENT: usize = 256;

#[derive(Debug)]
pub(super) struct CloseUp {
    runs: u64,
    shown: u64,
    /// End of the picture, timebase ticks.
    to: u64,
    columns: Columns,
    recent: VecDeque<Span>,
}

impl CloseUp {
    pub(super) fn new(threads: usize) -> CloseUp {
        let recent = VecDeque::with_capacity(RECENT);
        CloseUp { runs: 0, shown: 0, to: 0, columns: Columns::new(threads, 0), recent }
    }

    pub(super) fn vcore_run(&mut self, tb: u64) {
        self.runs += 1;
        if self.runs.is_power_of_two() {
            self.shown = self.runs;
            self.to = tb.saturating_add(AFTER);
            self.columns = Columns::new(self.columns.threads.len(), tb.saturating_sub(BEFORE));
            for span in std::mem::take(&mut self.recent) {
                self.add(&span);
            }
        }
    }

    pub(super) fn add(&mut self, span: &Span) {
        if span.from < self.to {
            self.columns.add(&Span { to: span.to.min(self.to), ..*span });
        }
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(*span);
    }

    pub(super) fn finish(self, elapsed: u64) -> Option<(u64, Timeline)> {
        let timeline =
            Timeline { from: self.columns.origin, to: self.to.min(elapsed), columns: self.columns };
        (self.shown > 0).then_some((self.shown, timeline))
    }
}
