// SPDX-License-Identifier: GPL-2.0-or-later
//! The table on a terminal.

use super::{Conformance, Verdict};
use crate::table;

const HEAD: [&str; 6] = ["rule", "deviation", "POWER8", "stock", "p8smt", "verdict"];

/// The table, and what comes of it in a line.
pub fn render(result: &Conformance) -> String {
    let rows = result.rules.iter().map(|row| {
        let deviation = row.deviation.map_or_else(|| "-".into(), |number| number.to_string());
        let verdict = row.verdict.name().to_owned();
        vec![
            row.id.to_owned(),
            deviation,
            row.expected.clone(),
            row.stock.clone(),
            row.p8smt.clone(),
            verdict,
        ]
    });
    let why: String = whys(result).map(|(id, why)| format!("{id}: {why}\n")).collect();
    let why = if why.is_empty() { why } else { format!("Detected, not corrected:\n{why}\n") };
    format!("{}\n\n{}\n{why}{}\n", result.qemu, table::render(&HEAD, rows), summary(result))
}

/// The rules that are detected, and why they are not corrected.
pub fn whys(result: &Conformance) -> impl Iterator<Item = (&str, &str)> {
    result.rules.iter().filter_map(|row| Some((row.id, row.why?)))
}

/// How many of each verdict.
pub fn summary(result: &Conformance) -> String {
    let count = |verdict| result.rules.iter().filter(|row| row.verdict == verdict).count();
    let claimed = result.rules.iter().filter(|row| row.verdict == Verdict::Wrong && row.claimed).count();
    let broken = if claimed == 0 { String::new() } else { format!(", {claimed} of them said to be right") };
    format!(
        "{} rules: {} equal, {} corrected, {} detected, {} wrong{broken}",
        result.rules.len(),
        count(Verdict::Equal),
        count(Verdict::Corrected),
        count(Verdict::Detected),
        count(Verdict::Wrong),
    )
}
