// SPDX-License-Identifier: GPL-2.0-or-later
//! What the boot tests share. All of them need what `scripts/setup` builds.
//!
//! A test that cannot go on panics: the functions here have no errors to return.
#![forbid(unsafe_code)]

mod bare;
mod busy;
mod letter;
mod machine;
mod qmp;
mod races;
mod refusal;
mod series;

pub use bare::{findings, verdict};
pub use busy::Busy;
pub use letter::figure;
pub use machine::{End, Machine};
pub use qmp::Qmp;
pub use races::{Race, functions_of_series, is_of_series, races};
pub use refusal::{Refusal, qemu, qemu_called};
pub use series::{Bug, answering_system_resets, assert_busy, with_bug, with_bug_tickless};

use cpu_model::recording::{FILE_NAME, Recording};
use p8smt_scripts::artifacts::{Artifacts, root};
use p8smt_scripts::report::{Report, replay};
use p8smt_scripts::run::{Options, Outcome, run};
use std::path::{Path, PathBuf};

/// The output directory of the test called `test`. It stays, so that a failure can be looked at.
pub fn out(test: &str) -> PathBuf {
    let out = root().join("target/p8smt/tests").join(test);
    std::fs::create_dir_all(&out).unwrap_or_else(|e| panic!("{}: {e}", out.display()));
    out
}

/// What `scripts/setup` has built.
pub fn artifacts() -> Artifacts {
    Artifacts::load(&root()).unwrap_or_else(|e| panic!("{e:#}"))
}

/// Runs a scenario, as `p8smt run` does. A scenario that fails is an outcome.
pub fn boot(test: &str, options: Options) -> Outcome {
    let outcome = run(&Options { out: Some(out(test)), ..options }).unwrap_or_else(|e| panic!("{e:#}"));
    println!("{outcome}");
    outcome
}

/// The bytes of the recording that a run has left in `out`.
pub fn recording(out: &Path) -> Vec<u8> {
    let path = out.join(FILE_NAME);
    std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The report of that recording.
pub fn report(out: &Path) -> Report {
    let bytes = recording(out);
    let recording = Recording::new(&bytes).unwrap_or_else(|e| panic!("{}: {e}", out.display()));
    replay(&recording).unwrap_or_else(|e| panic!("{}: {e}", out.display())).report
}
