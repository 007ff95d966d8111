// SPDX-License-Identifier: GPL-2.0-or-later
//! Programs drawn from seeds, each on the model and on QEMU with the plugin.

use super::{side, verdict};
use crate::artifacts::Artifacts;
use crate::progress::say;
use anyhow::{Context, Result};
use indicatif::ProgressBar;
use p8smt_conformance::alone::{self, Conditions};
use p8smt_conformance::frame::framed;
use p8smt_conformance::random::{self, PATIENCE, Program};
use serde::Serialize;
use std::fmt::Write as _;
use std::ops::RangeInclusive;
use std::sync::Mutex;

/// After so many differences no more programs are begun: each is made short, which takes a hundred runs.
const MOST_DIFFERENCES: usize = 16;
/// Programs from one line of progress to the next where there is no terminal.
const TELL_EVERY: u64 = 100;

/// The result, as it is in JSON.
#[derive(Debug, Serialize)]
pub struct Random {
    /// As QEMU names itself.
    pub qemu: String,
    /// Of the first program.
    pub seed: u64,
    /// How many were run.
    pub programs: u64,
    /// By seed.
    pub differences: Vec<Difference>,
}

/// A program that sees something else than on POWER8.
#[derive(Debug, Serialize)]
pub struct Difference {
    /// What it was drawn from.
    pub seed: u64,
    /// Its text, made short.
    pub program: String,
    /// What that sees on POWER8, by the model.
    pub power8: String,
    /// What it sees on QEMU with the plugin.
    pub p8smt: String,
}

struct Shared {
    seeds: RangeInclusive<u64>,
    programs: u64,
    differences: Vec<Difference>,
    error: Option<anyhow::Error>,
}

/// Runs the programs of some seeds, `jobs` at a time. `correct` is the plugin's list of corrections.
///
/// # Errors
/// A QEMU that does not start, a program that does what is not modelled.
pub fn random(
    seeds: RangeInclusive<u64>,
    artifacts: &Artifacts,
    correct: &str,
    jobs: usize,
) -> Result<Random> {
    let seed = *seeds.start();
    let bar = crate::progress::bar((seeds.end() - seed).saturating_add(1));
    let shared = Mutex::new(Shared { seeds, programs: 0, differences: Vec::new(), error: None });
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| while one(&shared, artifacts, correct, &bar) {});
        }
    });
    bar.finish_and_clear();
    let Shared { programs, mut differences, error, .. } =
        shared.into_inner().expect("a panic ends the command");
    if let Some(error) = error {
        return Err(error);
    }
    differences.sort_by_key(|difference| difference.seed);
    Ok(Random { qemu: artifacts.qemu.version.clone(), seed, programs, differences })
}

/// Does the next program; `false` if there is none.
fn one(shared: &Mutex<Shared>, artifacts: &Artifacts, correct: &str, bar: &ProgressBar) -> bool {
    let lock = || shared.lock().expect("a panic ends the command");
    let seed = {
        let mut shared = lock();
        if shared.error.is_some() || shared.differences.len() >= MOST_DIFFERENCES {
            return false;
        }
        let Some(seed) = shared.seeds.next() else { return false };
        seed
    };
    let found = difference(seed, artifacts, correct).with_context(|| format!("seed {seed}"));
    let mut shared = lock();
    shared.programs += 1;
    bar.inc(1);
    match found {
        Err(error) => shared.error = Some(error),
        Ok(None) => {}
        Ok(Some(found)) => {
            // What a run that is killed or fails had found is known.
            bar.suspend(|| say!("seed {seed} differs"));
            shared.differences.push(found);
        }
    }
    let line = format!("{} differ", shared.differences.len());
    if !bar.is_hidden() {
        bar.set_message(line);
    } else if shared.programs % TELL_EVERY == 0 {
        say!("{} of {}: {line}", shared.programs, bar.length().unwrap_or_default());
    }
    true
}

fn difference(seed: u64, artifacts: &Artifacts, correct: &str) -> Result<Option<Difference>> {
    let plugin = format!("{},correct={correct}", artifacts.plugin.display());
    let mut last = None;
    let mut differs = |program: &Program| -> Result<bool> {
        let text = program.to_string();
        let framed = framed(&text)?.with_patience(PATIENCE);
        let power8 = alone::run(&framed, Conditions::default())?;
        let p8smt = side::run(&framed, &artifacts.qemu, Some(&plugin))?.seen;
        let differs = p8smt.as_ref() != Some(&power8);
        if differs {
            let (power8, p8smt) = (verdict::words(Some(&power8)), verdict::words(p8smt.as_ref()));
            last = Some(Difference { seed, program: text, power8, p8smt });
        }
        Ok(differs)
    };
    let program = Program::of_seed(seed);
    if differs(&program)? {
        random::shrink(&program, &mut differs)?;
    }
    Ok(last)
}

/// The result on a terminal: each difference as a rule's program, with what it saw.
pub fn text(result: &Random, correct: &str) -> String {
    let mut out = format!("{}\n\n", result.qemu);
    let correct = if correct == "all" { String::new() } else { format!(" --correct {correct}") };
    for Difference { seed, program, power8, p8smt } in &result.differences {
        write!(
            out,
            "# SPDX-License-Identifier: GPL-2.0-or-later\n\
             # POWER8: {power8}\n# p8smt:  {p8smt}\n\
             # p8smt conform --random 1 --seed {seed}{correct}\n{program}\n"
        )
        .expect("a String takes all");
    }
    let (programs, differ) = (result.programs, result.differences.len());
    out + &format!("{programs} programs from seed {}: {differ} differ\n", result.seed)
}
