// SPDX-License-Identifier: GPL-2.0-or-later
//! What each thread did when, in as many columns as a picture has, gathered while the events go by.
//!
//! How long a run is shows at its end only. So time is cut into columns of a width that doubles, two
//! columns becoming one, whenever the run outgrows them: exact sums at every width, and the same
//! columns for the same run.

use cpu_model::State;
use cpu_model::account::Span;
use enum_map::EnumMap;

/// Most columns that are kept; at least half as many are filled by a run that is longer than they are.
const COLUMNS: usize = 4096;

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

/// Gathers the whole run, and the part of it with guests.
#[derive(Debug)]
pub(super) struct Timelines {
    whole: Columns,
    /// The columns from the first moment of KVM on.
    guests: Option<Columns>,
    /// The last moment of KVM.
    guests_end: u64,
}

impl Timelines {
    pub(super) fn new(threads: usize) -> Timelines {
        Timelines { whole: Columns::new(threads, 0), guests: None, guests_end: 0 }
    }

    pub(super) fn add(&mut self, span: &Span) {
        self.whole.add(span);
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

    pub(super) fn finish(self, elapsed: u64) -> (Timeline, Option<Timeline>) {
        let to = self.guests_end;
        let guests = self.guests.map(|columns| Timeline { from: columns.origin, to, columns });
        (Timeline { from: 0, to: elapsed, columns: self.whole }, guests)
    }
}

/// Ticks by state in one column.
type Shares = EnumMap<State, u64>;

#[derive(Clone, Debug)]
struct Columns {
    /// Timebase ticks at the first column's start; what was before is left out.
    origin: u64,
    /// Timebase ticks of a column, a power of two.
    width: u64,
    threads: Vec<Vec<Shares>>,
}

impl Columns {
    fn new(threads: usize, origin: u64) -> Columns {
        Columns { origin, width: 1, threads: vec![Vec::new(); threads] }
    }

    fn add(&mut self, span: &Span) {
        if span.to <= self.origin {
            return;
        }
        let (mut from, to) = (span.from.saturating_sub(self.origin), span.to - self.origin);
        while to.div_ceil(self.width) > COLUMNS as u64 {
            self.widen();
        }
        let width = self.width;
        let columns = &mut self.threads[span.thread];
        let needed = to.div_ceil(width) as usize;
        if columns.len() < needed {
            columns.resize(needed, Shares::default());
        }
        while from < to {
            let column = from / width;
            let end = (column + 1).saturating_mul(width).min(to);
            columns[column as usize][span.state] += end - from;
            from = end;
        }
    }

    fn widen(&mut self) {
        self.width *= 2;
        for columns in &mut self.threads {
            let half = columns.len().div_ceil(2);
            for i in 0..half {
                let mut sum = columns[2 * i];
                if let Some(odd) = columns.get(2 * i + 1) {
                    odd.iter().for_each(|(state, ticks)| sum[state] += ticks);
                }
                columns[i] = sum;
            }
            columns.truncate(half);
        }
    }
}
