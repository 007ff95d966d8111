// SPDX-License-Identifier: GPL-2.0-or-later
//! `p8smt repeat`: one scenario again and again, or under many seeds.
//!
//! Runs of one seed in exact time must have one digest, whatever else the host does; other seeds are other
//! legal interleavings of the same scenario, each of which must succeed.

mod busy;
mod many;
mod options;
mod tally;
mod totals;

pub use many::many;
pub use options::{Args, Plan};
pub use tally::{Done, First, Outcomes, Tally};
pub use totals::Totals;

use crate::format::Format;
use anyhow::{Context, Result};
use std::process::ExitCode;

/// Exit status where a run failed, or two runs of one seed differ.
const FAILED: u8 = 1;
/// Exit status of an interrupted command, as a shell has it for SIGINT.
const INTERRUPTED: u8 = 130;

/// Does the runs and prints what came of them. The exit status is 0 only if all succeeded, and those of one
/// seed have one digest.
///
/// # Errors
/// Those of [`crate::run::run`], and options that do not go together.
pub fn command(args: &Args) -> Result<ExitCode> {
    let plan = Plan::new(args)?;
    let (done, interrupted) = many(&plan)?;
    let tally = Tally::new(&plan, &done);
    let json = serde_json::to_string_pretty(&tally)? + "\n";
    let file = plan.out.join(options::LIST);
    std::fs::write(&file, &json).with_context(|| format!("cannot write {}", file.display()))?;
    match args.format {
        Format::Text => print!("{}", tally.text()),
        Format::Json => print!("{json}"),
    }
    Ok(match (interrupted, tally.ok) {
        (true, _) => INTERRUPTED.into(),
        (_, true) => ExitCode::SUCCESS,
        _ => FAILED.into(),
    })
}
