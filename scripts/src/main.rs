// SPDX-License-Identifier: GPL-2.0-or-later
//! The `p8smt` command.
#![forbid(unsafe_code)]

use clap::{Parser, Subcommand};
use p8smt_scripts::{bench, conform, deviations, repeat, report, run, setup};
use std::io::Write;
use std::process::ExitCode;

/// An emulated POWER8 SMT8 core: boot it, drive it, record it, report on it.
#[derive(Parser)]
#[command(name = "p8smt", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build or find everything that a run needs
    Setup(setup::Options),
    /// Boot a machine, drive one scenario, record it
    Run(Box<run::Options>),
    /// Do one scenario again and again, or under many seeds, and count what came of it
    Repeat(Box<repeat::Args>),
    /// Measure speed and size, against QEMU alone on the same machine
    Bench(bench::Args),
    /// Tell where every hardware thread's time went, from a recording alone
    Report(report::Args),
    /// Run programs that see what POWER8 does, on QEMU alone and with the plugin
    Conform(conform::Args),
    /// Tell where the emulator differs from POWER8, and what of it is corrected
    Deviations(deviations::Args),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Setup(options) => setup::run(&options).map(|()| ExitCode::SUCCESS),
        Command::Run(options) => run::command(&options),
        Command::Repeat(args) => repeat::command(&args),
        Command::Bench(args) => bench::command(&args),
        Command::Report(args) => report::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Conform(args) => conform::command(&args),
        Command::Deviations(args) => deviations::run(&args).map(|()| ExitCode::SUCCESS),
    };
    result.unwrap_or_else(|error| {
        // Nobody may be there to read it; the status says as much.
        let _ = writeln!(std::io::stderr(), "p8smt: {error:#}");
        ExitCode::FAILURE
    })
}
