// SPDX-License-Identifier: GPL-2.0-or-later
//! Time in columns of a width that grows with the run.

use cpu_model::State;
use cpu_model::account::Span;
use enum_map::EnumMap;

/// Most columns that are kept; at least half as many are filled by a run that is longer than they are.
const COLUMNS: usize = 4096;

/// Ticks by state in one column.
pub(super) type Shares = EnumMap<State, u64>;

#[derive(Clone, Debug)]
pub(super) struct Columns {
    /// Timebase ticks at the first column's start; what was before is left out.
    pub(super) origin: u64,
    /// Timebase ticks of a column, a power of two.
    pub(super) width: u64,
    pub(super) threads: Vec<Vec<Shares>>,
}

impl Columns {
    pub(super) fn new(threads: usize, origin: u64) -> Columns {
        Columns { origin, width: 1, threads: vec![Vec::new(); threads] }
    }

    /// Adds what of the stretch is not before the origin.
    pub(super) fn add(&mut self, span: &Span) {
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
