// SPDX-License-Identifier: GPL-2.0-or-later
//! Does many runs, some at a time.

use super::busy::Busy;
use super::options::Plan;
use super::tally::Done;
use crate::progress::say;
use crate::run;
use anyhow::{Context, Error, Result};
use indicatif::ProgressBar;
use std::collections::HashSet;
use std::fs;
use std::sync::Mutex;

struct Shared {
    next: u64,
    done: Vec<Done>,
    kept: HashSet<(Option<u64>, String)>,
    interrupted: bool,
    error: Option<Error>,
}

/// Does what `plan` says, in the order done; and whether a person ended it early. Of runs that are alike only
/// the first one's directory is kept; those of runs that failed are kept all.
///
/// # Errors
/// The first that kept a run from being made. Those on their way are ended first.
pub fn many(plan: &Plan) -> Result<(Vec<Done>, bool)> {
    let _busy = Busy::start(plan.busy)?;
    let bar = crate::progress::bar(plan.total());
    let shared = Mutex::new(Shared {
        next: 0,
        done: Vec::new(),
        kept: HashSet::new(),
        interrupted: false,
        error: None,
    });
    std::thread::scope(|scope| {
        for _ in 0..u64::from(plan.jobs).min(plan.total()) {
            scope.spawn(|| while one(plan, &shared, &bar) {});
        }
    });
    bar.finish_and_clear();
    let Shared { done, interrupted, error, .. } = shared.into_inner().unwrap_or_else(|e| e.into_inner());
    match error {
        Some(error) => Err(error),
        None => Ok((done, interrupted)),
    }
}

/// Does the next run; `false` if there is none.
fn one(plan: &Plan, shared: &Mutex<Shared>, bar: &ProgressBar) -> bool {
    let lock = || shared.lock().unwrap_or_else(|e| e.into_inner());
    let number = {
        let mut shared = lock();
        if shared.interrupted || shared.error.is_some() || shared.next == plan.total() {
            return false;
        }
        shared.next += 1;
        shared.next - 1
    };
    let (seed, run) = plan.number(number);
    let result = run::run(&plan.options(seed, run)).and_then(|outcome| {
        // Counting is work: before the lock is taken. Of a run that was interrupted nothing is counted.
        (!outcome.interrupted).then(|| Done::new(seed, run, &outcome)).transpose()
    });
    let mut shared = lock();
    match result {
        Err(error) => shared.error = Some(error.context(format!("seed {seed}, run {run}"))),
        Ok(None) => shared.interrupted = true,
        Ok(Some(done)) => {
            // Runs of one seed are compared by their recordings, runs of many by what came of them.
            let seed = (plan.runs > 1).then_some(seed);
            let digest = if seed.is_some() { done.digest.clone() } else { None };
            let first = shared.kept.insert((seed, digest.unwrap_or_default()));
            if !first && done.ok() {
                let removed = fs::remove_dir_all(&done.out);
                let removed = removed.with_context(|| format!("cannot remove {}", done.out.display()));
                shared.error = shared.error.take().or(removed.err());
            }
            tell(bar, shared.done.len() as u64 + 1, &done);
            shared.done.push(done);
        }
    }
    true
}

fn tell(bar: &ProgressBar, count: u64, done: &Done) {
    let digest = done.digest.as_deref().unwrap_or("no digest");
    let line =
        format!("seed {}, run {}: {}, {digest}, {:.1} s", done.seed, done.run, done.outcome, done.wall_s);
    bar.inc(1);
    if bar.is_hidden() {
        say!("{count} of {}: {line}", bar.length().unwrap_or_default());
    } else if done.ok() {
        bar.set_message(line);
    } else {
        bar.println(line);
    }
}
