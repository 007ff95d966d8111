// SPDX-License-Identifier: GPL-2.0-or-later
//! The report as one value a row, for a spreadsheet or a data frame.

use super::contract::{Core, Report, Thread};
use super::words;
use anyhow::{Result, anyhow};
use csv::Writer;
use std::fmt::Display;

/// Renders the report. Columns: core, thread, metric, key, value. Rows about a core have no thread, rows about
/// the run have neither.
pub(super) fn render(report: &Report) -> Result<String> {
    let mut rows = Rows(Writer::from_writer(Vec::new()));
    rows.row(["core", "thread", "metric", "key"], "value")?;
    run(&mut rows, report)?;
    for thread in &report.threads {
        self::thread(&mut rows, thread)?;
    }
    for core in &report.cores {
        self::core(&mut rows, core)?;
    }
    let bytes = rows.0.into_inner().map_err(|error| anyhow!("{error}"))?;
    Ok(String::from_utf8(bytes)?)
}

struct Rows(Writer<Vec<u8>>);

impl Rows {
    fn row(&mut self, head: [&str; 4], value: impl Display) -> Result<()> {
        let value = value.to_string();
        Ok(self.0.write_record(head.into_iter().chain([value.as_str()]))?)
    }
}

fn run(rows: &mut Rows, report: &Report) -> Result<()> {
    let run = &report.run;
    let texts = [
        ("schema", &report.schema),
        ("qemu", &run.qemu),
        ("plugin", &run.plugin),
        ("kernel", &run.kernel),
        ("scenario", &run.scenario),
        ("time", &run.time),
        ("outcome", &run.outcome),
        ("digest", &run.digest),
    ];
    for (key, value) in texts {
        rows.row(["", "", "run", key], value)?;
    }
    let numbers = [
        ("cores", run.cores.into()),
        ("threads_per_core", run.threads_per_core.into()),
        ("seed", run.seed),
        ("turn", run.turn),
        ("elapsed_tb", report.elapsed_tb),
        ("timebase_hz", report.timebase_hz),
        ("lost_events", report.lost_events),
    ];
    for (key, value) in numbers {
        rows.row(["", "", "run", key], value)?;
    }
    for what in &run.strict {
        rows.row(["", "", "strict", what], 1)?;
    }
    for (index, guest) in run.guests.iter().enumerate() {
        rows.row(["", "", "guest_threads", &index.to_string()], guest.threads)?;
        rows.row(["", "", "guest_cpus_up", &index.to_string()], guest.cpus_up)?;
    }
    for (name, count) in &report.corrections {
        rows.row(["", "", "corrections", name], count)?;
    }
    for injection in &report.injections {
        rows.row(["", "", "injections", &words::injection(injection)], injection.count)?;
    }
    for finding in &report.findings {
        rows.row(["", "", "findings", &words::finding(finding)], finding.count)?;
    }
    for (index, what) in report.cannot_tell.iter().enumerate() {
        rows.row(["", "", "cannot_tell", &index.to_string()], what)?;
    }
    for outside in &report.outside {
        rows.row(["", "", "outside_tb", &outside.what], outside.tb)?;
    }
    Ok(())
}

fn thread(rows: &mut Rows, thread: &Thread) -> Result<()> {
    let (core, index) = (thread.core.to_string(), thread.thread.to_string());
    let mut row = |metric, key, value| rows.row([&core, &index, metric, key], value);
    for (state, ticks) in thread.tb {
        row("tb", state.name(), ticks)?;
    }
    for (state, count) in thread.instructions {
        row("instructions", state.name(), count)?;
    }
    let naps = &thread.naps;
    row("naps", "count", naps.count)?;
    row("naps", "tb_total", naps.tb_total)?;
    row("naps", "tb_mean", naps.tb_mean)?;
    row("naps", "tb_max", naps.tb_max)?;
    row("naps", "unfinished", naps.unfinished.into())?;
    for (reason, count) in naps.wakes {
        row("wakes", reason.name(), count)?;
    }
    let cedes = &thread.cedes;
    row("cedes", "count", cedes.count)?;
    row("cedes", "returned", cedes.returned)?;
    row("cedes", "tb_max", cedes.tb_max)?;
    for (kind, count) in thread.ipis.sent {
        row("ipis_sent", kind.name(), count)?;
    }
    for (kind, count) in thread.ipis.received {
        row("ipis_received", kind.name(), count)?;
    }
    row("guest", "entries", thread.guest_entries)?;
    row("guest", "exits", thread.guest_exits)?;
    for (name, count) in &thread.corrections {
        row("corrections", name, *count)?;
    }
    Ok(())
}

fn core(rows: &mut Rows, core: &Core) -> Result<()> {
    let index = core.core.to_string();
    let mut row = |metric, key, value| rows.row([&index, "", metric, key], value);
    row("core", "vcore_runs", core.vcore_runs)?;
    row("core", "tb_kvm", core.tb_kvm)?;
    row("core", "tb_guest", core.tb_guest)
}
