// SPDX-License-Identifier: GPL-2.0-or-later
//! From a recording to a report, in one pass over its events.

use super::contract::{
    Cedes, Core, Finding, Guest, Injection, IpiCounts, Naps, OutsideEvent, Report, Run, SCHEMA, Thread,
};
use super::timeline::{Drawn, Timelines};
use cpu_model::account::{Account, Accounting, ThreadAccount};
use cpu_model::recording::{Found, ReadError, Recording};
use cpu_model::{Event, Landmark, timebase};
use std::collections::BTreeMap;

/// A report, and what only its drawing needs.
#[derive(Clone, Debug)]
pub struct Reported {
    /// All that report.json tells.
    pub report: Report,
    /// The pictures.
    pub drawn: Drawn,
}

/// Replays a recording.
///
/// # Errors
/// Where an event is damaged.
pub fn replay(recording: &Recording) -> Result<Reported, ReadError> {
    let per_core = recording.recipe.threads_per_core.max(1);
    let mut accounting = Accounting::new(recording.threads(), per_core as usize);
    let mut timelines = Timelines::new(recording.threads());
    let mut injections = injections(recording);
    for item in recording.replay() {
        let (thread, at, event) = item?;
        if let Event::Injected { injection } = event
            && let Some(injection) = injections.get_mut(usize::from(injection))
        {
            injection.count += 1;
        }
        if event == Event::Landmark(Landmark::VcoreRun) {
            timelines.vcore_run(at.tb);
        }
        if let Some(span) = accounting.apply(thread, at, &event) {
            timelines.add(&span);
        }
    }
    let summary = recording.summary.clone().unwrap_or_default();
    let (account, rest) = accounting.finish(summary.elapsed_tb, &summary.instructions);
    rest.iter().for_each(|span| timelines.add(span));
    let drawn = timelines.finish(account.elapsed);
    let report = Report {
        schema: SCHEMA.to_owned(),
        run: run(recording, account.cores.len() as u32, account.elapsed),
        elapsed_tb: account.elapsed,
        timebase_hz: timebase::HZ,
        cores: cores(&account),
        threads: threads(&account, per_core, summary.corrections_of_threads),
        corrections: summary.corrections,
        injections,
        findings: summary.findings.iter().map(finding).collect(),
        cannot_tell: recording.recipe.cannot_tell.clone(),
        outside: recording.outside.iter().map(|o| OutsideEvent { tb: o.tb, what: o.what.clone() }).collect(),
        lost_events: summary.lost_events,
    };
    Ok(Reported { report, drawn })
}

/// Those of the recipe; none has come yet.
fn injections(recording: &Recording) -> Vec<Injection> {
    let asked = recording.recipe.injections.iter().cloned();
    asked.map(|i| Injection { kind: i.kind, thread: i.thread, at: i.at, count: 0 }).collect()
}

fn finding(found: &Found) -> Finding {
    let known = cpu_model::Finding::ALL.into_iter().find(|finding| finding.name() == found.finding);
    Finding {
        name: found.finding.clone(),
        title: known.map_or_else(String::new, |finding| finding.title().into()),
        deviation: known.and_then(cpu_model::Finding::deviation),
        thread: found.thread,
        pc: found.pc,
        place: found.place.clone(),
        count: found.count,
    }
}

fn run(recording: &Recording, cores: u32, elapsed: u64) -> Run {
    let recipe = &recording.recipe;
    let verdict = recording.verdict.clone().unwrap_or_default();
    Run {
        qemu: if verdict.qemu.is_empty() { recipe.qemu.clone() } else { verdict.qemu },
        plugin: recipe.plugin.clone(),
        kernel: verdict.kernel,
        scenario: verdict.scenario,
        cores,
        threads_per_core: recipe.threads_per_core,
        time: recipe.time.clone(),
        seed: recipe.seed,
        turn: recipe.turn,
        strict: recipe.strict.clone(),
        outcome: outcome(recording, &verdict.outcome, elapsed),
        digest: recording.summary.as_ref().map(|s| s.digest.clone()).unwrap_or_default(),
        guests: verdict.guests.iter().map(|g| Guest { threads: g.threads, cpus_up: g.cpus_up }).collect(),
    }
}

/// The verdict, or why there is none. A recording without its end is never `ok`.
fn outcome(recording: &Recording, verdict: &str, elapsed: u64) -> String {
    let missing = match (recording.damaged_at, &recording.summary, &recording.verdict) {
        (Some(at), ..) => format!("damaged from byte {at} on"),
        (None, None, _) => "QEMU did not end by itself".to_owned(),
        (None, Some(_), None) => "nobody judged the run".to_owned(),
        (None, Some(_), Some(_)) => return verdict.to_owned(),
    };
    let known = if recording.summary.is_some() {
        String::new()
    } else {
        format!(", its last event is at {:.3} s", timebase::to_s(elapsed))
    };
    let verdict = if verdict.is_empty() { String::new() } else { format!(" ({verdict})") };
    format!("incomplete recording: {missing}{known}{verdict}")
}

fn threads(account: &Account, per_core: u32, corrections: Vec<BTreeMap<String, u64>>) -> Vec<Thread> {
    let corrections = corrections.into_iter().chain(std::iter::repeat_with(BTreeMap::new));
    let threads = (0..).zip(&account.threads).zip(corrections);
    threads.map(|((index, of), corrections)| thread(index, per_core, of, corrections)).collect()
}

fn thread(index: u32, per_core: u32, account: &ThreadAccount, corrections: BTreeMap<String, u64>) -> Thread {
    let naps = &account.naps;
    Thread {
        core: index / per_core,
        thread: index % per_core,
        tb: account.ticks,
        instructions: account.instructions,
        naps: Naps {
            count: naps.count,
            tb_total: naps.ticks,
            tb_mean: naps.ticks.checked_div(naps.count).unwrap_or(0),
            tb_max: naps.longest,
            unfinished: naps.unfinished,
            wakes: naps.wakes,
        },
        cedes: Cedes {
            count: account.cedes.count,
            returned: account.cedes.returned,
            tb_max: account.cedes.longest,
        },
        ipis: IpiCounts { sent: account.ipis.sent, received: account.ipis.received },
        guest_entries: account.guest_entries,
        guest_exits: account.guest_exits,
        corrections,
    }
}

fn cores(account: &Account) -> Vec<Core> {
    let core = |(index, core): (usize, &cpu_model::account::CoreAccount)| Core {
        core: index as u32,
        vcore_runs: core.vcore_runs,
        tb_kvm: core.kvm_ticks,
        tb_guest: core.guest_ticks,
    };
    account.cores.iter().enumerate().map(core).collect()
}
