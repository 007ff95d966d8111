// SPDX-License-Identifier: GPL-2.0-or-later
//! The `p8smt` command.
#![forbid(unsafe_code)]

use clap::{Parser, Subcommand};
use p8smt_scripts::setup;
use std::process::ExitCode;

/// Boot, drive, record and report runs of an emulated POWER8 SMT8 core.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Build or find everything that a run needs
    Setup(setup::Options),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Setup(options) => setup::run(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("p8smt: {error:#}");
            ExitCode::FAILURE
        }
    }
}
