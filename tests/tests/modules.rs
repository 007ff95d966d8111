// SPDX-License-Identifier: GPL-2.0-or-later
//! KVM as a module, loaded and unloaded, and the kernel's own torture tests beside guests that come and go. They need
//! `scripts/setup --kernel patched-modules`; those of torture take five minutes of the machine's time each, on the host more
//! than an hour.

use p8smt_scripts::protocol::Body;
use p8smt_scripts::run::{GuestKind, Online, Options, Outcome, ScenarioName};
use p8smt_tests::{boot, out, report};

fn chaos(test: &str, acts: u32, modules: &[&str], speed: Option<&str>) -> Outcome {
    let outcome = boot(
        test,
        Options {
            kernel: "patched-modules".into(),
            online: Some(Online::All),
            guest: GuestKind::Counter,
            chaos: Some(acts),
            speed: speed.map(str::to_owned),
            modules: ["kvm_hv"].iter().chain(modules).map(|&words| words.to_owned()).collect(),
            ..Options::new(ScenarioName::Kvm)
        },
    );
    assert_eq!(outcome.verdict.outcome, "ok");
    for thread in &report(&out(test)).threads {
        assert_eq!(thread.cedes.count, thread.cedes.returned, "thread {}", thread.thread);
        assert_eq!(thread.cedes.count > 0, thread.thread > 0);
    }
    outcome
}

#[test]
#[ignore = "needs scripts/setup --kernel patched-modules"]
fn kvm_is_unloaded_and_loaded_again() {
    chaos("module-kvm", 60, &[], None);
}

/// How long the machine has run then, at the least, in ticks: with the ten seconds that its boot takes at the most.
const LEAST_TB: u64 = 310 * cpu_model::timebase::HZ;

/// `acts`: five minutes and more of them, which depends on how much the test of torture leaves to others. The threads share
/// their core's speed as POWER8's do: five minutes of that are fewer instructions.
fn torture(test: &str, acts: u32, module: &str, prefix: &str) {
    let outcome = chaos(test, acts, &[module], Some("smt"));
    assert!(report(&out(test)).elapsed_tb > LEAST_TB, "more acts are needed");
    let lines = outcome.frames.iter().filter_map(|frame| match &frame.body {
        Body::Kmsg { line, .. } if line.contains(prefix) => Some(line),
        _ => None,
    });
    let lines: Vec<&String> = lines.collect();
    let last = lines.last().expect("a word of the test");
    println!("{} lines, the last: {last}", lines.len());
    assert!(last.contains("End of test: SUCCESS"), "{last}");
    let wrong: Vec<_> = lines.iter().filter(|line| line.contains("!!!")).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
#[ignore = "more than an hour, and needs scripts/setup --kernel patched-modules"]
fn rcutorture() {
    torture("torture-rcu", 60_000, "rcutorture:stat_interval=15", "rcu-torture:");
}

#[test]
#[ignore = "more than an hour, and needs scripts/setup --kernel patched-modules"]
fn locktorture() {
    torture("torture-lock", 45_000, "locktorture:stat_interval=15", "spin_lock-torture:");
}

#[test]
#[ignore = "more than an hour, and needs scripts/setup --kernel patched-modules"]
fn scftorture() {
    torture("torture-scf", 60_000, "scftorture:stat_interval=15", "scftorture:");
}
