// SPDX-License-Identifier: GPL-2.0-or-later
//! What the kernel series' cover letter claims.

use p8smt_scripts::artifacts::root;
use regex::Regex;

/// The number that stands between `before` and `after` in the cover letter, however its lines are broken.
///
/// # Panics
/// Where there is none.
pub fn figure(before: &str, after: &str) -> f64 {
    let letter = root().join("kernel-patches/6.12/0000-cover-letter.patch");
    let letter = std::fs::read_to_string(&letter).unwrap_or_else(|e| panic!("{}: {e}", letter.display()));
    let letter = letter.split_whitespace().collect::<Vec<_>>().join(" ");
    let pattern = format!("{} ([0-9.,]+) {}", regex::escape(before), regex::escape(after));
    let found = Regex::new(&pattern).expect("a pattern").captures(&letter);
    let figure = found.unwrap_or_else(|| panic!("no word of {before} … {after}"))[1].replace(',', "");
    figure.parse().expect("a number")
}
