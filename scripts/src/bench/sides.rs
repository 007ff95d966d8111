// SPDX-License-Identifier: GPL-2.0-or-later
//! The runs that are timed.

use crate::run::{self, GuestKind, Options, Outcome, ScenarioName, Time};
use anyhow::{Context, Result, ensure};
use std::path::Path;

/// A run that is timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Side {
    /// Boot, QEMU alone.
    BootWithoutPlugin,
    /// Boot, exact time.
    BootExact,
    /// Boot, the host's time.
    BootHost,
    /// Two boots in exact time at once; the later end counts.
    TwoBootsExact,
    /// The minimal guest with four threads, exact time.
    Counter,
    /// Debian with four threads, exact time.
    Debian,
}

impl Side {
    /// All, in the order in which a round runs them.
    pub const ALL: [Side; 6] = [
        Side::BootWithoutPlugin,
        Side::BootExact,
        Side::BootHost,
        Side::Counter,
        Side::Debian,
        Side::TwoBootsExact,
    ];

    /// What a person calls it.
    pub fn name(self) -> &'static str {
        match self {
            Side::BootWithoutPlugin => "boot, no plugin",
            Side::BootExact => "boot, exact",
            Side::BootHost => "boot, time=host",
            Side::TwoBootsExact => "two boots, exact, side by side",
            Side::Counter => "counter guest of 4 threads, exact",
            Side::Debian => "Debian guest of 4 threads, exact",
        }
    }

    fn options(self) -> Options {
        let boot = || Options::new(ScenarioName::Boot);
        let kvm = || Options::new(ScenarioName::Kvm);
        let options = match self {
            Side::BootWithoutPlugin => Options { no_plugin: true, ..boot() },
            Side::BootExact | Side::TwoBootsExact => boot(),
            Side::BootHost => Options { time: Time::Host, ..boot() },
            Side::Counter => Options { guest: GuestKind::Counter, ..kvm() },
            Side::Debian => kvm(),
        };
        Options { quiet: true, ..options }
    }

    /// Wall time in s, from QEMU's start to its end. Recordings are left in `out`.
    ///
    /// # Errors
    /// Where a run fails or is interrupted.
    pub fn time(self, out: &Path) -> Result<f64> {
        let directory = |name: &str| Some(out.join(name));
        if self != Side::TwoBootsExact {
            let options = Options { out: directory(&format!("{self:?}")), ..self.options() };
            return Ok(good(&options)?.wall.as_secs_f64());
        }
        let walls = std::thread::scope(|scope| {
            let both = ["left", "right"].map(|name| {
                let options = Options { out: directory(name), ..self.options() };
                scope.spawn(move || good(&options).map(|outcome| outcome.wall.as_secs_f64()))
            });
            both.map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        });
        let [left, right] = walls;
        Ok(left?.max(right?))
    }
}

/// Does a run that must succeed.
///
/// # Errors
/// Where it does not.
pub(super) fn good(options: &Options) -> Result<Outcome> {
    let outcome = run::run(options)?;
    let out = outcome.out.display();
    ensure!(!outcome.interrupted, "interrupted");
    ensure!(outcome.ok(), "{}; see {out}", outcome.verdict.outcome);
    Ok(outcome)
}

/// A directory for recordings that are only measured.
///
/// # Errors
/// Where it cannot be made.
pub(super) fn scratch() -> Result<tempfile::TempDir> {
    tempfile::tempdir().context("cannot make a directory for recordings")
}
