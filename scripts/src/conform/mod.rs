// SPDX-License-Identifier: GPL-2.0-or-later
//! `p8smt conform`: what POWER8 does, rule by rule, on QEMU alone and with the plugin.

mod html;
mod markdown;
mod random;
mod side;
mod text;
mod verdict;

use crate::artifacts::{Artifacts, root};
use anyhow::{Context, Result, ensure};
use clap::ValueEnum;
use p8smt_conformance::{RULES, Rule, frame};
pub use random::{Difference, Random, random};
use serde::Serialize;
pub use side::Sight;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
pub use verdict::Verdict;

/// What `p8smt conform` is told.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Rules by name [default: all]
    #[arg(value_name = "RULE")]
    rules: Vec<String>,
    /// Instead of rules, programs drawn from seeds, on the model and with the plugin, 1 to 1000000
    #[arg(long, value_name = "N", conflicts_with = "rules", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    random: Option<u32>,
    /// The first of their seeds, 0 to 2^64-1; each is one more than that before
    #[arg(long, value_name = "S", default_value = "1", requires = "random")]
    seed: u64,
    /// Another QEMU than that of scripts/setup: a qemu-system-ppc64 that finds its own files
    #[arg(long, value_name = "PROGRAM")]
    qemu: Option<PathBuf>,
    /// How to write it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Corrections, separated by commas: all, then -NAME for each to leave out (all,-hdec)
    #[arg(long, value_name = "LIST", default_value = "all")]
    correct: String,
    /// Programs that run at once [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=64))]
    jobs: Option<u8>,
}

/// How the result is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table.
    Text,
    /// JSON.
    Json,
    /// A page of its own.
    Html,
    /// A page for a repository.
    Md,
}

/// The result, as it is in JSON.
#[derive(Debug, Serialize)]
pub struct Conformance {
    /// As QEMU names itself.
    pub qemu: String,
    /// In the suite's order.
    pub rules: Vec<Row>,
}

/// One rule's.
#[derive(Debug, Serialize)]
pub struct Row {
    /// Its name.
    pub id: &'static str,
    /// The deviation of the list that it is about; null where QEMU is known to be right.
    pub deviation: Option<u8>,
    /// What POWER8 does.
    pub title: &'static str,
    /// Where that can be read.
    pub source: &'static str,
    /// What the program sees on POWER8, by the model.
    pub expected: String,
    /// What it sees on QEMU alone.
    pub stock: String,
    /// And with the plugin.
    pub p8smt: String,
    /// What comes of that.
    pub verdict: Verdict,
    /// Why it is detected and not corrected.
    pub why: Option<&'static str>,
    /// Whether p8smt says that it does what POWER8 does.
    pub claimed: bool,
}

/// Runs rules, prints what came of them.
///
/// # Errors
/// A rule or a correction that there is not, nothing set up, a QEMU that does not start.
pub fn command(args: &Args) -> Result<ExitCode> {
    let rules = chosen(&args.rules)?;
    let seeds = seeds(args)?;
    let mut artifacts = Artifacts::load(&root())?;
    if let Some(program) = &args.qemu {
        let name =
            program.to_str().with_context(|| format!("--qemu {}: not a name in UTF-8", program.display()))?;
        artifacts.qemu.command = vec![name.to_owned()];
        artifacts.qemu.version = side::version(&artifacts.qemu)?;
    }
    let correct = args.correct.replace(',', ":");
    cpu_model::Rules::of_list(&correct)
        .map_err(|why| anyhow::anyhow!("--correct {}: {why}", args.correct))?;
    let jobs = args.jobs.map_or_else(processors, usize::from);
    if let Some(seeds) = seeds {
        let result = random(seeds, &artifacts, &correct, jobs)?;
        let page = match args.format {
            Format::Json => serde_json::to_string_pretty(&result)? + "\n",
            _ => random::text(&result, &args.correct),
        };
        crate::format::print(page.as_bytes())?;
        return Ok(if result.differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    let result = conform(&rules, &artifacts, &correct, Some(jobs))?;
    let page = match args.format {
        Format::Text => text::render(&result),
        Format::Json => serde_json::to_string_pretty(&result)? + "\n",
        Format::Html => html::render(&result),
        Format::Md => markdown::render(&result),
    };
    crate::format::print(page.as_bytes())?;
    let broken = result.rules.iter().any(|row| row.claimed && row.verdict == Verdict::Wrong);
    Ok(if broken { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, Into::into)
}

/// The seeds of random programs, where those are asked for.
fn seeds(args: &Args) -> Result<Option<RangeInclusive<u64>>> {
    let Some(programs) = args.random else { return Ok(None) };
    ensure!(
        matches!(args.format, Format::Text | Format::Json),
        "--random: what comes of it is written as text or json"
    );
    let last = args.seed.checked_add(u64::from(programs) - 1);
    let last = last.with_context(|| format!("--seed {}: there are no {programs} from there", args.seed))?;
    Ok(Some(args.seed..=last))
}

fn chosen(names: &[String]) -> Result<Vec<&'static Rule>> {
    if names.is_empty() {
        return Ok(RULES.iter().collect());
    }
    let known = || RULES.iter().map(|rule| rule.id).collect::<Vec<_>>().join(", ");
    names
        .iter()
        .map(|name| {
            Rule::by_id(name).with_context(|| format!("there is no rule '{name}'; known are {}", known()))
        })
        .collect()
}

/// Runs rules on both sides. `correct` is the plugin's list of corrections.
///
/// # Errors
/// A QEMU that does not start.
pub fn conform(
    rules: &[&'static Rule],
    artifacts: &Artifacts,
    correct: &str,
    jobs: Option<usize>,
) -> Result<Conformance> {
    let next = AtomicUsize::new(0);
    let rows: Mutex<Vec<(usize, Result<Row>)>> = Mutex::new(Vec::new());
    let jobs = jobs.unwrap_or_else(processors);
    std::thread::scope(|scope| {
        for _ in 0..jobs.min(rules.len()) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Relaxed);
                    let Some(rule) = rules.get(at) else { return };
                    let row = row(rule, artifacts, correct);
                    rows.lock().expect("a panic ends the command").push((at, row));
                }
            });
        }
    });
    let mut rows = rows.into_inner().expect("a panic ends the command");
    rows.sort_by_key(|(at, _)| *at);
    let rules = rows.into_iter().map(|(_, row)| row).collect::<Result<_>>()?;
    Ok(Conformance { qemu: artifacts.qemu.version.clone(), rules })
}

/// Runs a rule's program with the plugin. `correct` is its list of corrections.
///
/// # Errors
/// QEMU does not start.
pub fn with_plugin(rule: &Rule, artifacts: &Artifacts, correct: &str) -> Result<Sight> {
    let lose = rule.conditions.lose.map(|lose| format!(",lose={}", lose.name())).unwrap_or_default();
    let speed = if rule.conditions.shares_speed { ",speed=smt" } else { "" };
    let lint = if rule.finding.is_some() { ",lint=on" } else { "" };
    let plugin = format!("{},correct={correct}{lose}{speed}{lint},log=error", artifacts.plugin.display());
    side::run(&rule.framed()?, &artifacts.qemu, Some(&plugin))
}

fn row(rule: &'static Rule, artifacts: &Artifacts, correct: &str) -> Result<Row> {
    let program = rule.framed()?;
    let expected = rule.power8();
    let Sight { seen: p8smt, findings, .. } = with_plugin(rule, artifacts, correct)?;
    let detected = rule.finding.map(|finding| findings.iter().any(|name| name == finding.name()));
    let stock = side::run(&program.with_patience(frame::PATIENCE_OF_A_HOST), &artifacts.qemu, None)?.seen;
    let verdict = Verdict::of(&expected, stock.as_ref(), p8smt.as_ref(), detected);
    let why = rule.finding.filter(|_| verdict == Verdict::Detected).and_then(cpu_model::Finding::why);
    Ok(Row {
        id: rule.id,
        deviation: rule.deviation,
        title: rule.title,
        source: rule.source,
        verdict,
        why,
        expected: verdict::words(Some(&expected)),
        stock: verdict::words(stock.as_ref()),
        p8smt: verdict::words(p8smt.as_ref()),
        claimed: rule.is_claimed(),
    })
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

    fn asked(words: &str) -> Result<Option<RangeInclusive<u64>>> {
        seeds(&Line::try_parse_from(["conform"].into_iter().chain(words.split_whitespace()))?.args)
    }

    #[test]
    fn a_rule_that_there_is_not_is_named() {
        let error = chosen(&["partition".into(), "gravity".into()]).unwrap_err().to_string();
        assert!(error.starts_with("there is no rule 'gravity'; known are partition, "), "{error}");
    }

    #[test]
    fn seeds_follow_each_other() {
        assert_eq!(asked("partition").unwrap(), None);
        assert_eq!(asked("--random 3").unwrap(), Some(1..=3));
        assert_eq!(asked("--random 3 --seed 7 --format json").unwrap(), Some(7..=9));
        assert_eq!(asked(&format!("--random 1 --seed {}", u64::MAX)).unwrap(), Some(u64::MAX..=u64::MAX));
    }

    #[test]
    fn what_random_programs_have_not_is_refused() {
        let refused = |words: &str| format!("{:#}", asked(words).unwrap_err());
        for words in ["--random 3 partition", "partition --random 3"] {
            assert!(refused(words).contains("cannot be used with"), "{}", refused(words));
        }
        assert!(refused("--seed 3").contains("--random <N>"), "{}", refused("--seed 3"));
        assert!(refused("--random 0").contains("0 is not in 1..=1000000"));
        for format in ["html", "md"] {
            let why = "--random: what comes of it is written as text or json";
            assert_eq!(refused(&format!("--random 3 --format {format}")), why);
        }
        let why = refused(&format!("--random 2 --seed {}", u64::MAX));
        assert_eq!(why, "--seed 18446744073709551615: there are no 2 from there");
    }
}
