// SPDX-License-Identifier: GPL-2.0-or-later
//! KVM as a module, loaded and unloaded, and the kernel's own torture tests beside guests that come and go. They need
//! `scripts/setup --kernel patched-modules`; those of torture take five minutes of the machine's time each, on the host more
//! than an hour.

use p8smt_scripts::protocol::Body;
use p8smt_scripts::run::{GuestKind, Online, Options, Outcome, ScenarioName};
use p8smt_tests::{boot, out, report};

fn chaos(test: &str, modules: &[&str], options: Options) -> Outcome {
    let outcome = boot(
        test,
        Options {
            kernel: "patched-modules".into(),
            online: Some(Online::All),
            guest: GuestKind::Counter,
            modules: ["kvm_hv"].iter().chain(modules).map(|&words| words.to_owned()).collect(),
            ..options
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
    chaos("module-kvm", &[], Options { chaos: Some(60), ..Options::new(ScenarioName::Kvm) });
}

/// How long guests come and go beside a test of torture, in seconds of the machine's time.
const LONG: u32 = 310;

/// The threads share their core's speed as POWER8's do, and their turns are longer than usual: both are for the sake of the
/// time that it takes, which is an hour.
fn torture(test: &str, module: &str, prefix: &str) {
    let options = Options {
        chaos: Some(1),
        chaos_seconds: Some(LONG),
        speed: Some("smt".into()),
        turn: Some(20_000),
        ..Options::new(ScenarioName::Kvm)
    };
    let outcome = chaos(test, &[module], options);
    assert!(report(&out(test)).elapsed_tb > u64::from(LONG) * cpu_model::timebase::HZ);
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
    torture("torture-rcu", "rcutorture:stat_interval=15", "rcu-torture:");
}

#[test]
#[ignore = "more than an hour, and needs scripts/setup --kernel patched-modules"]
fn locktorture() {
    torture("torture-lock", "locktorture:stat_interval=15", "spin_lock-torture:");
}

#[test]
#[ignore = "more than an hour, and needs scripts/setup --kernel patched-modules"]
fn scftorture() {
    // It complains that a module cannot ask for a reschedule, unless it is not to.
    torture("torture-scf", "scftorture:stat_interval=15:weight_resched=0", "scftorture:");
}
