// SPDX-License-Identifier: GPL-2.0-or-later
//! What came of many runs.

use super::options::Plan;
use super::totals::Totals;
use crate::run::Outcome;
use crate::table;
use anyhow::Result;
use cpu_model::recording::Guest;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::PathBuf;

/// One run.
#[derive(Clone, Debug, Serialize)]
pub struct Done {
    /// Its seed.
    pub seed: u64,
    /// Which of the seed's runs it was, from 1.
    pub run: u64,
    /// `ok`, or what failed.
    pub outcome: String,
    /// Its guests.
    pub guests: Vec<Guest>,
    /// What its recording counts.
    pub totals: Totals,
    /// In exact time, if QEMU ended by itself.
    pub digest: Option<String>,
    /// Wall time in s.
    pub wall_s: f64,
    /// Its directory; removed where the run was like an earlier one.
    pub out: PathBuf,
}

impl Done {
    /// What came of a run. One that succeeded, and whose recording says that a thread is lost, did not.
    ///
    /// # Errors
    /// Where its recording cannot be read.
    pub fn new(seed: u64, run: u64, outcome: &Outcome) -> Result<Done> {
        let totals = Totals::new(&outcome.out, &outcome.frames)?;
        let wrong = totals.wrong().filter(|_| outcome.ok());
        let digest = outcome.summary.as_ref().map(|s| s.digest.clone()).filter(|d| !d.is_empty());
        Ok(Done {
            seed,
            run,
            outcome: wrong.unwrap_or_else(|| outcome.verdict.outcome.clone()),
            guests: outcome.verdict.guests.clone(),
            totals,
            digest,
            wall_s: outcome.wall.as_secs_f64(),
            out: outcome.out.clone(),
        })
    }

    /// Did every step of the scenario succeed?
    pub fn ok(&self) -> bool {
        self.outcome == "ok"
    }

    fn cpus(&self) -> String {
        let guests = self.guests.iter().map(|g| format!("{} of {}", g.cpus_up, g.threads));
        guests.collect::<Vec<_>>().join(", ")
    }
}

/// Runs of which the same came.
#[derive(Clone, Debug, Serialize)]
pub struct Outcomes {
    /// `ok`, or what failed.
    pub outcome: String,
    /// CPUs up in each guest, `4 of 4, 4 of 4`; empty without guests.
    pub cpus: String,
    /// How many.
    pub runs: u64,
    /// How many seeds they had.
    pub seeds: u64,
    /// How many different digests they have; runs without one do not count.
    pub digests: u64,
    /// The one with the lowest seed, of those whose directories are kept.
    pub first: First,
}

/// A run to look at, or to do again.
#[derive(Clone, Debug, Serialize)]
pub struct First {
    /// Its seed.
    pub seed: u64,
    /// Its digest.
    pub digest: Option<String>,
    /// Its directory.
    pub out: PathBuf,
}

/// What came of all.
#[derive(Clone, Debug, Serialize)]
pub struct Tally {
    /// All were done, all succeeded, those of one seed have one digest, and it is the one that was asked for.
    pub ok: bool,
    /// Runs done.
    pub runs: u64,
    /// Runs that were to be done.
    pub planned: u64,
    /// Processes that spun beside them.
    pub busy: u32,
    /// What their recordings count, all together.
    pub totals: Totals,
    /// Different outcomes. Runs of one seed with different digests are different.
    pub outcomes: Vec<Outcomes>,
    /// Seeds with more than one digest, and how many runs had each.
    pub not_repeatable: BTreeMap<u64, BTreeMap<String, u64>>,
    /// Runs with another digest than the one asked for.
    pub unexpected_digests: u64,
    /// Least, median and most wall time of a run in s.
    pub wall_s: (f64, f64, f64),
}

impl Tally {
    /// Counts `done`.
    pub fn new(plan: &Plan, done: &[Done]) -> Tally {
        let one_seed = plan.seeds.start() == plan.seeds.end();
        let mut groups: BTreeMap<_, Vec<&Done>> = BTreeMap::new();
        let mut digests: BTreeMap<u64, BTreeMap<String, u64>> = BTreeMap::new();
        let mut totals = Totals::default();
        for run in done {
            totals += &run.totals;
            let digest = run.digest.clone().unwrap_or_default();
            let told_apart = if one_seed { digest.clone() } else { String::new() };
            groups.entry((!run.ok(), run.outcome.clone(), run.cpus(), told_apart)).or_default().push(run);
            *digests.entry(run.seed).or_default().entry(digest).or_default() += 1;
        }
        digests.retain(|_, digests| digests.len() > 1);
        let unexpected = plan
            .digest
            .as_ref()
            .map_or(0, |digest| done.iter().filter(|run| run.digest.as_ref() != Some(digest)).count() as u64);
        let complete = done.len() as u64 == plan.total();
        let same = digests.is_empty() || !plan.run.exact();
        Tally {
            ok: complete && same && unexpected == 0 && done.iter().all(Done::ok),
            runs: done.len() as u64,
            planned: plan.total(),
            busy: plan.busy,
            totals,
            outcomes: groups.into_values().map(|runs| outcomes(&runs)).collect(),
            not_repeatable: digests,
            unexpected_digests: unexpected,
            wall_s: spread(done.iter().map(|run| run.wall_s).collect()),
        }
    }

    /// For a terminal.
    pub fn text(&self) -> String {
        let digest = |o: &Outcomes| match (o.digests, &o.first.digest) {
            (1, Some(digest)) => digest.clone(),
            (0, _) => "none".into(),
            (n, _) => format!("{n} digests"),
        };
        let row = |o: &Outcomes| {
            let (runs, seeds) = (o.runs.to_string(), o.seeds.to_string());
            vec![o.outcome.clone(), o.cpus.clone(), runs, seeds, digest(o), o.first.seed.to_string()]
        };
        let head = ["Outcome", "Guest CPUs up", "Runs", "Seeds", "Digest", "First seed"];
        let mut text = table::render(&head, self.outcomes.iter().map(row));
        for o in &self.outcomes {
            let first = o.first.digest.as_deref().unwrap_or("no digest");
            let _ =
                writeln!(text, "{}: seed {}, {first}, {}", o.outcome, o.first.seed, o.first.out.display());
        }
        for (seed, digests) in &self.not_repeatable {
            let counts: Vec<_> = digests.iter().map(|(digest, n)| format!("{n} times {digest}")).collect();
            let _ = writeln!(text, "seed {seed} does not repeat: {}", counts.join(", "));
        }
        if self.unexpected_digests > 0 {
            let _ =
                writeln!(text, "{} runs have another digest than the one asked for", self.unexpected_digests);
        }
        if self.totals != Totals::default() {
            let _ = writeln!(text, "{}", self.totals);
        }
        let (least, median, most) = self.wall_s;
        let busy =
            if self.busy > 0 { format!(" beside {} spinning processes", self.busy) } else { String::new() };
        let _ = writeln!(
            text,
            "{} of {} runs done{busy}, {least:.1} to {most:.1} s each (median {median:.1}): {}",
            self.runs,
            self.planned,
            if self.ok { "ok" } else { "not ok" }
        );
        text
    }
}

fn outcomes(runs: &[&Done]) -> Outcomes {
    let first =
        runs.iter().min_by_key(|run| (!run.out.exists(), run.seed, run.run)).expect("a group has a member");
    Outcomes {
        outcome: first.outcome.clone(),
        cpus: first.cpus(),
        runs: runs.len() as u64,
        seeds: runs.iter().map(|run| run.seed).collect::<BTreeSet<_>>().len() as u64,
        digests: runs.iter().filter_map(|run| run.digest.as_ref()).collect::<BTreeSet<_>>().len() as u64,
        first: First { seed: first.seed, digest: first.digest.clone(), out: first.out.clone() },
    }
}

fn spread(mut values: Vec<f64>) -> (f64, f64, f64) {
    values.sort_by(f64::total_cmp);
    let at = |n: usize| values.get(n).copied().unwrap_or_default();
    (at(0), at(values.len() / 2), at(values.len().saturating_sub(1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{Options, ScenarioName};

    fn plan(runs: u32, seeds: std::ops::RangeInclusive<u64>) -> Plan {
        let run = Options::new(ScenarioName::Kvm);
        Plan { run, seeds, runs, jobs: 1, busy: 0, digest: None, out: "/o".into() }
    }

    fn done(seed: u64, run: u64, outcome: &str, digest: &str) -> Done {
        Done {
            seed,
            run,
            outcome: outcome.into(),
            guests: vec![Guest { threads: 4, cpus_up: 4 }],
            totals: Totals { guest_entries: 10, guest_exits: 10, cedes: 7, returns: 7, ..Totals::default() },
            digest: Some(digest.into()),
            wall_s: seed as f64,
            out: "/o".into(),
        }
    }

    #[test]
    fn runs_of_one_seed_are_told_apart_by_their_digests() {
        let plan = plan(3, 0..=0);
        let same = [done(0, 1, "ok", "a"), done(0, 2, "ok", "a"), done(0, 3, "ok", "a")];
        let tally = Tally::new(&plan, &same);
        assert!(tally.ok && tally.outcomes.len() == 1);
        let tally = Tally::new(&plan, &[done(0, 1, "ok", "a"), done(0, 2, "ok", "b"), done(0, 3, "ok", "a")]);
        assert!(!tally.ok && tally.outcomes.len() == 2);
        assert!(tally.text().contains("seed 0 does not repeat: 2 times a, 1 times b"));
    }

    #[test]
    fn seeds_are_counted_by_what_came_of_them() {
        let runs = [done(1, 1, "ok", "a"), done(2, 1, "host: hung", "b"), done(3, 1, "ok", "c")];
        let tally = Tally::new(&plan(1, 1..=3), &runs);
        assert!(!tally.ok && tally.not_repeatable.is_empty());
        let counts: Vec<_> =
            tally.outcomes.iter().map(|o| (o.outcome.as_str(), o.runs, o.digests, o.first.seed)).collect();
        assert_eq!(counts, [("ok", 2, 2, 1), ("host: hung", 1, 1, 2)]);
        let good = [done(1, 1, "ok", "a"), done(3, 1, "ok", "c")];
        assert!(!Tally::new(&plan(1, 1..=3), &good).ok, "one is missing");
        assert!(Tally::new(&plan(1, 1..=2), &good).ok);
    }

    #[test]
    fn what_the_recordings_count_is_summed_up() {
        let tally = Tally::new(&plan(1, 1..=2), &[done(1, 1, "ok", "a"), done(2, 1, "ok", "b")]);
        assert!(
            tally.text().contains("\n20 guest entries, 20 exits; 14 cedes, 14 returns\n"),
            "{}",
            tally.text()
        );
    }

    #[test]
    fn another_digest_than_asked_for_is_a_failure() {
        let plan = Plan { digest: Some("a".into()), ..plan(1, 0..=0) };
        assert!(Tally::new(&plan, &[done(0, 1, "ok", "a")]).ok);
        let tally = Tally::new(&plan, &[done(0, 1, "ok", "b")]);
        assert!(!tally.ok && tally.text().contains("1 runs have another digest"));
    }
}
