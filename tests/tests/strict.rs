// SPDX-License-Identifier: GPL-2.0-or-later
//! What POWER8 may do, done (`lose`, `jitter`), and what it does not promise to bear, told (`lint`).

use cpu_model::Finding;
use cpu_model::recording::Guest;
use p8smt_scripts::run::{GuestKind, Online, Options, ScenarioName};
use p8smt_tests::{assert_busy, boot, findings, out, report};

fn counter(kernel: &str) -> Options {
    let online = if kernel == "stock" { Online::Primary } else { Online::All };
    Options {
        kernel: kernel.into(),
        online: Some(online),
        guest: GuestKind::Counter,
        ..Options::new(ScenarioName::Kvm)
    }
}

/// The run's digest.
fn ok(test: &str, options: Options) -> String {
    let patched = options.kernel != "stock";
    let outcome = boot(test, options);
    assert_eq!(outcome.verdict.outcome, "ok");
    assert_eq!(outcome.verdict.guests, [Guest { threads: 4, cpus_up: 4 }]);
    if patched {
        assert_busy(&outcome, 7);
    }
    let report = report(&out(test));
    // A guest that never sets its decrementer may meet the wrap, which is the emulator's.
    let found = report.findings.iter().filter(|finding| finding.deviation.is_none()).collect::<Vec<_>>();
    assert!(found.is_empty(), "{found:?}");
    for thread in &report.threads {
        assert_eq!(thread.cedes.count, thread.cedes.returned, "thread {}", thread.thread);
    }
    report.run.digest
}

/// Both kernels do without what a nap may lose, and nothing is found of them.
#[test]
fn registers_may_be_lost() {
    for kernel in ["stock", "patched"] {
        let options = Options { lose: Some("all".into()), lint: true, ..counter(kernel) };
        ok(&format!("strict-lose-{kernel}"), options);
    }
}

#[test]
fn interrupts_may_be_late() {
    let late = |test: &str, seed| ok(test, Options { jitter: true, seed, ..counter("patched") });
    let one = late("strict-jitter-1", 1);
    assert_eq!(one, late("strict-jitter-1-again", 1));
    assert_ne!(one, late("strict-jitter-2", 2));
    assert_ne!(one, ok("strict-in-time-1", Options { seed: 1, ..counter("patched") }));
}

/// Eight busy threads do 1.8 times the work of one, so that the machine's time is longer.
#[test]
fn threads_share_the_speed() {
    let speed = |how: &str, test: &str| {
        ok(test, Options { speed: Some(how.into()), ..counter("patched") });
        report(&out(test)).elapsed_tb
    };
    assert!(speed("smt", "strict-smt") > speed("flat", "strict-flat"));
}

#[test]
fn what_power8_does_not_bear_is_told() {
    let found = findings("lint");
    let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    let done = [
        "hdec-without-hdice",
        "lpcr-without-isync",
        "guest-in-host-partition",
        "partition-without-ptesync",
        "partition-without-flush",
        "doorbell-to-nobody",
        "nap-sequence",
        "nap-relocated",
    ];
    assert_eq!(names, done);
    assert!(found.iter().all(|(_, thread)| *thread == 0));
    // Nothing that is looked for is left out.
    let looked_for = Finding::ALL.iter().filter(|finding| finding.deviation().is_none()).count();
    assert_eq!(looked_for, done.len());
}

/// Looking changes nothing.
#[test]
fn a_run_that_is_looked_at_is_the_same() {
    let lint = |test: &str, lint| ok(test, Options { lint, ..counter("stock") });
    assert_eq!(lint("strict-lint", true), lint("strict-no-lint", false));
}
