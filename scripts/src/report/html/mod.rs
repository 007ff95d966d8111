// SPDX-License-Identifier: GPL-2.0-or-later
//! The report as one self-contained page: no script, nothing loaded from elsewhere.

mod axis;
mod bars;
mod lanes;
mod tables;

use super::build::Reported;
use super::contract::{Report, Thread};
use super::words;
use cpu_model::State;
use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = include_str!("style.css");

/// Renders the page.
pub(super) fn render(reported: &Reported) -> String {
    let report = &reported.report;
    page(reported, &title(report)).into_string()
}

fn title(report: &Report) -> String {
    let scenario = if report.run.scenario.is_empty() { "a run" } else { &report.run.scenario };
    format!("p8smt: {} on {} POWER8 threads", words::printable(scenario), report.threads.len())
}

fn page(reported: &Reported, title: &str) -> Markup {
    let report = &reported.report;
    let states = words::seen_states(report);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    h1 { (title) }
                    (tables::facts(report))
                    h2 { "Where each thread's time went" }
                    p { "One bar a hardware thread, the whole run from left to right, sorted by state." }
                    (legend(&states))
                    (bars::draw(report, &states))
                    h2 { "What each thread did when" }
                    p { "One lane a thread, time from left to right. Where states change faster than the picture "
                        "can show, a column has the colour of the state that holds most of it." }
                    (lanes::draw(report, &reported.drawn.whole, "The whole run"))
                    @if let Some(guests) = &reported.drawn.guests {
                        (lanes::draw(report, guests, "The part with guests"))
                    }
                    @if let Some((number, entry)) = &reported.drawn.entry {
                        (lanes::draw(report, entry, &format!("A guest entry from close by, vcore run {number}")))
                    }
                    (tables::all(report, &states))
                    (tables::notes(report))
                }
            }
        }
    }
}

fn legend(states: &[State]) -> Markup {
    html! {
        ul.legend {
            @for state in states {
                li {
                    span class={ "swatch " (class(*state)) } {}
                    span { b { (label(*state)) } " " (words::meaning(*state)) }
                }
            }
        }
    }
}

/// The CSS class that colours a state.
fn class(state: State) -> String {
    format!("s-{}", state.name())
}

fn label(state: State) -> String {
    state.name().replace('_', " ")
}

fn thread_label(report: &Report, thread: &Thread) -> String {
    if report.run.cores > 1 {
        format!("core {} thread {}", thread.core, thread.thread)
    } else {
        format!("thread {}", thread.thread)
    }
}
