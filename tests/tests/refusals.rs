// SPDX-License-Identifier: GPL-2.0-or-later
//! What the plugin refuses, before anything boots, with one line that says why.

use p8smt_tests::{out, qemu, qemu_called};

const POWERNV8: [&str; 6] = ["-M", "powernv8", "-smp", "8,threads=8", "-m", "1G"];
const SINGLE: &str = "QEMU runs all vCPUs in one thread (thread=single), which breaks plugins when there are \
                      several; leave -accel out, or use -accel tcg,thread=multi";

fn refused(words: &str, why: &str) {
    assert_eq!(qemu(&POWERNV8, words).why(), why);
}

fn with(more: &[&'static str]) -> Vec<&'static str> {
    [&POWERNV8[..], more].concat()
}

#[test]
fn options_that_are_wrong() {
    let names = "all, none, partition, tlb, wake-reason, hv-doorbell, pcr, hdec, msgsndp, sub-core, mer, purr, \
                 lacking-spr, wake-me, resync";
    let known = "out, symbols, time, seed, turn, correct, inject, lose, jitter, speed, lint, idle, log, help";
    for (word, right) in [
        ("colour=red", format!("there is no such option; known are {known}")),
        ("seed=-1", "seed is a number, 0 to 2^64-1".into()),
        ("turn=5", "turn is a number of instructions, 100 to 1000000".into()),
        ("time=fast", "time is 'exact' or 'host'".into()),
        ("correct=all:-hdce", format!("there is no correction 'hdce'; known are {names}")),
        ("lose=everything", "lose is gpr, spr or all".into()),
        ("jitter=much", "jitter is 'on' or 'off'".into()),
        ("speed=9", "speed is 'flat' or 'smt'".into()),
        ("lint=maybe", "lint is 'on' or 'off'".into()),
        ("idle=maybe", "idle is 'skip' or 'real'".into()),
        ("log=loud", "log is error, warn, info or debug".into()),
        ("help=perhaps", "help is 'on' or 'off'".into()),
    ] {
        refused(word, &format!("option '{word}': {right}"));
    }
}

#[test]
fn injections_that_cannot_be() {
    for (spec, why) in [
        ("hmi@cpu8:event=nap", "this machine's threads are cpu0 to cpu7"),
        (
            "hmi@cpu7:event=idle",
            "the event is found by a name of the host kernel; give its symbols=System.map too",
        ),
        (
            "hmi@cpu7:event=cede",
            "'kvmhv_cede_thread' is a name of the host kernel; give its symbols=System.map too",
        ),
    ] {
        refused(&format!("inject={spec}"), &format!("inject={spec}: {why}"));
    }
    let map = out("refusals").join("small.map");
    std::fs::write(&map, "c000000000000000 T _stext\n").expect("a file");
    let with_map = |spec: &str| format!("symbols={},inject={spec}", map.display());
    for (spec, why) in [
        ("hmi@cpu7:event=cede", "the symbols have no 'kvmhv_cede_thread'"),
        (
            "hmi@cpu7:event=idle",
            "the event is found by a name of the host kernel that the symbols do not have",
        ),
    ] {
        refused(&with_map(spec), &format!("inject={spec}: {why}"));
    }
    refused(
        "inject=hmi@cpu7:event=nap:often",
        "option 'inject=hmi@cpu7:event=nap:often': 'often' is no repetition; it is every=N or nth=N, N from 1 on",
    );
    refused("inject=hmi@cpu7:event=nap,time=host", "inject= needs time=exact: stock QEMU is only observed");
}

#[test]
fn symbols_that_cannot_be_read() {
    refused(
        "symbols=/nowhere/System.map",
        "symbols=/nowhere/System.map: No such file or directory (os error 2); it is the System.map of the host kernel",
    );
    let other = out("refusals").join("other.map");
    std::fs::write(&other, "milk, eggs").expect("a file");
    let why = qemu(&POWERNV8, &format!("symbols={}", other.display()));
    assert!(why.why().starts_with(&format!("symbols={}: ", other.display())), "{why:?}");
}

#[test]
fn a_place_that_cannot_be_written() {
    let file = out("refusals").join("file");
    std::fs::write(&file, "").expect("a file");
    let refusal = qemu(&POWERNV8, &format!("out={}", file.display()));
    assert!(refusal.why().contains(&file.display().to_string()), "{refusal:?}");
}

#[test]
fn machines_without_power8() {
    for (machine, pvr) in [("powernv9", "0x4e1202"), ("pseries", "0x821200")] {
        for time in ["exact", "host"] {
            let refusal = qemu(&["-M", machine], &format!("time={time}"));
            let why = format!("this machine's processor has PVR {pvr} and is no POWER8; use -M powernv8");
            assert_eq!(refusal.why(), why);
        }
    }
}

#[test]
fn no_machine() {
    for time in ["exact", "host"] {
        let refusal = qemu(&["-M", "none"], &format!("time={time}"));
        assert_eq!(refusal.why(), "-M none has no processor; use -M powernv8");
    }
}

#[test]
fn another_target() {
    let refusal = qemu_called("qemu-system-ppc", &[], "");
    assert_eq!(
        refusal.why(),
        "this is system emulation of 'ppc'; p8smt is for qemu-system-ppc64 -M powernv8"
    );
}

/// The vCPUs exist already when this is noticed: time and again, that it never hangs.
#[test]
fn all_vcpus_in_one_thread() {
    for time in ["exact", "host"] {
        for _ in 0..10 {
            let refusal = qemu(&with(&["-accel", "tcg,thread=single"]), &format!("time={time}"));
            assert_eq!(refusal.why(), SINGLE, "time={time}");
        }
    }
}

#[test]
fn instruction_counting() {
    for time in ["exact", "host"] {
        let refusal = qemu(&with(&["-icount", "shift=1"]), &format!("time={time}"));
        assert_eq!(
            refusal.why(),
            "-icount breaks plugins when there are several vCPUs, and has a clock of its own; leave it out: \
             time=exact counts instructions too"
        );
    }
}

#[test]
fn help_names_every_option() {
    let help = qemu(&POWERNV8, "help=on");
    assert_eq!(help.status, 0, "{help:?}");
    // What the parser knows, as it says itself.
    let unknown = qemu(&POWERNV8, "colour=red");
    let (_, known) = unknown.why().split_once("known are ").expect("a list");
    for option in known.split(", ") {
        let line = format!("\n  {option}=");
        assert!(help.stdout.contains(&line), "no {option} in: {}", help.stdout);
    }
}
