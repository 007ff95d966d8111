// SPDX-License-Identifier: GPL-2.0-or-later
//! Times the sides in turns and makes ratios of them.

use super::sides::{Side, scratch};
use crate::artifacts;
use crate::progress::say;
use anyhow::{Context, Result, ensure};
use cpu_model::recording::{FILE_NAME, Recording};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// A ratio: its two sides and the most it should be.
const RATIOS: [(Side, Side, f64); 5] = [
    (Side::BootExact, Side::BootWithoutPlugin, 0.6),
    (Side::BootHost, Side::BootWithoutPlugin, 1.25),
    (Side::Debian, Side::BootWithoutPlugin, 4.0),
    (Side::Counter, Side::BootWithoutPlugin, 0.8),
    (Side::TwoBootsExact, Side::BootExact, 1.15),
];
/// The most bytes of recording that an event should take.
const BYTES_AN_EVENT: f64 = 64.0;

/// What was measured.
#[derive(Debug, Serialize)]
pub struct Bench {
    /// How often each side ran.
    pub rounds: u32,
    /// Median wall time of each side in s.
    pub seconds: BTreeMap<&'static str, f64>,
    /// Ratios of wall time.
    pub ratios: Vec<Ratio>,
    /// Events in the recording of the Debian guest's run.
    pub events: u64,
    /// Its size in bytes.
    pub recording_bytes: u64,
    /// Wall time of `scripts/demo` with everything set up, in s.
    pub demo_seconds: f64,
}

/// A ratio and its target.
#[derive(Debug, Serialize)]
pub struct Ratio {
    /// What.
    pub of: &'static str,
    /// Against what.
    pub against: &'static str,
    /// Median of the ratios of each round.
    pub ratio: f64,
    /// The most it should be.
    pub target: f64,
    /// Whether it is.
    pub met: bool,
}

impl Bench {
    /// Bytes of recording for each event, and whether that is little enough.
    pub fn bytes_an_event(&self) -> (f64, f64, bool) {
        let bytes = self.recording_bytes as f64 / self.events as f64;
        (bytes, BYTES_AN_EVENT, bytes <= BYTES_AN_EVENT)
    }
}

/// Measures everything, each side once a round.
///
/// # Errors
/// Where a run fails.
pub fn measure(rounds: u32) -> Result<Bench> {
    let out = scratch()?;
    let mut times: BTreeMap<Side, Vec<f64>> = BTreeMap::new();
    for round in 1..=rounds {
        for side in Side::ALL {
            let seconds = side.time(out.path()).with_context(|| side.name())?;
            say!("round {round} of {rounds}: {}, {seconds:.1} s", side.name());
            times.entry(side).or_default().push(seconds);
        }
    }
    let (recording_bytes, events) = recorded(&out.path().join(format!("{:?}", Side::Debian)))?;
    Ok(Bench {
        rounds,
        seconds: times.iter().map(|(side, times)| (side.name(), median(times))).collect(),
        ratios: RATIOS.iter().map(|(of, against, target)| ratio(&times, *of, *against, *target)).collect(),
        events,
        recording_bytes,
        demo_seconds: demo()?,
    })
}

/// The median of each round's ratio: a slow minute befalls both sides.
fn ratio(times: &BTreeMap<Side, Vec<f64>>, of: Side, against: Side, target: f64) -> Ratio {
    let ratios: Vec<f64> = times[&of].iter().zip(&times[&against]).map(|(a, b)| a / b).collect();
    let ratio = median(&ratios);
    Ratio { of: of.name(), against: against.name(), ratio, target, met: ratio <= target }
}

/// The middle one; of an even number, the mean of the two in the middle.
pub(super) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { (sorted[middle - 1] + sorted[middle]) / 2.0 }
}

fn recorded(out: &Path) -> Result<(u64, u64)> {
    let file = out.join(FILE_NAME);
    let bytes = std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let recording = Recording::new(&bytes).with_context(|| file.display().to_string())?;
    let mut events = 0;
    for event in recording.replay() {
        event.with_context(|| file.display().to_string())?;
        events += 1;
    }
    ensure!(events > 0, "{}: no events", file.display());
    Ok((bytes.len() as u64, events))
}

/// Wall time of the README's first command where everything is set up.
fn demo() -> Result<f64> {
    let demo = artifacts::root().join("scripts/demo");
    let began = Instant::now();
    let status =
        Command::new(&demo).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    let status = status.with_context(|| format!("cannot start {}", demo.display()))?;
    ensure!(status.success(), "scripts/demo failed; run it by hand to see why");
    Ok(began.elapsed().as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_of_sides_in_one_round() {
        // The second round ran on a machine half as fast.
        let times = BTreeMap::from([
            (Side::BootExact, vec![1.0, 2.0, 1.2]),
            (Side::BootWithoutPlugin, vec![2.0, 4.0, 2.0]),
        ]);
        let ratio = ratio(&times, Side::BootExact, Side::BootWithoutPlugin, 0.5);
        assert!(ratio.ratio == 0.5 && ratio.met, "{ratio:?}");
    }

    #[test]
    fn the_median_of_an_even_number_lies_between() {
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
    }
}
