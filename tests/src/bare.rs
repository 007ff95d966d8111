// SPDX-License-Identifier: GPL-2.0-or-later
//! Programs that run on a core's threads without an operating system (`tests/programs`).

use crate::{artifacts, out};
use cpu_model::recording::{FILE_NAME, Recording};
use p8smt_scripts::artifacts::root;
use std::path::Path;
use std::process::Command;

/// The assembler that the kernel's build needs too.
const CROSS: &str = "powerpc64le-linux-gnu-";
/// Long enough on a busy host, in seconds; the programs take milliseconds.
const PATIENCE: &str = "60";

/// Runs a program on two threads with the plugin's options, and gives back the line that it prints.
pub fn verdict(program: &str, options: &str) -> String {
    let name: String = options.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    run(program, options, &out(&format!("bare-{program}-{name}")))
}

/// What the plugin finds of a program, whose verdict is 0: name and thread, in the order of addresses.
pub fn findings(program: &str) -> Vec<(String, u32)> {
    let out = out(&format!("bare-{program}"));
    assert_eq!(run(program, &format!("lint=on,log=error,out={}", out.display()), &out), "0000");
    let recording = std::fs::read(out.join(FILE_NAME)).expect("a recording");
    let summary = Recording::new(&recording).expect("a recording").summary.expect("QEMU has ended");
    let mut found = summary.findings;
    found.sort_by_key(|found| found.pc);
    found.into_iter().map(|found| (found.finding, found.thread)).collect()
}

fn run(program: &str, options: &str, out: &Path) -> String {
    let image = out.join("image");
    assemble(program, &out.join("object"), &image);
    let console = out.join("console.log");
    let _ = std::fs::remove_file(&console);
    let artifacts = artifacts();
    let output = Command::new("timeout")
        .args(["--kill-after=5", PATIENCE])
        .args(&artifacts.qemu.command)
        .args(["-M", "powernv8", "-smp", "2,threads=2", "-m", "1G"])
        .args(["-display", "none", "-monitor", "none"])
        .args(["-serial", &format!("file:{}", console.display()), "-bios"])
        .arg(&image)
        .args(["-plugin", &format!("{},{options}", artifacts.plugin.display())])
        .output()
        .expect("timeout (coreutils)");
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {}: {log}", output.status);
    std::fs::read_to_string(&console).unwrap_or_else(|e| panic!("{}: {e}", console.display())).trim().into()
}

fn assemble(program: &str, object: &Path, image: &Path) {
    let programs = root().join("tests/programs");
    let mut assembler = Command::new(format!("{CROSS}as"));
    assembler.args(["-mbig", "-a64", "-mpower8", "-I"]).arg(&programs).arg("-o").arg(object);
    done(assembler.arg(programs.join(program).with_extension("s")));
    let mut copy = Command::new(format!("{CROSS}objcopy"));
    done(copy.args(["-O", "binary", "-j", ".text"]).arg(object).arg(image));
}

fn done(command: &mut Command) {
    let status = command.status().unwrap_or_else(|e| panic!("{command:?}: {e}; run scripts/setup"));
    assert!(status.success(), "{command:?}: {status}");
}
