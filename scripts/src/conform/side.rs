// SPDX-License-Identifier: GPL-2.0-or-later
//! One program on one QEMU.

use crate::artifacts::Qemu;
use anyhow::{Context, Result, bail, ensure};
use cpu_model::recording::{FILE_NAME, Recording};
use p8smt_conformance::alone::Seen;
use p8smt_conformance::frame::{self, Framed};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;

/// Long enough on a busy host, in seconds; the programs take milliseconds, and end by themselves.
const PATIENCE: &str = "60";
/// What `timeout` ends with where that is over, or a signal where QEMU does not answer it.
const TIMED_OUT: i32 = 124;
const KILLED: i32 = 9;

/// What came of a program.
#[derive(Debug)]
pub struct Sight {
    /// What its threads have seen; `None` where QEMU did not come to the end.
    pub seen: Option<Seen>,
    /// What the plugin says of all that happened; the same where nothing else did.
    pub digest: Option<String>,
    /// Names of what the plugin found.
    pub findings: Vec<String>,
}

/// Runs a program.
///
/// # Errors
/// QEMU does not start, or ends for another reason.
pub fn run(program: &Framed, qemu: &Qemu, plugin: Option<&str>) -> Result<Sight> {
    let dir = tempfile::tempdir().context("cannot make a folder for temporary files")?;
    let image = dir.path().join("image");
    std::fs::write(&image, &program.image).with_context(|| format!("{}: cannot write", image.display()))?;
    let mut command = Command::new("timeout");
    command.args(["--kill-after=5", PATIENCE]).args(&qemu.command);
    command.args([
        "-M",
        "powernv8",
        "-smp",
        "8,threads=8",
        "-m",
        "1G",
        "-display",
        "none",
        "-monitor",
        "none",
    ]);
    // Else QEMU fills 128 MiB of flash first, which takes longer than the program.
    command.args(["-global", "pnv-pnor.size=65536"]);
    command.args(["-serial", "stdio", "-bios"]).arg(&image);
    if let Some(plugin) = plugin {
        let symbols = symbols(program, dir.path())?;
        command.arg("-plugin").arg(format!("{plugin},out={}{symbols}", dir.path().display()));
    }
    let output = command.output().context("timeout (coreutils) does not start")?;
    if output.status.code() == Some(TIMED_OUT) || output.status.signal() == Some(KILLED) {
        return Ok(Sight { seen: None, digest: None, findings: Vec::new() });
    }
    let log = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        bail!("{}: {}: {}", qemu.command.join(" "), output.status, log.lines().last().unwrap_or_default());
    }
    let printed = String::from_utf8_lossy(&output.stdout).replace('\r', "");
    let seen = frame::seen(&printed);
    ensure!(seen.is_some(), "{}: the program printed {printed:?}", qemu.command.join(" "));
    let digest = log.lines().find_map(|line| Some(line.rsplit_once(", digest ")?.1.to_owned()));
    let findings = if plugin.is_some() { findings(dir.path())? } else { Vec::new() };
    Ok(Sight { seen, digest, findings })
}

/// The plugin's option with the program's System.map, if it has names that mean something.
fn symbols(program: &Framed, dir: &Path) -> Result<String> {
    let Some(function) = program.resync else { return Ok(String::new()) };
    let path = dir.join("System.map");
    std::fs::write(&path, format!("{function:016x} T {}\n", frame::RESYNC))
        .with_context(|| format!("{}: cannot write", path.display()))?;
    Ok(format!(",symbols={}", path.display()))
}

fn findings(out: &Path) -> Result<Vec<String>> {
    let path = out.join(FILE_NAME);
    let bytes = std::fs::read(&path).with_context(|| format!("{}: cannot read", path.display()))?;
    let recording = Recording::new(&bytes).with_context(|| path.display().to_string())?;
    let found = recording.summary.unwrap_or_default().findings;
    Ok(found.into_iter().map(|found| found.finding).collect())
}

/// As a QEMU names itself.
///
/// # Errors
/// It does not start.
pub fn version(qemu: &Qemu) -> Result<String> {
    let name = &qemu.command[0];
    let output =
        Command::new(name).arg("--version").output().with_context(|| format!("{name}: does not start"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().next().filter(|line| line.starts_with("QEMU")).map(str::to_owned);
    line.with_context(|| format!("{name}: is no QEMU, `{name} --version` does not say so"))
}
