// SPDX-License-Identifier: GPL-2.0-or-later
//! `p8smt run`: boots a machine, drives one scenario, judges it.
//!
//! ```no_run
//! use p8smt_scripts::run::{GuestKind, Options, ScenarioName, run};
//! # fn main() -> anyhow::Result<()> {
//! let options = Options { guest: GuestKind::Counter, guest_threads: 8, ..Options::new(ScenarioName::Kvm) };
//! let outcome = run(&options)?;
//! assert_eq!(outcome.verdict.outcome, "ok");
//! assert_eq!(outcome.verdict.guests[0].cpus_up, 8);
//! # Ok(())
//! # }
//! ```

mod chaos;
mod command;
mod console;
mod directory;
mod drive;
mod judge;
#[cfg(test)]
mod judge_tests;
mod machine;
mod memory;
mod options;
mod outcome;
mod party;
mod progress;
mod qemu;
mod recording;
mod scenario;
mod split;
mod watch;

pub use command::command;
pub use directory::LOG;
pub use judge::Judge;
pub use memory::Mib;
pub use options::{Compat, GuestKind, Online, Options, ScenarioName, Time};
pub use outcome::Outcome;
pub use qemu::CONSOLE;
pub use scenario::{Scenario, Step};

use crate::artifacts::Artifacts;
use anyhow::Result;
use cpu_model::THREADS_PER_CORE;
use cpu_model::recording::{FORMAT, Recipe, Verdict};
use directory::Directory;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Does one run as `options` say, with what `scripts/setup` has built. A scenario that fails is an
/// [`Outcome`], not an error.
///
/// # Errors
/// What keeps the run from starting or from being recorded: nothing set up, options that do not go
/// together, an output directory that cannot be written.
pub fn run(options: &Options) -> Result<Outcome> {
    let artifacts = Artifacts::load(&root())?;
    let scenario = Scenario::new(options)?;
    qemu::kernel(&artifacts, &options.kernel)?;
    let out = match &options.out {
        Some(path) => Directory::take(path)?,
        None => Directory::fresh(&root().join("out"), &scenario.name)?,
    };
    let command = qemu::command(&artifacts, options, &scenario, &out.path)?;
    if options.no_plugin {
        recording::start(&out.path, &recipe_without_plugin(&artifacts, options, &scenario))?;
    }
    let started = Instant::now();
    let (judge, end) = drive::drive(&command, options, &scenario, &out)?;
    let verdict = Verdict {
        scenario: scenario.name,
        qemu: artifacts.qemu.version.clone(),
        kernel: judge.kernel().into(),
        outcome: end.wrong.unwrap_or_else(|| "ok".into()),
        guests: judge.guests(),
    };
    let summary = recording::close(&out.path, &verdict)?;
    Ok(Outcome {
        verdict,
        summary,
        interrupted: end.interrupted,
        frames: judge.into_frames(),
        wall: started.elapsed(),
        out: out.path,
    })
}

/// The command line of the run that `options` ask for, for a shell; and where it would write.
///
/// # Errors
/// As [`run`], for what can be known before.
pub fn dry_run(options: &Options) -> Result<(String, PathBuf)> {
    let artifacts = Artifacts::load(&root())?;
    let scenario = Scenario::new(options)?;
    let out = match &options.out {
        Some(path) => std::path::absolute(path)?,
        None => root().join("out").join(format!("{}-by-hand", scenario.name)),
    };
    let command = qemu::command(&artifacts, options, &scenario, &out)?;
    Ok((qemu::shell_line(&command)?, out))
}

/// The workspace that this was built in: `scripts/setup` leaves there what it builds.
fn root() -> PathBuf {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR"));
    scripts.parent().unwrap_or(scripts).to_owned()
}

fn recipe_without_plugin(artifacts: &Artifacts, options: &Options, scenario: &Scenario) -> Recipe {
    Recipe {
        format: FORMAT,
        qemu: artifacts.qemu.version.clone(),
        time: "none".into(),
        seed: options.seed,
        threads: scenario.host_threads(),
        threads_per_core: THREADS_PER_CORE as u32,
        cannot_tell: vec!["what the threads did: QEMU ran without the plugin".into()],
        ..Recipe::default()
    }
}
