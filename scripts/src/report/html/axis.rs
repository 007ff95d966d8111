// SPDX-License-Identifier: GPL-2.0-or-later
//! Where a time axis is marked, and what the marks say.

use cpu_model::timebase;

/// Most marks on an axis.
const MARKS: u64 = 9;
/// Pictures shorter than this are marked in µs from their start, longer ones in s since power-on.
const SHORT_NS: u64 = 2_000_000;

/// A mark.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// Timebase ticks since power-on.
    pub(super) tb: u64,
    /// What stands at it.
    pub(super) label: String,
}

/// Marks at round times between two timebase counts.
pub(super) fn marks(from: u64, to: u64) -> Vec<Mark> {
    let length = ns(to - from);
    let zero = if length < SHORT_NS { ns(from) } else { 0 };
    let step = step(length);
    let first = (ns(from) - zero).div_ceil(step);
    let last = (ns(to) - zero) / step;
    let mark = |n| Mark { tb: ticks(zero + n * step), label: label(n * step, step, zero > 0) };
    (first..=last).map(mark).collect()
}

/// The least of 1, 2, 5, 10, … ns that makes no more than [`MARKS`].
fn step(length: u64) -> u64 {
    let mut decade = 1;
    loop {
        if let Some(factor) = [1, 2, 5].into_iter().find(|factor| length / decade / factor <= MARKS) {
            return factor * decade;
        }
        decade *= 10;
    }
}

/// Seconds since power-on, as finely as `step` ticks need.
pub(super) fn seconds(tb: u64, step: u64) -> String {
    format!("{:.*} s", decimals(ns(step)), ns(tb) as f64 / 1e9)
}

/// Decimals of a second that `step` nanoseconds need.
fn decimals(step: u64) -> usize {
    9 - step.max(1).ilog10().min(9) as usize
}

fn label(ns: u64, step: u64, short: bool) -> String {
    if short {
        return format!("+{} µs", ns as f64 / 1e3);
    }
    format!("{:.*} s", decimals(step), ns as f64 / 1e9)
}

fn ns(ticks: u64) -> u64 {
    let ns = u128::from(ticks) * 1_000_000_000 / u128::from(timebase::HZ);
    u64::try_from(ns).unwrap_or(u64::MAX)
}

fn ticks(ns: u64) -> u64 {
    (u128::from(ns) * u128::from(timebase::HZ)).div_ceil(1_000_000_000) as u64
}

#[cfg(test)]
mod tests {
    use super::{Mark, marks};
    use cpu_model::timebase::HZ;

    #[test]
    fn long_pictures_are_marked_in_seconds() {
        let labels = |from, to| marks(from, to).into_iter().map(|m| m.label).collect::<Vec<_>>();
        assert_eq!(labels(0, 8 * HZ).first().map(String::as_str), Some("0 s"));
        assert_eq!(labels(0, 8 * HZ).last().map(String::as_str), Some("8 s"));
        assert_eq!(labels(HZ + HZ / 20, HZ + HZ / 4), ["1.05 s", "1.10 s", "1.15 s", "1.20 s", "1.25 s"]);
    }

    #[test]
    fn short_pictures_are_marked_from_their_start() {
        let from = 3 * HZ + 77;
        let marks = marks(from, from + 102_400);
        assert_eq!(marks[0], Mark { tb: from, label: "+0 µs".into() });
        assert_eq!(marks[1], Mark { tb: from + 25_600, label: "+50 µs".into() });
        assert_eq!(marks.len(), 5);
    }

    #[test]
    fn any_length_is_marked() {
        for to in [0, 1, 500, u64::MAX] {
            assert!(marks(0, to).len() <= 10);
        }
    }
}
