// SPDX-License-Identifier: GPL-2.0-or-later
//! A stacked bar for each thread.

use super::{class, label, thread_label};
use crate::report::contract::Report;
use crate::report::words;
use cpu_model::State;
use maud::{Markup, html};

const LABEL: f64 = 110.0;
const BAR: f64 = 880.0;
/// Right of the bars, as right of the timelines.
const MARGIN: f64 = 10.0;
const HEIGHT: f64 = 20.0;
const STEP: f64 = 26.0;

/// Draws the bars. Each part tells its share when pointed at.
pub(super) fn draw(report: &Report, states: &[State]) -> Markup {
    let height = STEP * report.threads.len() as f64;
    html! {
        div.scroll { svg.chart role="img" aria-label="Stacked bar of each thread's time by state; the numbers are in the table below"
            viewBox=(format!("0 0 {} {height}", LABEL + BAR + MARGIN)) {
            @for (row, thread) in report.threads.iter().enumerate() {
                @let y = row as f64 * STEP;
                text x="0" y=(y + HEIGHT * 0.72) { (thread_label(report, thread)) }
                @for (state, x, width) in parts(&states.iter().map(|s| (*s, thread.tb[*s])).collect::<Vec<_>>(), report.elapsed_tb) {
                    rect class=(class(state)) x=(format!("{:.2}", LABEL + x)) y=(y) width=(format!("{width:.2}")) height=(HEIGHT) {
                        title {
                            (thread_label(report, thread)) ": " (label(state)) " "
                            (words::percent(thread.tb[state], report.elapsed_tb)) " %, "
                            (words::ms(thread.tb[state], report)) " ms"
                        }
                    }
                }
            }
        } }
    }
}

/// Where each state's part begins, and its width.
fn parts(ticks: &[(State, u64)], elapsed: u64) -> Vec<(State, f64, f64)> {
    let scale = BAR / elapsed.max(1) as f64;
    let mut before = 0;
    let mut parts = Vec::new();
    for (state, ticks) in ticks.iter().filter(|(_, ticks)| *ticks > 0) {
        parts.push((*state, before as f64 * scale, *ticks as f64 * scale));
        before += ticks;
    }
    parts
}
