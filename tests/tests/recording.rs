// SPDX-License-Identifier: GPL-2.0-or-later
//! What the recordings of real runs say.

use cpu_model::recording::{Kind, chunks};
use p8smt_scripts::report::{Format, Report, SCHEMA, render};
use p8smt_scripts::run::{GuestKind, Options, ScenarioName};
use p8smt_tests::{Machine, boot, recording, report};
use serde_json::Value;

/// A run of everything that a host does, in seconds.
fn counter() -> Options {
    Options { guest: GuestKind::Counter, ..Options::new(ScenarioName::Kvm) }
}

fn adds_up(report: &Report) {
    assert!(report.elapsed_tb > 0);
    for thread in &report.threads {
        let ticks: u64 = thread.tb.values().sum();
        assert_eq!(ticks, report.elapsed_tb, "thread {}", thread.thread);
    }
}

#[test]
fn a_run_adds_up() {
    let outcome = boot("recording", counter());
    let summary = outcome.summary.expect("QEMU ended by itself");
    let report = report(&outcome.out);
    adds_up(&report);
    assert_eq!(report.elapsed_tb, summary.elapsed_tb);
    assert_eq!(report.lost_events, 0);
    assert!(report.outside.is_empty());
    assert!(report.cannot_tell.is_empty(), "{:?}", report.cannot_tell);
    for (thread, executed) in report.threads.iter().zip(&summary.instructions) {
        let instructions: u64 = thread.instructions.values().sum();
        assert_eq!(instructions, *executed, "thread {}", thread.thread);
        let naps = &thread.naps;
        assert_eq!(naps.wakes.values().sum::<u64>() + u64::from(naps.unfinished), naps.count);
    }
    // Four virtual processors counted to a million, a loop of some instructions each.
    for thread in &report.threads[..4] {
        let guest = cpu_model::State::GuestKernel;
        assert!(thread.instructions[guest] >= 1_000_000, "{:?}", thread.instructions);
        assert!(thread.guest_entries > 0);
    }
    for thread in &report.threads[4..] {
        assert_eq!(thread.guest_entries, 0);
    }
    assert!(report.corrections["partition"] > 0, "{:?}", report.corrections);
}

#[test]
fn the_contract_is_kept() {
    let outcome = boot("contract", counter());
    let bytes = recording(&outcome.out);
    let json: Value = serde_json::from_str(&render(&bytes, Format::Json).expect("a report")).expect("JSON");
    assert_eq!(json["schema"], SCHEMA);
    let run = &json["run"];
    for (key, value) in [
        ("outcome", "ok".into()),
        ("scenario", "kvm".into()),
        ("kernel", outcome.verdict.kernel.as_str().into()),
        ("digest", outcome.summary.expect("QEMU ended by itself").digest.into()),
        ("cores", Value::from(1)),
        ("threads_per_core", 8.into()),
        ("guests", serde_json::json!([{ "threads": 4, "cpus_up": 4 }])),
    ] {
        assert_eq!(run[key], value, "run.{key}");
    }
    assert!(run["qemu"].as_str().is_some_and(|q| !q.is_empty()), "run.qemu");
    for key in ["elapsed_tb", "threads", "cores", "corrections", "outside"] {
        assert!(!json[key].is_null(), "{key}");
    }
    let threads = json["threads"].as_array().expect("a list");
    assert_eq!(threads.len(), 8);
    for thread in threads {
        for path in ["/core", "/thread", "/tb/host_idle", "/instructions/guest_kernel", "/naps/count"]
            .into_iter()
            .chain(["/naps/tb_mean", "/naps/tb_max", "/naps/wakes/decrementer", "/guest_entries"])
            .chain(["/ipis/sent/doorbell", "/ipis/received/xics"])
        {
            assert!(thread.pointer(path).is_some_and(Value::is_u64), "threads{path}: {thread}");
        }
    }
    let csv = render(&bytes, Format::Csv).expect("a table");
    assert!(csv.starts_with("core,thread,metric,key,value\n"), "{}", &csv[..80]);
    assert!(csv.contains("0,7,tb,offline,"), "no row of thread 7");
    let html = render(&bytes, Format::Html).expect("a page");
    assert!(html.starts_with("<!DOCTYPE html>") && html.contains("</html>"));
    let text = render(&bytes, Format::Text).expect("tables");
    assert!(text.lines().all(|l| l.chars().count() <= 120), "wider than 120 columns");
}

#[test]
fn a_killed_run_still_reports() {
    let mut machine = Machine::start("killed", Options::new(ScenarioName::Boot), &[], &[]);
    machine.await_line(r#""t":"up""#);
    machine.kill();
    let end = machine.finish();
    let bytes = recording(&end.out);
    assert!(chunks(&bytes).all(|c| c.expect("a chunk").header.kind != Kind::Summary), "it ended by itself");
    let report = report(&end.out);
    assert!(report.run.outcome.starts_with("incomplete recording: "), "{}", report.run.outcome);
    adds_up(&report);
    // It was up after seconds of its time, of which a killed run loses a tenth at most.
    assert!(report.elapsed_tb > report.timebase_hz / 2, "{} ticks", report.elapsed_tb);
    render(&bytes, Format::Html).expect("a page");
}

/// As where the disk is full that the log is on.
#[test]
fn what_cannot_be_said_ends_nothing() {
    let unheard = ["sh", "-c", "exec \"$@\" 2>/dev/full", "sh"];
    let end = Machine::start("unheard", Options::new(ScenarioName::Boot), &unheard, &[]).finish();
    assert!(end.status.success(), "{}", end.status);
    assert!(chunks(&recording(&end.out)).any(|c| c.expect("a chunk").header.kind == Kind::Summary));
}
