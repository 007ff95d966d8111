// SPDX-License-Identifier: GPL-2.0-or-later
//! `p8smt bench`: how fast p8smt is, against QEMU without it, on the same machine in the same minutes.
//!
//! The sides of each ratio run in turns, so that what else the machine does befalls all of them. Nothing
//! fails for being slow: the table says which targets are met.

mod measure;
mod profile;
mod sides;
mod table;
mod turns;

pub use measure::{Bench, Ratio};

use crate::format::Format;
use anyhow::Result;
use std::process::ExitCode;

/// What `p8smt bench` is told.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// How often each side runs, 1 to 100; medians are printed
    #[arg(long, value_name = "N", default_value = "3", value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// Instead: where the processor time of a four-thread Debian guest goes (needs perf)
    #[arg(long, conflicts_with_all = ["rounds", "turns"])]
    profile: bool,
    /// Instead: what the length of a turn does to wall time and to the machine's
    #[arg(long)]
    turns: bool,
    /// How the result is written
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// Measures and prints. The exit status tells whether it could be measured, not whether targets are met.
///
/// # Errors
/// Where nothing is set up, or a run fails: its time would mean nothing.
pub fn command(args: &Args) -> Result<ExitCode> {
    if args.profile {
        let profile = profile::profile()?;
        print(args.format, &profile, profile.text())?;
    } else if args.turns {
        let turns = turns::measure(args.rounds)?;
        print(args.format, &turns, turns.text())?;
    } else {
        let bench = measure::measure(args.rounds)?;
        print(args.format, &bench, table::text(&bench))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn print(format: Format, value: &impl serde::Serialize, text: String) -> Result<()> {
    match format {
        Format::Text => print!("{text}"),
        Format::Json => println!("{}", serde_json::to_string_pretty(value)?),
    }
    Ok(())
}
