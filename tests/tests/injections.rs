// SPDX-License-Identifier: GPL-2.0-or-later
//! Faults that Linux goes on after, put on threads of a host and of its guest.

use p8smt_scripts::run::{CONSOLE, GuestKind, Options, Outcome, ScenarioName};
use p8smt_tests::{boot, report};

fn injected(test: &str, options: Options, specs: &[&str]) -> Outcome {
    let inject = specs.iter().map(|&s| s.to_owned()).collect();
    let outcome = boot(test, Options { inject, ..options });
    assert_eq!(outcome.verdict.outcome, "ok");
    let report = report(&outcome.out);
    assert!(report.outside.is_empty(), "{:?}", report.outside);
    assert_eq!(report.injections.len(), specs.len());
    for (injection, spec) in report.injections.iter().zip(specs) {
        assert_eq!(format!("{}@cpu{}:{}", injection.kind, injection.thread, injection.at), *spec);
        assert!(injection.count > 0, "{injection:?} never came");
    }
    outcome
}

#[test]
fn a_host_goes_on_and_the_run_repeats() {
    let options = Options { work: 100_000, ..Options::new(ScenarioName::Boot) };
    let specs = [
        "hmi@cpu3:event=nap:every=3",
        "hmi@cpu0:event=idle",
        "mce+tlb-multihit+ri@cpu4:event=idle:every=2",
        "mce+slb-multihit+ri@cpu5:sym=arch_cpu_idle",
        "doorbell@cpu1:event=wake:every=3",
        "ext@cpu2:event=idle:every=2",
    ];
    let one = injected("injected-host", options.clone(), &specs);
    let console = std::fs::read_to_string(one.out.join(CONSOLE)).expect("the console");
    for line in [
        "MCE: CPU4: machine check (Warning)  TLB Multihit [Recovered]",
        "MCE: CPU5: machine check (Warning)  SLB Multihit [Recovered]",
        "Hypervisor Maintenance interrupt [Recovered]",
    ] {
        assert!(console.contains(line), "no '{line}'");
    }
    let other = injected("injected-host-again", options, &specs);
    let digest = |outcome: Outcome| outcome.summary.expect("QEMU ended by itself").digest;
    assert_eq!(digest(one), digest(other));
}

#[test]
fn a_guest_and_those_beside_it_go_on() {
    let options = Options { guest: GuestKind::Counter, ..Options::new(ScenarioName::Kvm) };
    let specs = [
        "hmi@cpu0:event=guest-entry:every=2",
        "hmi@cpu1:event=guest-entry:every=3",
        "doorbell@cpu2:event=guest-exit:every=2",
        "sreset@cpu3:event=guest-entry",
        "hmi@cpu5:event=nap-while-sibling-in-guest",
        "ext@cpu1:event=guest-entry:every=4",
        "doorbell@cpu6:event=nap-while-sibling-in-guest",
    ];
    let outcome = injected("injected-guest", options, &specs);
    assert_eq!(outcome.verdict.guests[0].cpus_up, 4);
}
