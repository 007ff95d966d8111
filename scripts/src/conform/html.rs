// SPDX-License-Identifier: GPL-2.0-or-later
//! The table as a page of its own.

use super::{Conformance, text};
use maud::{DOCTYPE, PreEscaped, html};

const STYLE: &str = "
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 80rem; padding: 0 1rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #8884; }
td.seen { font-family: ui-monospace, monospace; }
small { color: color-mix(in srgb, currentColor 65%, transparent); }
td:last-child { white-space: nowrap; } .equal::before { content: '= '; } .corrected::before { content: '✓ '; } .detected::before { content: '! '; } .wrong::before { content: '✗ '; }
.corrected { color: light-dark(#176b2c, #6fcf87); }  .detected { color: light-dark(#7a5200, #e5b45a); } .wrong { color: light-dark(#a3261b, #ff8f84); }
";

/// The page.
pub fn render(result: &Conformance) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "p8smt: what POWER8 does" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "What POWER8 does, on QEMU alone and with p8smt" }
                p { (result.qemu) ". " (text::summary(result)) "." }
                p { "What a program sees: each thread's number and values, in hexadecimal." }
                div class="wide" {
                    table {
                        thead {
                            tr { th { "rule" } th { "deviation" } th { "POWER8" } th { "stock" } th { "p8smt" } th { "verdict" } }
                        }
                        tbody {
                            @for row in &result.rules {
                                tr id=(row.id) {
                                    td {
                                        b { (row.id) } br; (row.title) br; small { (row.source) }
                                        @if let Some(why) = row.why { br; small { "Not corrected: " (why) } }
                                    }
                                    td { @if let Some(number) = row.deviation { (number) } }
                                    td class="seen" { (row.expected) }
                                    td class="seen" { (row.stock) }
                                    td class="seen" { (row.p8smt) }
                                    td class=(row.verdict.name()) { (row.verdict.name()) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
    .into_string()
}
