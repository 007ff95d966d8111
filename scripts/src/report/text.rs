// SPDX-License-Identifier: GPL-2.0-or-later
//! The report as tables for a terminal.

use super::contract::{Report, Thread};
use super::words;
use comfy_table::{Cell, CellAlignment, ContentArrangement, ContentLineStyle, LineStyle, Table, TableStyle};
use cpu_model::State;
use enum_map::EnumMap;
use std::fmt::Display;

/// Columns of a terminal that everything fits in.
const WIDTH: usize = 120;

/// One line below the head, none between the rows.
const STYLE: TableStyle = TableStyle::new()
    .header_lines(ContentLineStyle::none())
    .header_separator(LineStyle::none().fill('─').junction('─'))
    .content_lines(ContentLineStyle::none());

/// Renders the report.
pub(super) fn render(report: &Report) -> String {
    let mut out = header(report);
    let states = words::seen_states(report);
    let ms = |ticks| words::ms(ticks, report);
    out.push_str("\nWhat a thread's time counts for\n");
    for state in &states {
        let name = state.name().replace('_', " ");
        paragraph(&mut out, &format!("  {name:<13} "), words::meaning(*state));
    }
    section(
        &mut out,
        "Where each thread's time went, in % of the run",
        "",
        &by_state(report, &states, |t| t.tb, |ticks| words::percent(ticks, report.elapsed_tb)),
    );
    section(&mut out, "The same in ms", "", &by_state(report, &states, |t| t.tb, ms));
    section(
        &mut out,
        "Instructions by state, in millions",
        "",
        &by_state(report, &states, |t| t.instructions, words::millions),
    );
    section(
        &mut out,
        "Naps",
        "A nap lasts from the instruction to the wake. * The run ended in one, which nothing woke.",
        &naps(report),
    );
    if words::ceded(report) {
        section(
            &mut out,
            "Given to KVM",
            "For as long as a guest had the core. One that the run ended in has not returned.",
            &cedes(report),
        );
    }
    section(
        &mut out,
        "Inter-processor interrupts (IPIs) and guest entries",
        "Doorbells are msgsnd (host) and msgsndp (guest); requests to one thread merge until it has taken them.",
        &ipis(report),
    );
    section(
        &mut out,
        "Cores",
        "Held by KVM: a thread is in a guest or on the way in or out. In guest: a thread runs guest code.",
        &cores(report),
    );
    let applied = words::applied(report);
    if !applied.is_empty() {
        section(
            &mut out,
            "Corrections",
            "How often the emulator was made to behave like a POWER8.",
            &corrections(report, &applied),
        );
    }
    footer(&mut out, report);
    out
}

fn header(report: &Report) -> String {
    let mut out = String::from("p8smt report\n");
    for (caption, text) in words::facts(report) {
        paragraph(&mut out, &format!("  {caption:<10}"), &text);
    }
    out
}

fn footer(out: &mut String, report: &Report) {
    if !report.injections.is_empty() {
        out.push_str("\nInjections: how often a fault was put on a thread\n");
    }
    for injection in &report.injections {
        paragraph(out, &format!("  {:>10}  ", injection.count), &words::injection(injection));
    }
    if !report.findings.is_empty() {
        out.push_str(
            "\nFindings: what POWER8 does not promise to bear, or what the emulator does otherwise\n",
        );
    }
    for finding in &report.findings {
        paragraph(out, &format!("  {:>10}  ", finding.count), &words::finding(finding));
    }
    list(out, "What this report could not tell", &report.cannot_tell);
    let outside: Vec<String> = report.outside.iter().map(|o| words::outside(o, report)).collect();
    list(out, "From outside: after the first of these another run may differ", &outside);
    if report.lost_events > 0 {
        let lost = format!("{} events could not be written and are missing above", report.lost_events);
        list(out, "Lost", &[lost]);
    }
}

fn list(out: &mut String, caption: &str, items: &[String]) {
    if !items.is_empty() {
        out.push_str(&format!("\n{caption}\n"));
        items.iter().for_each(|item| paragraph(out, "  - ", item));
    }
}

/// A text behind its caption, broken at spaces (or anywhere, in a word longer than a line).
fn paragraph(out: &mut String, caption: &str, text: &str) {
    let indent = " ".repeat(caption.chars().count());
    let text = if text.is_empty() { "-" } else { text };
    let options = textwrap::Options::new(WIDTH).initial_indent(caption).subsequent_indent(&indent);
    out.push_str(&textwrap::fill(&words::printable(text), options));
    out.push('\n');
}

fn section(out: &mut String, caption: &str, explanation: &str, table: &Table) {
    out.push_str(&format!("\n{caption}\n"));
    if !explanation.is_empty() {
        paragraph(out, "  ", explanation);
    }
    for line in table.lines() {
        out.push_str(line.trim_end());
        out.push('\n');
    }
}

fn table(head: impl IntoIterator<Item = String>) -> Table {
    let mut table = Table::new();
    table.load_style(STYLE).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(WIDTH as u16).set_header(head.into_iter().map(right));
    table
}

fn row(table: &mut Table, name: String, values: impl IntoIterator<Item = impl Display>) {
    table.add_row([right(name)].into_iter().chain(values.into_iter().map(right)));
}

fn right(value: impl Display) -> Cell {
    Cell::new(value).set_alignment(CellAlignment::Right)
}

fn thread_name(report: &Report, thread: &Thread) -> String {
    if report.run.cores > 1 {
        format!("{}.{}", thread.core, thread.thread)
    } else {
        thread.thread.to_string()
    }
}

fn thread_caption(report: &Report) -> String {
    if report.run.cores > 1 { "core.\nthread" } else { "thread" }.to_owned()
}

/// One row a thread, one column a state that any thread was in.
fn by_state(
    report: &Report,
    states: &[State],
    of: impl Fn(&Thread) -> EnumMap<State, u64>,
    show: impl Fn(u64) -> String,
) -> Table {
    let heads = states.iter().map(|s| s.name().replace('_', "\n"));
    let mut table = table([thread_caption(report)].into_iter().chain(heads).chain(["total".to_owned()]));
    for thread in &report.threads {
        let values = of(thread);
        let total = values.values().sum();
        let shown = states
            .iter()
            .map(|s| values[*s])
            .chain([total])
            .map(|v| if v == 0 { "-".into() } else { show(v) });
        row(&mut table, thread_name(report, thread), shown);
    }
    table
}

fn naps(report: &Report) -> Table {
    let reasons = words::seen_reasons(report);
    let heads = ["naps", "total ms", "mean µs", "longest\nms"].map(str::to_owned);
    let wakes = reasons.iter().map(|r| format!("woken by\n{}", r.name().replace('_', "\n")));
    let mut table = table([thread_caption(report)].into_iter().chain(heads).chain(wakes));
    for thread in &report.threads {
        let naps = &thread.naps;
        let values = [
            format!("{}{}", naps.count, if naps.unfinished { "*" } else { "" }),
            words::ms(naps.tb_total, report),
            words::us(naps.tb_mean, report),
            words::ms(naps.tb_max, report),
        ];
        let wakes = reasons.iter().map(|r| naps.wakes[*r].to_string());
        row(&mut table, thread_name(report, thread), values.into_iter().chain(wakes));
    }
    table
}

fn cedes(report: &Report) -> Table {
    let heads = ["given", "returned", "longest\nms"].map(str::to_owned);
    let mut table = table([thread_caption(report)].into_iter().chain(heads));
    for thread in &report.threads {
        let cedes = &thread.cedes;
        let values = [cedes.count.to_string(), cedes.returned.to_string(), words::ms(cedes.tb_max, report)];
        row(&mut table, thread_name(report, thread), values);
    }
    table
}

fn ipis(report: &Report) -> Table {
    let heads = [
        "sent\ndoorbell",
        "sent guest\ndoorbell",
        "sent\nXICS",
        "received\ndoorbell",
        "received guest\ndoorbell",
        "received\nXICS",
        "guest\nentries",
        "guest\nexits",
    ];
    let mut table = table([thread_caption(report)].into_iter().chain(heads.map(str::to_owned)));
    for thread in &report.threads {
        let ipis = thread.ipis.sent.values().chain(thread.ipis.received.values()).copied();
        row(&mut table, thread_name(report, thread), ipis.chain([thread.guest_entries, thread.guest_exits]));
    }
    table
}

/// One column a correction that was applied, the last row for all threads.
fn corrections(report: &Report, applied: &[&str]) -> Table {
    let heads = applied.iter().map(|name| words::printable(name).replace('-', "-\n"));
    let mut table = table([thread_caption(report)].into_iter().chain(heads));
    let all = ("all".to_owned(), &report.corrections);
    let threads = report.threads.iter().map(|thread| (thread_name(report, thread), &thread.corrections));
    for (name, counts) in threads.chain([all]) {
        let counts = applied.iter().map(|name| words::count(counts, name, "-"));
        row(&mut table, name, counts);
    }
    table
}

fn cores(report: &Report) -> Table {
    let heads = ["core", "vcore runs", "held by KVM, ms", "% of run", "in guest, ms", "% of run"];
    let mut table = table(heads.map(str::to_owned));
    for core in &report.cores {
        let percent = |ticks| words::percent(ticks, report.elapsed_tb);
        let ms = |ticks| words::ms(ticks, report);
        let values = [
            core.vcore_runs.to_string(),
            ms(core.tb_kvm),
            percent(core.tb_kvm),
            ms(core.tb_guest),
            percent(core.tb_guest),
        ];
        row(&mut table, core.core.to_string(), values);
    }
    table
}
