// SPDX-License-Identifier: GPL-2.0-or-later
//! Where the processor time of a run goes, by perf.

use super::sides::scratch;
use crate::table::render;
use anyhow::{Context, Result, bail, ensure};
use serde::Serialize;
use std::collections::BTreeMap;
use std::process::{Command, Stdio};

const NO_PERF: &str = "perf is not there; install it (Debian: apt-get install linux-perf)";
/// Samples a second.
const RATE: &str = "997";
/// Functions that are listed by name.
const MOST: usize = 15;

/// Where time goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
enum Part {
    #[serde(rename = "translated code")]
    Translated,
    #[serde(rename = "QEMU helpers")]
    Helpers,
    #[serde(rename = "QEMU softmmu, translator, devices")]
    Qemu,
    #[serde(rename = "host kernel: handing over turns, faults")]
    Kernel,
    #[serde(rename = "plugin")]
    Plugin,
    #[serde(rename = "writer of the recording")]
    Writer,
    #[serde(rename = "libc, glib, loader")]
    Libraries,
}

impl Part {
    const ALL: [(Part, &str); 7] = [
        (Part::Translated, "translated code"),
        (Part::Helpers, "QEMU helpers"),
        (Part::Qemu, "QEMU softmmu, translator, devices"),
        (Part::Kernel, "host kernel: handing over turns, page faults"),
        (Part::Plugin, "plugin"),
        (Part::Writer, "writer of the recording"),
        (Part::Libraries, "libc, glib, loader"),
    ];

    fn of(thread: &str, object: &str, symbol: &str) -> Part {
        if thread.starts_with("p8smt-writer") {
            Part::Writer
        } else if object.contains("kernel") || object.contains("[guest.kernel") {
            Part::Kernel
        } else if object.contains("libp8smt") {
            Part::Plugin
        } else if object.contains("qemu-system") {
            if symbol.starts_with("helper_") { Part::Helpers } else { Part::Qemu }
        } else if object.contains(".so") || object == "[vdso]" {
            Part::Libraries
        } else {
            // What QEMU generates has no file.
            Part::Translated
        }
    }
}

/// A profile.
#[derive(Debug, Serialize)]
pub(super) struct Profile {
    /// Shares in percent.
    parts: BTreeMap<Part, f64>,
    /// The most expensive functions, in percent, with their object.
    functions: Vec<(f64, String)>,
}

/// Profiles a run of the four-thread Debian guest.
///
/// # Errors
/// Where perf is not there or may not measure, or the run fails.
pub(super) fn profile() -> Result<Profile> {
    let there = Command::new("perf").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    ensure!(there.is_ok_and(|status| status.success()), NO_PERF);
    let out = scratch()?;
    let data = out.path().join("perf.data");
    let p8smt = std::env::current_exe().context("the path of this command")?;
    let mut record = Command::new("perf");
    record.args(["record", "-q", "-e", "cpu-clock", "-F", RATE, "-o"]).arg(&data).arg("--");
    record.arg(p8smt).args(["run", "kvm", "--out"]).arg(out.path().join("run"));
    let output = record.stdin(Stdio::null()).output().context("perf record")?;
    if !output.status.success() {
        let all = [output.stderr, output.stdout].concat();
        bail!("the profiled run failed:\n{}", String::from_utf8_lossy(&all).trim_end());
    }
    let mut report = Command::new("perf");
    report.args(["report", "--stdio", "-q", "-g", "none", "-F", "sample,comm,dso,sym", "-t", "\t", "-i"]);
    let output = report.arg(&data).output().context("perf report")?;
    ensure!(output.status.success(), "perf report: {}", String::from_utf8_lossy(&output.stderr).trim_end());
    parse(&String::from_utf8_lossy(&output.stdout))
}

fn parse(report: &str) -> Result<Profile> {
    let mut parts = BTreeMap::new();
    let mut functions: BTreeMap<String, f64> = BTreeMap::new();
    for line in report.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        let [samples, thread, object, symbol] = line.splitn(4, '\t').map(str::trim).collect::<Vec<_>>()[..]
        else {
            bail!("perf report: cannot read the line '{line}'");
        };
        let samples: f64 = samples.parse().with_context(|| format!("perf report: {line}"))?;
        let symbol = symbol.get(4..).unwrap_or_default().trim();
        let part = Part::of(thread, object, symbol);
        *parts.entry(part).or_insert(0.0) += samples;
        if part != Part::Translated && !symbol.starts_with("0x") {
            *functions.entry(format!("{symbol} ({object})")).or_default() += samples;
        }
    }
    let all: f64 = parts.values().sum();
    ensure!(all > 0.0, "perf recorded nothing");
    parts.values_mut().chain(functions.values_mut()).for_each(|samples| *samples *= 100.0 / all);
    let mut functions: Vec<_> = functions.into_iter().map(|(name, share)| (share, name)).collect();
    functions.sort_by(|a, b| b.0.total_cmp(&a.0));
    functions.truncate(MOST);
    Ok(Profile { parts, functions })
}

impl Profile {
    /// For a terminal.
    pub fn text(&self) -> String {
        let share = |part| self.parts.get(&part).copied().unwrap_or_default();
        let parts = Part::ALL.map(|(part, name)| vec![name.to_owned(), format!("{:.1}", share(part))]);
        let functions = self.functions.iter().map(|(share, name)| vec![name.clone(), format!("{share:.1}")]);
        format!(
            "{}\n{}",
            render(&["Debian guest of 4 threads, power-on to power-off", "%"], parts),
            render(&["Of these, functions with names", "%"], functions)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_told_apart() {
        let report = "\n     40\tCPU 0/TCG\tqemu-system-ppc64\t[.] helper_lookup_tb_ptr\n\
                      20\tCPU 0/TCG\tqemu-system-ppc64\t[.] tcg_gen_code\n\
                      10\tCPU 1/TCG\t[kernel.kallsyms]\t[k] finish_task_switch.isra.0\n\
                      4\tCPU 1/TCG\tlibp8smt.so\t[.] p8smt::turns::quantum_end\n\
                      1\tp8smt-writer\tlibp8smt.so\t[.] xxh3\n\
                      125\tCPU 2/TCG\t[JIT] tid 29489\t[.] 0x00007f0000000000\n";
        let profile = parse(report).unwrap();
        let shares: Vec<_> = profile.parts.iter().map(|(part, share)| (*part, *share)).collect();
        let expected = [
            (Part::Translated, 62.5),
            (Part::Helpers, 20.0),
            (Part::Qemu, 10.0),
            (Part::Kernel, 5.0),
            (Part::Plugin, 2.0),
            (Part::Writer, 0.5),
        ];
        assert_eq!(shares, expected);
        assert_eq!(profile.functions[0].1, "helper_lookup_tb_ptr (qemu-system-ppc64)");
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        assert!(parse("").is_err());
        assert!(parse("a line").is_err());
    }
}
