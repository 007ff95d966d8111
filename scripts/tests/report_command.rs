// SPDX-License-Identifier: GPL-2.0-or-later
//! `p8smt report` as it is called.
mod synthetic;

use std::path::Path;
use std::process::{Command, Output};
use synthetic::{Shape, record};

fn p8smt(args: &[&Path]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_p8smt")).arg("report").args(args).output().expect("p8smt starts")
}

fn refusal(args: &[&Path]) -> String {
    let output = p8smt(args);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn reads_a_directory_or_its_recording() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("recording.p8smt");
    std::fs::write(&file, record(Shape { threads: 8, vcore_runs: 4 }, false)).unwrap();
    let (of_dir, of_file) = (p8smt(&[dir.path()]), p8smt(&[&file]));
    assert!(of_dir.status.success(), "{of_dir:?}");
    assert_eq!(of_dir.stdout, of_file.stdout);
    assert!(String::from_utf8(of_dir.stdout).unwrap().contains("outcome   ok"));

    let out = dir.path().join("report.html");
    let args = ["--format", "html", "-o"].map(Path::new);
    let to_file = p8smt(&[dir.path(), args[0], args[1], args[2], &out]);
    assert!(to_file.status.success() && to_file.stdout.is_empty());
    assert!(std::fs::read_to_string(&out).unwrap().starts_with("<!DOCTYPE html>"));
}

#[test]
fn says_what_is_wrong_and_what_would_be_right() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("nowhere");
    assert_eq!(
        refusal(&[&missing]),
        format!(
            "p8smt: {}: no such directory; give the one that `p8smt run --out DIR` wrote to\n",
            missing.display()
        )
    );
    assert!(refusal(&[dir.path()]).contains("no recording.p8smt in it"));
    let text = dir.path().join("recording.p8smt");
    std::fs::write(&text, "just some text, long enough to be read\n").unwrap();
    let refused = refusal(&[dir.path()]);
    assert_eq!(refused, format!("p8smt: {}: not a p8smt recording (no chunk at byte 0)\n", text.display()));
    std::fs::write(&text, record(Shape { threads: 8, vcore_runs: 0 }, false)).unwrap();
    let unwritable = refusal(&[dir.path(), Path::new("-o"), &missing.join("r.txt")]);
    assert!(unwritable.contains("cannot write") && unwritable.contains("nowhere/r.txt"), "{unwritable}");
}

/// As with `p8smt … 2>&1 | head`: that nobody hears why is no panic.
#[test]
fn somebody_who_has_read_enough() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let status =
        Command::new(env!("CARGO_BIN_EXE_p8smt")).args(["report", "/nowhere"]).stderr(writer).status();
    assert_eq!(status.expect("p8smt starts").code(), Some(1));
}
