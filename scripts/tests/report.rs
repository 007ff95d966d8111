// SPDX-License-Identifier: GPL-2.0-or-later
//! `p8smt report` over a synthetic recording.
mod synthetic;

use cpu_model::account::IpiKind;
use cpu_model::recording::{FORMAT, Kind, Outside, Recipe, Summary, Verdict, chunk_bytes};
use cpu_model::{Event, Landmark, State};
use p8smt_scripts::report::{Cedes, Format, Report, SCHEMA, render};
use serde_json::Value;
use synthetic::{Shape, Writer, record};

const SHAPE: Shape = Shape { threads: 8, vcore_runs: 40 };

fn report(bytes: &[u8]) -> Report {
    serde_json::from_str(&render(bytes, Format::Json).expect("a good recording")).expect("the contract")
}

fn error(bytes: &[u8]) -> String {
    format!("{:#}", render(bytes, Format::Text).expect_err("a bad recording"))
}

/// A recording with little in it but what a test is about.
fn small(recipe: Recipe) -> Writer {
    Writer::new(&Recipe { format: FORMAT, threads: 8, threads_per_core: 8, ..recipe })
}

#[test]
fn states_add_up_and_guests_are_seen() {
    let report = report(&record(SHAPE, false));
    assert_eq!(report.schema, SCHEMA);
    for thread in &report.threads {
        assert_eq!(thread.tb.values().sum::<u64>(), report.elapsed_tb);
        let guest = thread.tb[State::GuestKernel] > 0;
        assert_eq!(guest, thread.thread < 4, "thread {}", thread.thread);
        assert_eq!(thread.guest_entries, thread.guest_exits);
    }
    assert_eq!(report.threads[0].guest_entries, SHAPE.vcore_runs);
    assert_eq!(report.threads[0].ipis.sent[IpiKind::Doorbell], 3 * SHAPE.vcore_runs);
    assert_eq!(report.threads[5].ipis.received[IpiKind::Xics], 1);
    assert_eq!(report.cores[0].vcore_runs, SHAPE.vcore_runs);
}

/// The contract as its readers see it. Change scripts/REPORT.md with this.
#[test]
fn json_has_the_fields_of_the_contract() {
    let json: Value = serde_json::from_str(&render(&record(SHAPE, false), Format::Json).unwrap()).unwrap();
    let keys = |pointer: &str| {
        let object = json.pointer(pointer).and_then(Value::as_object).expect(pointer);
        object.keys().map(String::as_str).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(json["schema"], "p8smt-report/1");
    assert_eq!(
        keys(""),
        "cannot_tell cores corrections elapsed_tb findings injections lost_events outside run schema threads timebase_hz"
    );
    assert_eq!(
        keys("/run"),
        "cores digest guests kernel outcome plugin qemu scenario seed strict threads_per_core time turn"
    );
    assert_eq!(keys("/run/guests/0"), "cpus_up threads");
    assert_eq!(
        keys("/threads/0"),
        "cedes core corrections guest_entries guest_exits instructions ipis naps tb thread"
    );
    assert_eq!(keys("/threads/0/cedes"), "count returned tb_max");
    let mut states = State::ALL.map(State::name);
    states.sort_unstable();
    assert_eq!(keys("/threads/0/tb"), states.join(" "));
    assert_eq!(keys("/threads/0/instructions"), states.join(" "));
    assert_eq!(keys("/threads/0/naps"), "count tb_max tb_mean tb_total unfinished wakes");
    assert_eq!(
        keys("/threads/0/naps/wakes"),
        "decrementer external hypervisor_doorbell hypervisor_maintenance other privileged_doorbell system_reset"
    );
    assert_eq!(keys("/threads/0/ipis/sent"), "doorbell guest_doorbell xics");
    assert_eq!(keys("/threads/0/ipis/received"), "doorbell guest_doorbell xics");
    assert_eq!(keys("/cores/0"), "core tb_guest tb_kvm vcore_runs");
    assert_eq!(json["run"]["outcome"], "ok");
    assert_eq!(json["run"]["digest"], "0123456789abcdef");
    assert_eq!(json["corrections"]["partition"], 35_000);
    assert_eq!(json["threads"][0]["corrections"]["hv-doorbell"], 1751);
    assert_eq!(keys("/findings/0"), "count deviation name pc place thread title");
    assert_eq!(json["findings"][0]["name"], "nap-sequence");
    assert_eq!(
        json["injections"],
        serde_json::json!([{ "kind": "hmi", "thread": 0, "at": "event=idle:every=2", "count": 1 }])
    );
}

#[test]
fn text_fits_120_columns() {
    let mut long =
        small(Recipe { cannot_tell: vec!["no ".repeat(100), "x".repeat(300)], ..Recipe::default() });
    long.json(Kind::Outside, &Outside { tb: 512, what: "SIGINT ".repeat(40) });
    let recordings = [
        record(SHAPE, false),
        record(Shape { threads: 96, vcore_runs: 3 }, false),
        long.close(
            &Summary { elapsed_tb: u64::MAX / 2, instructions: vec![u64::MAX / 2; 8], ..Summary::default() },
            &Verdict { outcome: "a step failed ".repeat(20), ..Verdict::default() },
        ),
    ];
    for bytes in recordings {
        let text = render(&bytes, Format::Text).unwrap();
        let wide = text.lines().find(|line| line.chars().count() > 120);
        assert_eq!(wide, None);
        assert!(!text.contains('\u{1b}'), "no colours");
    }
}

#[test]
fn terminal_orders_in_a_recording_are_not_printed() {
    let nasty = Recipe { qemu: "QEMU\u{1b}[31m\r\n<b>x</b>".into(), ..Recipe::default() };
    let bytes = small(nasty).kill();
    assert!(!render(&bytes, Format::Text).unwrap().contains('\u{1b}'));
    let html = render(&bytes, Format::Html).unwrap();
    assert!(html.contains("&lt;b&gt;") && !html.contains("<b>x") && !html.contains('\u{1b}'));
}

#[test]
fn csv_has_one_value_a_row() {
    let bytes = record(SHAPE, false);
    let text = render(&bytes, Format::Csv).unwrap();
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    assert_eq!(rows.headers().unwrap(), vec!["core", "thread", "metric", "key", "value"]);
    let rows: Vec<csv::StringRecord> = rows.records().collect::<Result<_, _>>().unwrap();
    let of_thread = |row: &&csv::StringRecord| &row[0] == "0" && &row[1] == "3" && &row[2] == "tb";
    let sum: u64 = rows.iter().filter(of_thread).map(|row| row[4].parse::<u64>().unwrap()).sum();
    assert_eq!(sum, report(&bytes).elapsed_tb);
    let find =
        |head: [&str; 4]| rows.iter().find(|row| row.iter().take(4).eq(head)).map(|row| row[4].to_owned());
    assert_eq!(find(["", "", "run", "outcome"]).as_deref(), Some("ok"));
    assert_eq!(find(["0", "", "core", "vcore_runs"]).as_deref(), Some("40"));
}

#[test]
fn what_was_given_to_kvm_is_shown_where_anything_was() {
    let mut w = small(Recipe::default());
    for landmark in [Landmark::Cede, Landmark::CedeReturn, Landmark::Cede] {
        w.run(3, 512_000, 1);
        w.event(3, Event::Landmark(landmark));
    }
    w.run(3, 1_024_000, 1);
    let elapsed_tb = w.now(3);
    let bytes = w.close(&Summary { elapsed_tb, ..Summary::default() }, &Verdict::default());
    let cedes = Cedes { count: 2, returned: 1, tb_max: 1_024_000 };
    assert_eq!(report(&bytes).threads[3].cedes, cedes);
    for (format, shown) in [(Format::Text, "Given to KVM\n"), (Format::Html, "Given to KVM while")] {
        assert!(render(&bytes, format).unwrap().contains(shown), "{format:?}");
        assert!(!render(&record(SHAPE, false), format).unwrap().contains(shown), "{format:?}");
    }
    assert!(render(&bytes, Format::Csv).unwrap().contains("\n0,3,cedes,returned,1\n"));
}

#[test]
fn a_killed_run_reports_up_to_its_last_event() {
    let bytes = record(SHAPE, true);
    let report = report(&bytes);
    assert!(report.run.outcome.starts_with("incomplete recording: QEMU did not end by itself"));
    assert!(report.threads.iter().all(|t| t.tb.values().sum::<u64>() == report.elapsed_tb));
    assert_eq!(report.threads[0].guest_entries, SHAPE.vcore_runs);
    // Cut anywhere after the recipe, it is a report too, in every format.
    for end in (600..bytes.len()).step_by(bytes.len() / 23) {
        for format in [Format::Text, Format::Json, Format::Html, Format::Csv] {
            assert!(render(&bytes[..end], format).unwrap().contains("incomplete recording"), "cut at {end}");
        }
    }
}

#[test]
fn a_run_that_nobody_judged_is_not_ok() {
    let mut w = small(Recipe::default());
    w.json(Kind::Summary, &Summary { elapsed_tb: 99, digest: "ab".into(), ..Summary::default() });
    let report = report(&w.kill());
    assert_eq!(report.run.outcome, "incomplete recording: nobody judged the run");
    assert_eq!((report.elapsed_tb, report.run.digest.as_str()), (99, "ab"));
}

#[test]
fn damage_ends_the_recording() {
    let mut bytes = record(SHAPE, false);
    let good = bytes.len();
    bytes.extend([0; 64]);
    assert_eq!(report(&bytes).run.outcome, format!("incomplete recording: damaged from byte {good} on (ok)"));
}

#[test]
fn what_is_no_recording_is_refused_by_name() {
    assert_eq!(error(b""), "not a p8smt recording (no chunk at byte 0)");
    assert_eq!(
        error(b"\x7fELF, and more than sixteen bytes of it"),
        "not a p8smt recording (no chunk at byte 0)"
    );
    assert_eq!(error(&chunk_bytes(Kind::Events, 0, &[])), "not a p8smt recording (no chunk at byte 0)");
    let newer = chunk_bytes(Kind::Recipe, 0, br#"{"format": 7, "all": "new"}"#);
    assert_eq!(
        error(&newer),
        "recording of format 7, this p8smt reads up to 2: use the p8smt that made it, or a newer one"
    );
    let mut w = small(Recipe::default()).kill();
    w.extend(chunk_bytes(Kind::Events, 8, &[0, 0]));
    assert_eq!(error(&w), "damaged recording: events of thread 8, but the run had 8");
    let mut w = small(Recipe::default()).kill();
    w.extend(chunk_bytes(Kind::Events, 0, &[0xff; 9]));
    assert!(error(&w).starts_with("damaged event in the recording"));
}
