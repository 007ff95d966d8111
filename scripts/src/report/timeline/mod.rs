// SPDX-License-Identifier: GPL-2.0-or-later
//! What each thread did when, in as many columns as a picture has, gathered while the events go by.
//!
//! How long a run is shows at its end only. So time is cut into columns of a width that doubles, two
//! columns becoming one, whenever the run outgrows them: exact sums at every width, and the same
//! columns for the same run.

mod closeup;
mod columns;

use closeup::CloseUp;
use columns::{Columns, Shares};
use cpu_model::State;
use cpu_model::account::Span;

/// A thread's states over time: stretches of equal colour, in order, without gaps.
pub type Lane = Vec<(State, std::ops::Range<usize>)>;

/// A stretch of time, drawn.
#[derive(Clone, Debug)]
pub struct Timeline {
    /// Timebase ticks at its start.
    pub from: u64,
    /// Timebase ticks at its end.
    pub to: u64,
    columns: Columns,
}

impl Timeline {
    /// Each thread's states in `pixels` columns. A column shows the state that holds most of its time; of
    /// states with equal shares, the one later in [`State::ALL`].
    pub fn lanes(&self, pixels: usize) -> Vec<Lane> {
        self.columns.threads.iter().map(|thread| self.lane(thread, pixels)).collect()
    }

    /// Where a timebase count lies in it: 0 at its start, 1 at its end.
    pub fn share(&self, tb: u64) -> f64 {
        tb.saturating_sub(self.from) as f64 / (self.to - self.from).max(1) as f64
    }

    fn lane(&self, thread: &[Shares], pixels: usize) -> Lane {
        let mut lane = Lane::new();
        let length = (self.to - self.from).max(1);
        for pixel in 0..pixels {
            let at = |pixel: usize| (u128::from(length) * pixel as u128 / pixels as u128) as u64;
            let first = (at(pixel) / self.columns.width) as usize;
            let last = (at(pixel + 1).saturating_sub(1) / self.columns.width) as usize;
            let mut sum = Shares::default();
            for shares in thread.iter().take(last.max(first) + 1).skip(first) {
                shares.iter().for_each(|(state, ticks)| sum[state] += ticks);
            }
            let most = State::ALL.into_iter().max_by_key(|state| sum[*state]).filter(|state| sum[*state] > 0);
            let Some(state) = most.or(lane.last().map(|(state, _)| *state)) else { continue };
            match lane.last_mut() {
                Some((before, range)) if *before == state => range.end = pixel + 1,
                _ => lane.push((state, pixel..pixel + 1)),
            }
        }
        // The part with guests starts when its first stretch ends; what a thread did before is left out.
        if let Some((_, range)) = lane.first_mut() {
            range.start = 0;
        }
        lane
    }
}

/// What is drawn of a run.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// The whole run.
    pub whole: Timeline,
    /// From the first moment of KVM to the last; `None` where there was none.
    pub guests: Option<Timeline>,
    /// One vcore run from close by, and its number, counted from 1 over all cores; `None` where there was none.
    pub entry: Option<(u64, Timeline)>,
}

/// Gathers all of it.
#[derive(Debug)]
pub(super) struct Timelines {
    whole: Columns,
    /// The columns from the first moment of KVM on.
    guests: Option<Columns>,
    /// The last moment of KVM.
    guests_end: u64,
    entry: CloseUp,
}

impl Timelines {
    pub(super) fn new(threads: usize) -> Timelines {
        Timelines {
            whole: Columns::new(threads, 0),
            guests: None,
            guests_end: 0,
            entry: CloseUp::new(threads),
        }
    }

    pub(super) fn add(&mut self, span: &Span) {
        self.whole.add(span);
        self.entry.add(span);
        let kvm = matches!(
            span.state,
            State::HvRealMode | State::GuestUser | State::GuestKernel | State::GuestIdle
        );
        if kvm {
            self.guests_end = self.guests_end.max(span.to);
            let threads = self.whole.threads.len();
            self.guests.get_or_insert_with(|| Columns::new(threads, span.from));
        }
        if let Some(guests) = &mut self.guests {
            guests.add(span);
        }
    }

    /// A vcore is entered.
    pub(super) fn vcore_run(&mut self, tb: u64) {
        self.entry.vcore_run(tb);
    }

    pub(super) fn finish(self, elapsed: u64) -> Drawn {
        let to = self.guests_end;
        let guests = self.guests.map(|columns| Timeline { from: columns.origin, to, columns });
        let whole = Timeline { from: 0, to: elapsed, columns: self.whole };
        Drawn { whole, guests, entry: self.entry.finish(elapsed) }
    }
}
