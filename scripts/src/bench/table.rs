// SPDX-License-Identifier: GPL-2.0-or-later
//! The benchmark's tables.

use super::measure::Bench;
use crate::table::render;

/// For a terminal.
pub(super) fn text(bench: &Bench) -> String {
    let seconds = bench.seconds.iter().map(|(name, s)| vec![(*name).to_owned(), format!("{s:.2}")]);
    let ratios = bench.ratios.iter().map(|r| {
        let of = format!("{} / {}", r.of, r.against);
        vec![of, format!("{:.2}", r.ratio), format!("≤ {}", r.target), holds(r.met).to_owned()]
    });
    let (bytes, target, met) = bench.bytes_an_event();
    let size = vec![
        format!("bytes of recording an event ({} events)", bench.events),
        format!("{bytes:.1}"),
        format!("≤ {target}"),
        holds(met).to_owned(),
    ];
    let demo = vec![
        "scripts/demo with everything set up, s".to_owned(),
        format!("{:.1}", bench.demo_seconds),
        "–".to_owned(),
        String::new(),
    ];
    let head = format!("Wall time in s, median of {}", bench.rounds);
    format!(
        "{}\n{}",
        render(&[head.as_str(), ""], seconds),
        render(&["Ratio, median of each round's", "Is", "Target", "Holds"], ratios.chain([size, demo]))
    )
}

fn holds(met: bool) -> &'static str {
    if met { "yes" } else { "no" }
}
