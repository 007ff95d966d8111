// SPDX-License-Identifier: GPL-2.0-or-later
//! What the length of a turn does: a short one costs hand-overs, a long one makes threads wait for each other.

use super::measure::median;
use super::sides::{good, scratch};
use crate::progress::say;
use crate::run::{GuestKind, Options, ScenarioName};
use crate::table::render;
use anyhow::{Context, Result};
use cpu_model::timebase;
use serde::Serialize;

/// Instructions in a turn.
const TURNS: [u64; 5] = [1000, 2000, 5000, 10_000, 20_000];

/// Times of every scenario with every length.
#[derive(Debug, Serialize)]
pub(super) struct Turns {
    rounds: u32,
    rows: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    /// Instructions.
    turn: u64,
    scenario: &'static str,
    /// Median wall time in s.
    wall_s: f64,
    /// The machine's time in s, the same every time.
    model_s: f64,
}

fn scenarios() -> [(&'static str, Options); 4] {
    let kvm = Options { quiet: true, ..Options::new(ScenarioName::Kvm) };
    [
        ("boot", Options { quiet: true, ..Options::new(ScenarioName::Boot) }),
        ("counter 4", Options { guest: GuestKind::Counter, ..kvm.clone() }),
        ("Debian 4", kvm.clone()),
        ("Debian 8", Options { guest_threads: 8, ..kvm }),
    ]
}

/// Measures.
///
/// # Errors
/// Where a run fails.
pub(super) fn measure(rounds: u32) -> Result<Turns> {
    let out = scratch()?;
    let mut walls = vec![vec![Vec::new(); TURNS.len()]; scenarios().len()];
    let mut model = vec![vec![0.0; TURNS.len()]; scenarios().len()];
    for round in 1..=rounds {
        for (s, (name, options)) in scenarios().into_iter().enumerate() {
            for (t, turn) in TURNS.into_iter().enumerate() {
                let directory = Some(out.path().join("run"));
                let options = Options { turn: Some(turn), out: directory, ..options.clone() };
                let outcome = good(&options).with_context(|| format!("{name} with turns of {turn}"))?;
                let wall = outcome.wall.as_secs_f64();
                model[s][t] = outcome.summary.map_or(0.0, |summary| timebase::to_s(summary.elapsed_tb));
                say!(
                    "round {round} of {rounds}: {name}, turns of {turn}: {wall:.1} s, model {:.2} s",
                    model[s][t]
                );
                walls[s][t].push(wall);
            }
        }
    }
    let mut rows = Vec::new();
    for (s, (scenario, _)) in scenarios().into_iter().enumerate() {
        for (t, turn) in TURNS.into_iter().enumerate() {
            rows.push(Row { turn, scenario, wall_s: median(&walls[s][t]), model_s: model[s][t] });
        }
    }
    Ok(Turns { rounds, rows })
}

impl Turns {
    /// For a terminal.
    pub fn text(&self) -> String {
        let names: Vec<&str> = scenarios().map(|(name, _)| name).into();
        let rows = TURNS.map(|turn| {
            let cells = self.rows.iter().filter(|row| row.turn == turn);
            let cells = cells.map(|row| format!("{:.1} ({:.2})", row.wall_s, row.model_s));
            [turn.to_string()].into_iter().chain(cells).collect()
        });
        let table = render(&[&["Instructions a turn"], names.as_slice()].concat(), rows);
        format!("{table}Wall time in s, median of {} (the machine's time in s)\n", self.rounds)
    }
}
