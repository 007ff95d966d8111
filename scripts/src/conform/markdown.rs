// SPDX-License-Identifier: GPL-2.0-or-later
//! The table as a page for a repository.

use super::{Conformance, text};
use std::fmt::Write as _;

/// The page.
pub fn render(result: &Conformance) -> String {
    let mut out = format!(
        "# What POWER8 does, on QEMU alone and with p8smt\n\n\
         Made by `p8smt conform --format md` with {}. What a program sees: each thread's number and values, in\n\
         hexadecimal; the model says what that is on POWER8.\n\n\
         | rule | deviation | what POWER8 does | POWER8 | stock | p8smt | verdict |\n\
         | --- | --- | --- | --- | --- | --- | --- |\n",
        result.qemu
    );
    for row in &result.rules {
        let deviation = row.deviation.map_or_else(String::new, |number| number.to_string());
        let cells =
            [row.id, &deviation, row.title, &row.expected, &row.stock, &row.p8smt, row.verdict.name()];
        writeln!(out, "| {} |", cells.map(|cell| cell.replace('|', "\\|")).join(" | "))
            .expect("a String takes all");
    }
    write!(out, "\n{}.\n", text::summary(result)).expect("a String takes all");
    for (n, (id, why)) in text::whys(result).enumerate() {
        let head = if n == 0 { "\nDetected, not corrected:\n\n" } else { "" };
        writeln!(out, "{head}- `{id}`: {why}").expect("a String takes all");
    }
    out
}
