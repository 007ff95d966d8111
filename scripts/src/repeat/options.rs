// SPDX-License-Identifier: GPL-2.0-or-later
//! What to repeat, and how often.

use crate::artifacts;
use crate::format::Format;
use crate::run::Options;
use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::io::ErrorKind;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

/// The file that lists what came of the runs, in their directory.
pub(super) const LIST: &str = "repeat.json";
/// What the directories of single runs begin with.
const SEED: &str = "seed-";

/// What `p8smt repeat` is told: all that `run` is, and how often.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    #[command(flatten)]
    run: Options,
    /// Runs of each seed, 1 to 100000
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    runs: u32,
    /// Seeds from A to B, both among them (1..50) [default: the one of --seed]
    #[arg(long, value_name = "A..B", conflicts_with = "seed", value_parser = parse_seeds)]
    seeds: Option<RangeInclusive<u64>>,
    /// Runs at a time, 1 to 256; each needs one processor of this machine
    #[arg(long, value_name = "J", default_value = "1", value_parser = clap::value_parser!(u32).range(1..=256))]
    jobs: u32,
    /// Processes that spin beside the runs, to take processors away from them, up to 256
    #[arg(long, value_name = "K", default_value = "0", value_parser = clap::value_parser!(u32).range(0..=256))]
    busy: u32,
    /// The digest that every run must have, of an earlier repeat or another machine
    #[arg(long, value_name = "DIGEST", conflicts_with = "seeds")]
    digest: Option<String>,
    /// How the result is written
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
}

/// What is to be done.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The run, but for its seed and directory.
    pub run: Options,
    /// The seeds.
    pub seeds: RangeInclusive<u64>,
    /// Runs of each seed.
    pub runs: u32,
    /// Runs at a time.
    pub jobs: u32,
    /// Spinning processes beside them.
    pub busy: u32,
    /// The digest that every run must have.
    pub digest: Option<String>,
    /// Where the directories of the runs are made.
    pub out: PathBuf,
}

impl Plan {
    /// What `args` ask for; makes its directory.
    ///
    /// # Errors
    /// Options that make no sense for many runs; a directory that holds something else.
    pub fn new(args: &Args) -> Result<Plan> {
        let Args { run, runs, seeds, jobs, busy, digest, .. } = args.clone();
        for (given, name) in
            [(run.interactive, "--interactive"), (run.verbose, "--verbose"), (run.dry_run, "--dry-run")]
        {
            ensure!(!given, "{name} is for a single run: p8smt run {name}");
        }
        ensure!(digest.is_none() || run.exact(), "--digest: only runs in exact time have one (--time exact)");
        ensure!(
            seeds.is_none() || run.exact(),
            "--seeds: only exact time draws its schedule from a seed (--time exact)"
        );
        let out = match &run.out {
            Some(path) => take(path)?,
            None => fresh(&artifacts::root().join("out"))?,
        };
        let seeds = seeds.unwrap_or(run.seed..=run.seed);
        Ok(Plan { run: Options { quiet: true, ..run }, seeds, runs, jobs, busy, digest, out })
    }

    /// Runs in all.
    pub fn total(&self) -> u64 {
        (self.seeds.end() - self.seeds.start()).saturating_add(1).saturating_mul(u64::from(self.runs))
    }

    /// The run with this number, from 0: its seed and which of that seed's it is, from 1. Seeds take turns, so
    /// that the first fault of any shows early.
    pub fn number(&self, number: u64) -> (u64, u64) {
        let seeds = (self.seeds.end() - self.seeds.start()).saturating_add(1);
        (self.seeds.start() + number % seeds, number / seeds + 1)
    }

    /// The options of one run.
    pub fn options(&self, seed: u64, run: u64) -> Options {
        let out = self.out.join(format!("{SEED}{seed}-run-{run}"));
        Options { seed, out: Some(out), ..self.run.clone() }
    }
}

fn parse_seeds(text: &str) -> Result<RangeInclusive<u64>, String> {
    let number = |text: &str| text.parse::<u64>().map_err(|_| "needs two whole numbers, such as 1..50");
    let (first, last) = text.split_once("..").ok_or("needs two whole numbers, such as 1..50")?;
    let seeds = number(first)?..=number(last)?;
    if seeds.is_empty() { Err("the second must not be less than the first".into()) } else { Ok(seeds) }
}

/// Takes a directory that is new, empty, or of an earlier repeat, whose runs it removes.
fn take(path: &Path) -> Result<PathBuf> {
    fs::create_dir_all(path).with_context(|| format!("cannot make {}", path.display()))?;
    let read = || fs::read_dir(path)?.map(|e| Ok(e?.file_name())).collect::<std::io::Result<Vec<_>>>();
    let names = read().with_context(|| format!("cannot read {}", path.display()))?;
    if !names.is_empty() && !names.iter().any(|n| n == LIST) {
        bail!("--out {}: holds something else than an earlier repeat", path.display());
    }
    fs::write(path.join(LIST), "{}\n").with_context(|| format!("cannot write to {}", path.display()))?;
    for name in names.iter().filter(|n| n.to_string_lossy().starts_with(SEED)) {
        let old = path.join(name);
        fs::remove_dir_all(&old).with_context(|| format!("cannot remove {}", old.display()))?;
    }
    Ok(path.to_owned())
}

fn fresh(parent: &Path) -> Result<PathBuf> {
    fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
    let mut number = 1;
    loop {
        let path = parent.join(format!("repeat-{number}"));
        match fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            Err(e) if e.kind() == ErrorKind::AlreadyExists => number += 1,
            Err(e) => return Err(e).with_context(|| format!("cannot make {}", path.display())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn plan(words: &str) -> Result<Plan> {
        let out = tempfile::tempdir().unwrap();
        let out = out.path().to_str().unwrap().to_owned();
        let line = format!("repeat --out {out} {words}");
        Plan::new(&Line::try_parse_from(line.split_whitespace())?.args)
    }

    #[test]
    fn every_seed_runs_once_before_any_runs_twice() {
        let plan = plan("boot --seeds 3..5 --runs 2").unwrap();
        assert_eq!(plan.total(), 6);
        let order: Vec<_> = (0..6).map(|n| plan.number(n)).collect();
        assert_eq!(order, [(3, 1), (4, 1), (5, 1), (3, 2), (4, 2), (5, 2)]);
        assert!(plan.options(4, 2).out.unwrap().ends_with("seed-4-run-2"));
        assert!(plan.run.quiet);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let refused = |words: &str| format!("{:#}", plan(words).unwrap_err());
        assert!(refused("--seeds 5..3").contains("must not be less"));
        assert!(refused("--seeds 5").contains("such as 1..50"));
        assert!(refused("--seeds 1..2 --seed 3").contains("cannot be used with"));
        assert_eq!(refused("--verbose"), "--verbose is for a single run: p8smt run --verbose");
        assert!(refused("--time host --seeds 1..2").starts_with("--seeds: only exact time"));
        assert!(refused("--no-plugin --digest 12").starts_with("--digest: only runs in exact time"));
    }

    #[test]
    fn a_directory_of_something_else_is_left_alone() {
        let out = tempfile::tempdir().unwrap();
        fs::write(out.path().join("seed-corn"), "").unwrap();
        assert!(take(out.path()).unwrap_err().to_string().ends_with("than an earlier repeat"));
        fs::remove_file(out.path().join("seed-corn")).unwrap();
        take(out.path()).unwrap();
        fs::create_dir(out.path().join("seed-1-run-1")).unwrap();
        take(out.path()).unwrap();
        assert!(!out.path().join("seed-1-run-1").exists());
    }
}
