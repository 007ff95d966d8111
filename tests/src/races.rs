// SPDX-License-Identifier: GPL-2.0-or-later
//! Data races that a kernel with KCSAN finds, and which of them are the series'.

use p8smt_scripts::artifacts::root;
use p8smt_scripts::badness::DATA_RACE;
use p8smt_scripts::protocol::Body;
use p8smt_scripts::run::Outcome;
use regex::Regex;
use std::collections::BTreeSet;
use std::path::Path;

/// Two functions that run at once.
pub type Race = [String; 2];

/// What is mainline's though the series has changed one of the functions elsewhere.
///
/// `kvmhv_commence_exit` reads `entry_exit_map` as it is before it is exchanged, which finds out if it was torn or old.
const OF_MAINLINE: [[&str; 2]; 1] = [["kvmhv_commence_exit", "kvmhv_commence_exit"]];
/// `kernel/locking/qspinlock.c` tries to take a lock by looking at all of it while another CPU writes its bytes.
const LOCK: &str = "_raw_spin_";
/// Real mode's addresses lack the linear map's.
const LINEAR_MAP: u64 = 0xc000_0000_0000_0000;

/// The races that `outcome` tells of, each once. `symbols`: the kernel's `System.map`, for the names of code that ran in real
/// mode.
///
/// # Panics
/// Where `symbols` cannot be read.
pub fn races(outcome: &Outcome, symbols: &Path) -> BTreeSet<Race> {
    let symbols = std::fs::read_to_string(symbols).unwrap_or_else(|e| panic!("{}: {e}", symbols.display()));
    let titles = outcome.frames.iter().filter_map(|frame| match &frame.body {
        Body::Kmsg { line, .. } => line.split_once(DATA_RACE)?.1.split_once(" / "),
        _ => None,
    });
    titles.map(|(one, other)| [one, other].map(|name| function(name, &symbols))).collect()
}

/// A function's name without what the compiler has made of it; of an address, the name of the function there.
fn function(name: &str, symbols: &str) -> String {
    let name = name.trim();
    let there = name.strip_prefix("0x").and_then(|digits| u64::from_str_radix(digits, 16).ok());
    let named = there.and_then(|address| {
        let of_line = |line: &str| {
            let (start, rest) = line.split_once(' ')?;
            Some((u64::from_str_radix(start, 16).ok()?, rest.split_once(' ')?.1.to_owned()))
        };
        let before = symbols.lines().filter_map(of_line).filter(|(start, _)| *start <= address | LINEAR_MAP);
        before.max_by_key(|(start, _)| *start).map(|(_, name)| name)
    });
    let name = named.unwrap_or_else(|| name.into());
    name.split('.').next().unwrap_or_default().to_owned()
}

/// Whether a race is the series': it names a function that the series adds or changes, and is none that mainline has.
pub fn is_of_series(race: &Race, of_series: &BTreeSet<String>) -> bool {
    let [one, other] = race.each_ref().map(String::as_str);
    race.iter().any(|name| of_series.contains(name))
        && !race.iter().any(|name| name.starts_with(LOCK))
        && !OF_MAINLINE.iter().any(|known| *known == [one, other] || *known == [other, one])
}

/// The functions that the series adds or changes: those that its patches define, or that a hunk begins in.
///
/// # Panics
/// Where the series cannot be read.
pub fn functions_of_series() -> BTreeSet<String> {
    let folder = root().join("kernel-patches/6.12");
    let read = |name: &str| {
        let path = folder.join(name);
        std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    };
    let series = read("series");
    let patches = series.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    patches.flat_map(|name| functions_of_patch(&read(name))).collect()
}

fn functions_of_patch(patch: &str) -> BTreeSet<String> {
    // A definition begins in the first column, and does not end in the same line as a declaration does.
    let defined = Regex::new(r"^(?:@@ .* @@ |[+ ])[A-Za-z_][^=;]*?\b(\w+)\([^;]*$").expect("a fixed pattern");
    let lines = patch.lines().filter_map(|line| defined.captures(line));
    lines.map(|found| found[1].to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_are_found_and_calls_are_not() {
        let patch = "@@ -1,2 +3,4 @@ static int begun(void)\n\
                     +bool added(int a,\n+\t  int b)\n+\tcalled(a);\n+bool declared(int a);\n static void around(void)\n";
        let names: Vec<String> = functions_of_patch(patch).into_iter().collect();
        assert_eq!(names, ["added", "around", "begun"]);
    }

    #[test]
    fn code_in_real_mode_has_a_name() {
        let map = "c000000000120500 T first\nc000000000120600 T second\n";
        assert_eq!(function("0x120550", map), "first");
        assert_eq!(function("kvmppc_run_core.constprop.0", map), "kvmppc_run_core");
    }

    #[test]
    fn a_race_of_the_series_is_told_from_mainlines() {
        let of_series = ["kvmhv_cede_thread", "kvmhv_commence_exit"].map(str::to_owned).into();
        let race = |one: &str, other: &str| [one.to_owned(), other.to_owned()];
        assert!(is_of_series(&race("kvmppc_run_core", "kvmhv_cede_thread"), &of_series));
        assert!(!is_of_series(&race("hvc_write", "khvcd"), &of_series));
        assert!(!is_of_series(&race("_raw_spin_lock", "kvmhv_cede_thread"), &of_series));
        assert!(!is_of_series(&race("kvmhv_commence_exit", "kvmhv_commence_exit"), &of_series));
    }

    #[test]
    fn the_series_has_its_functions() {
        let of_series = functions_of_series();
        for name in ["kvmhv_cede_thread", "power7_cede", "kvmppc_run_core", "stop_cpus_async"] {
            assert!(of_series.contains(name), "{name}");
        }
    }
}
