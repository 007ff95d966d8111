// SPDX-License-Identifier: GPL-2.0-or-later
//! Exact time: a run follows from its recipe alone, and says so where it does not.

use p8smt_scripts::run::{Options, ScenarioName};
use p8smt_tests::{Busy, End, Machine, Qmp, recording, report};
use rustix::process::{Signal, kill_process};

const NO_RANDOM_ADDRESSES: [&str; 2] = ["setarch", "--addr-no-randomize"];

fn options(seed: u64) -> Options {
    Options { seed, work: 100_000, ..Options::new(ScenarioName::Boot) }
}

fn digest(end: &End) -> String {
    assert!(end.status.success() && end.console.contains(r#""t":"done""#), "{}: {}", end.status, end.log);
    let digest = report(&end.out).run.digest;
    assert_eq!(digest.len(), 16, "{digest:?}");
    assert!(end.log.contains(&digest), "{}", end.log);
    digest
}

fn boot(test: &str, seed: u64, prefix: &[&str]) -> End {
    Machine::start(test, options(seed), prefix, &[]).finish()
}

#[test]
fn neither_addresses_nor_load_are_felt() {
    let one = boot("exact-random", 0, &[]);
    let load = Busy::spin(2);
    let other = boot("exact-fixed", 0, &NO_RANDOM_ADDRESSES);
    drop(load);
    assert_eq!(digest(&one), digest(&other));
    assert_eq!(one.console, other.console);
    assert!(recording(&one.out) == recording(&other.out), "the recordings differ");
}

#[test]
fn a_seed_is_another_run_and_repeats() {
    let [zero, one, again] = [("seed-0", 0), ("seed-1", 1), ("seed-1-again", 1)]
        .map(|(test, seed)| digest(&boot(test, seed, &[])));
    assert_eq!(one, again);
    assert_ne!(zero, one);
}

/// Stops and continues the machine at a moment that the wall clock chooses.
fn interfere(test: &str) -> End {
    let directory = tempfile::tempdir().expect("a directory");
    let socket = directory.path().join("qmp");
    let arguments = Qmp::arguments(&socket);
    let mut machine = Machine::start(test, options(0), &[], &arguments.each_ref().map(String::as_str));
    machine.await_line("Linux version");
    let mut qmp = Qmp::connect(&socket);
    qmp.execute("stop");
    assert_eq!(qmp.execute("query-status")["status"], "paused");
    qmp.execute("cont");
    assert_eq!(qmp.execute("query-status")["status"], "running");
    machine.finish()
}

#[test]
fn a_leak_of_the_wall_clock_is_seen_and_noted() {
    let ends = [boot("leak-none", 0, &[]), interfere("leak")];
    let [none, leak] = ends.each_ref().map(digest);
    assert_ne!(none, leak);
    assert!(report(&ends[0].out).outside.is_empty());
    assert!(!report(&ends[1].out).outside.is_empty());
}

#[test]
fn sigterm_is_answered_and_noted() {
    let mut machine = Machine::start("sigterm", options(0), &[], &[]);
    machine.await_line("Linux version");
    kill_process(machine.pid(), Signal::TERM).expect("it runs");
    let end = machine.finish();
    assert!(end.status.success(), "{}: {}", end.status, end.log);
    assert!(!end.console.contains(r#""t":"done""#), "it was over before the signal");
    let report = report(&end.out);
    assert!(report.run.outcome.starts_with("incomplete recording: "), "{}", report.run.outcome);
    assert!(!report.outside.is_empty(), "nothing noted");
}
