// SPDX-License-Identifier: GPL-2.0-or-later
//! The page's numbers.

use super::{label, thread_label};
use crate::report::contract::{Report, Thread};
use crate::report::words;
use cpu_model::State;
use enum_map::EnumMap;
use maud::{Markup, html};

/// What ran.
pub(super) fn facts(report: &Report) -> Markup {
    html! {
        dl.facts {
            @for (caption, text) in words::facts(report) {
                dt { (caption) }
                dd { (words::printable(&text)) }
            }
        }
    }
}

/// Every table.
pub(super) fn all(report: &Report, states: &[State]) -> Markup {
    let elapsed = report.elapsed_tb;
    html! {
        h2 { "The numbers" }
        (by_state(report, states, "Time in % of the run", |t| t.tb, |v| words::percent(v, elapsed)))
        (by_state(report, states, "Time in ms", |t| t.tb, |v| words::ms(v, report)))
        (by_state(report, states, "Instructions in millions", |t| t.instructions, words::millions))
        (naps(report))
        @if words::ceded(report) { (cedes(report)) }
        (ipis(report))
        (cores(report))
        @if !words::applied(report).is_empty() { (corrections(report)) }
    }
}

/// Injections, what could not be told, what came from outside.
pub(super) fn notes(report: &Report) -> Markup {
    html! {
        @if !report.injections.is_empty() {
            h2 { "Injections" }
            p { "How often a fault was put on a thread." }
            (table("Injections", &["injection".into(), "times".into()],
                report.injections.iter().map(|i| (words::printable(&words::injection(i)), vec![i.count.to_string()]))))
        }
        @if !report.findings.is_empty() {
            h2 { "Findings" }
            p { "What POWER8 does not promise to bear, or what the emulator does otherwise." }
            (table("Findings", &["finding".into(), "times".into()],
                report.findings.iter().map(|f| (words::printable(&words::finding(f)), vec![f.count.to_string()]))))
        }
        @if !report.cannot_tell.is_empty() {
            h2 { "What this report could not tell" }
            ul { @for what in &report.cannot_tell { li { (words::printable(what)) } } }
        }
        @if !report.outside.is_empty() {
            h2 { "From outside" }
            p { "After the first of these another run may differ." }
            ul { @for o in &report.outside { li { (words::printable(&words::outside(o, report))) } } }
        }
        @if report.lost_events > 0 {
            h2 { "Lost" }
            p { (report.lost_events) " events could not be written and are missing above." }
        }
    }
}

fn table(caption: &str, head: &[String], rows: impl Iterator<Item = (String, Vec<String>)>) -> Markup {
    html! {
        div.scroll {
            table {
                caption { (caption) }
                thead { tr { @for name in head { th scope="col" { (name) } } } }
                tbody {
                    @for (name, values) in rows {
                        tr { th scope="row" { (name) } @for value in values { td { (value) } } }
                    }
                }
            }
        }
    }
}

fn by_state(
    report: &Report,
    states: &[State],
    caption: &str,
    of: impl Fn(&Thread) -> EnumMap<State, u64>,
    show: impl Fn(u64) -> String,
) -> Markup {
    let labels = states.iter().map(|s| label(*s));
    let head: Vec<String> = ["".to_owned()].into_iter().chain(labels).chain(["total".to_owned()]).collect();
    let rows = report.threads.iter().map(|thread| {
        let values = of(thread);
        let all = states.iter().map(|s| values[*s]).chain([values.values().sum()]);
        let shown = all.map(|v| if v == 0 { "–".to_owned() } else { show(v) });
        (thread_label(report, thread), shown.collect())
    });
    table(caption, &head, rows)
}

fn naps(report: &Report) -> Markup {
    let reasons = words::seen_reasons(report);
    let heads = ["", "naps", "total ms", "mean µs", "longest ms"].map(str::to_owned);
    let wakes = reasons.iter().map(|r| format!("by {}", r.name().replace('_', " ")));
    let head: Vec<String> = heads.into_iter().chain(wakes).collect();
    let rows = report.threads.iter().map(|thread| {
        let naps = &thread.naps;
        let mut values = vec![
            naps.count.to_string(),
            words::ms(naps.tb_total, report),
            words::us(naps.tb_mean, report),
            words::ms(naps.tb_max, report),
        ];
        values.extend(reasons.iter().map(|r| naps.wakes[*r].to_string()));
        (thread_label(report, thread), values)
    });
    table("Naps, and what ended them", &head, rows)
}

fn cedes(report: &Report) -> Markup {
    let head = ["", "given", "returned", "longest ms"].map(str::to_owned);
    let rows = report.threads.iter().map(|thread| {
        let cedes = &thread.cedes;
        let values =
            vec![cedes.count.to_string(), cedes.returned.to_string(), words::ms(cedes.tb_max, report)];
        (thread_label(report, thread), values)
    });
    table("Given to KVM while a guest had the core", &head, rows)
}

fn ipis(report: &Report) -> Markup {
    let head = [
        "",
        "sent: doorbell",
        "guest doorbell",
        "XICS",
        "received: doorbell",
        "guest doorbell",
        "XICS",
        "guest entries",
        "guest exits",
    ]
    .map(str::to_owned);
    let rows = report.threads.iter().map(|thread| {
        let ipis = thread.ipis.sent.values().chain(thread.ipis.received.values());
        let values = ipis.chain([&thread.guest_entries, &thread.guest_exits]).map(u64::to_string);
        (thread_label(report, thread), values.collect())
    });
    table("Inter-processor interrupts and guest entries", &head, rows)
}

fn corrections(report: &Report) -> Markup {
    let applied = words::applied(report);
    let head: Vec<String> =
        ["".to_owned()].into_iter().chain(applied.iter().map(|name| words::printable(name))).collect();
    let threads = report.threads.iter().map(|thread| (thread_label(report, thread), &thread.corrections));
    let rows = threads
        .chain([("all".to_owned(), &report.corrections)])
        .map(|(name, counts)| (name, applied.iter().map(|name| words::count(counts, name, "–")).collect()));
    table("Corrections of the emulator", &head, rows)
}

fn cores(report: &Report) -> Markup {
    let head =
        ["", "vcore runs", "held by KVM, ms", "% of run", "in guest, ms", "% of run"].map(str::to_owned);
    let rows = report.cores.iter().map(|core| {
        let share = |ticks| [words::ms(ticks, report), words::percent(ticks, report.elapsed_tb)];
        let times = share(core.tb_kvm).into_iter().chain(share(core.tb_guest));
        (format!("core {}", core.core), [core.vcore_runs.to_string()].into_iter().chain(times).collect())
    });
    table("Cores", &head, rows)
}
