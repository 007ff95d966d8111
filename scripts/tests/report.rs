// SPDX-License-Identifier: GPL-2.0-or-later
//! `p8smt report` over a synthetic recording.
mod synthetic;

use p8smt_scripts::report::{Format, Report, render};
use synthetic::{Shape, record};

const SHAPE: Shape = Shape { threads: 8, vcore_runs: 400 };

fn report(bytes: &[u8]) -> Report {
    serde_json::from_str(&render(bytes, Format::Json).expect("a good recording")).expect("the contract")
}

#[test]
fn states_add_up() {
    let report = report(&record(SHAPE, false));
    for thread in &report.threads {
        assert_eq!(thread.tb.values().sum::<u64>(), report.elapsed_tb);
    }
}

/// Writes the synthetic recording for a look at it: `P8SMT_SYNTHETIC=DIR cargo test -p p8smt --test report`.
#[test]
fn keep() {
    if let Some(dir) = std::env::var_os("P8SMT_SYNTHETIC") {
        let runs = std::env::var("RUNS").map_or(400, |r| r.parse().expect("a number"));
        let bytes = record(Shape { vcore_runs: runs, ..SHAPE }, false);
        std::fs::write(std::path::Path::new(&dir).join("recording.p8smt"), bytes).expect("writable");
    }
}
