// SPDX-License-Identifier: GPL-2.0-or-later
//! The `p8smt` command.
#![forbid(unsafe_code)]

use clap::{Parser, Subcommand};
use p8smt_scripts::report;
use std::process::ExitCode;

/// Boots, drives, records and reports runs of an emulated POWER8 SMT8 core.
#[derive(Parser)]
#[command(name = "p8smt", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Tell where every hardware thread's time went, from a recording alone.
    Report(report::Args),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Report(args) => report::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("p8smt: {error:#}");
            ExitCode::FAILURE
        }
    }
}
