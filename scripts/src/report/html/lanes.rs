// SPDX-License-Identifier: GPL-2.0-or-later
//! A timeline: one lane for each thread.

use super::{axis, class, label, thread_label};
use crate::report::contract::Report;
use crate::report::timeline::Timeline;
use maud::{Markup, html};

const LABEL: usize = 110;
/// Columns that time is shown in.
const PIXELS: usize = 880;
const HEIGHT: usize = 18;
const STEP: usize = 22;
const AXIS: usize = 24;

/// Draws one timeline under its caption.
pub(super) fn draw(report: &Report, timeline: &Timeline, caption: &str) -> Markup {
    let lanes = timeline.lanes(PIXELS);
    let bottom = STEP * lanes.len();
    let range = format!("{caption}: {} to {}", at(timeline, 0), at(timeline, PIXELS));
    html! {
        figure {
            figcaption { (range) }
            div.scroll { svg.chart role="img" aria-label=(format!("{range}; each thread's state over time"))
                viewBox=(format!("0 0 {} {}", LABEL + PIXELS + 10, bottom + AXIS)) {
                @for (row, (lane, thread)) in lanes.iter().zip(&report.threads).enumerate() {
                    text x="0" y=(row * STEP + 13) { (thread_label(report, thread)) }
                    g shape-rendering="crispEdges" {
                        @for (state, pixels) in lane {
                            rect class=(class(*state)) x=(LABEL + pixels.start) y=(row * STEP) width=(pixels.len()) height=(HEIGHT) {
                                title { (thread_label(report, thread)) ", "
                                    (at(timeline, pixels.start)) " to " (at(timeline, pixels.end)) ": "
                                    (label(*state)) }
                            }
                        }
                    }
                }
                @for mark in axis::marks(timeline.from, timeline.to) {
                    @let x = LABEL as f64 + PIXELS as f64 * timeline.share(mark.tb);
                    line.axis x1=(x) x2=(x) y1="0" y2=(bottom + 4) {}
                    text.axis x=(x) y=(bottom + 18) text-anchor=(if timeline.share(mark.tb) > 0.97 { "end" } else { "middle" }) {
                        (mark.label)
                    }
                }
            }
            }
        }
    }
}

/// When a column begins.
fn at(timeline: &Timeline, pixel: usize) -> String {
    let length = timeline.to - timeline.from;
    let ticks = u128::from(length) * pixel as u128 / PIXELS as u128;
    axis::seconds(timeline.from + ticks as u64, length / PIXELS as u64)
}
