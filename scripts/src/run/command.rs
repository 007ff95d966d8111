// SPDX-License-Identifier: GPL-2.0-or-later
//! The `run` subcommand.

use super::{Options, dry_run, run};
use anyhow::Result;
use std::process::ExitCode;

/// Exit status of a scenario that failed.
const FAILED: u8 = 1;
/// Exit status of a run that was interrupted, as a shell has it for SIGINT.
const INTERRUPTED: u8 = 130;

/// Runs, prints what came of it. The exit status is 0 only if every step succeeded.
///
/// # Errors
/// Those of [`run`].
pub fn command(options: &Options) -> Result<ExitCode> {
    if options.dry_run {
        let (line, out) = dry_run(options)?;
        let out = out.to_string_lossy();
        println!("mkdir -p {}", shlex::try_quote(&out)?);
        println!("{line}");
        return Ok(ExitCode::SUCCESS);
    }
    let outcome = run(options)?;
    print!("{outcome}");
    Ok(match (outcome.ok(), outcome.interrupted) {
        (true, _) => ExitCode::SUCCESS,
        (_, true) => INTERRUPTED.into(),
        _ => FAILED.into(),
    })
}
