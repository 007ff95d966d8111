// SPDX-License-Identifier: GPL-2.0-or-later
//! The assembler and the disassembler that the decoder and the SPR table are held against.
//!
//! They are Debian's cross binutils, and a test without them fails: a check that was not made did not pass.
#![allow(dead_code, reason = "each test binary uses a part")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A directory that only the test called `name` uses.
fn scratch(name: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&dir).unwrap_or_else(|e| panic!("cannot make {}: {e}", dir.display()));
    dir
}

fn run(tool: &str, args: &[&str], dir: &Path) -> String {
    let program = format!("powerpc64le-linux-gnu-{tool}");
    let output = Command::new(&program).args(args).current_dir(dir).output().unwrap_or_else(|e| {
        panic!("cannot run {program} ({e}): install the Debian package binutils-powerpc64le-linux-gnu")
    });
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {args:?}: {}\n{complaints}", output.status);
    String::from_utf8(output.stdout).expect("binutils write ASCII")
}

/// The words that `lines` of assembly become, one each, for the processor `cpu`.
pub fn assemble(name: &str, cpu: &str, lines: &[String]) -> Vec<u32> {
    let dir = scratch(name);
    fs::write(dir.join("in.s"), lines.join("\n") + "\n").expect("scratch file");
    run("as", &[&format!("-m{cpu}"), "-a64", "-mbig", "in.s", "-o", "in.o"], &dir);
    run("objcopy", &["-O", "binary", "-j", ".text", "in.o", "in.bin"], &dir);
    let bytes = fs::read(dir.join("in.bin")).expect("scratch file");
    let words: Vec<u32> = bytes.chunks_exact(4).map(|b| u32::from_be_bytes(b.try_into().unwrap())).collect();
    assert_eq!(words.len(), lines.len(), "one word a line");
    words
}

/// What each of `words` is in assembly, for the processor `cpu`: mnemonic, space, operands.
pub fn disassemble(name: &str, cpu: &str, words: &[u32]) -> Vec<String> {
    let dir = scratch(name);
    let bytes: Vec<u8> = words.iter().flat_map(|w| w.to_be_bytes()).collect();
    fs::write(dir.join("words.bin"), bytes).expect("scratch file");
    let args = ["-D", "-z", "-b", "binary", "-m", "powerpc:common64", "-EB", "-M", cpu, "words.bin"];
    let listing = run("objdump", &args, &dir);
    let mut out = Vec::with_capacity(words.len());
    for line in listing.lines() {
        // "   4:\t7c 79 03 a6 \tmtsdr1  r3"
        let mut columns = line.splitn(3, '\t');
        if let (Some(_), Some(_), Some(text)) = (columns.next(), columns.next(), columns.next()) {
            let mut words = text.split_whitespace();
            let mut insn = words.next().unwrap_or_default().to_owned();
            if let Some(operands) = words.next() {
                write!(insn, " {operands}").expect("a String takes all");
            }
            out.push(insn);
        }
    }
    assert_eq!(out.len(), words.len(), "one line a word");
    out
}
