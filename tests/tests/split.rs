// SPDX-License-Identifier: GPL-2.0-or-later
//! Guests at once on a core that KVM, or the host for good, has split for them, each in a part of its own.

use cpu_model::recording::Guest;
use p8smt_scripts::run::{GuestKind, Online, Options, ScenarioName};
use p8smt_tests::{assert_busy, boot, out, report};

fn both_boot(threads: u32, online: Online) {
    let test = format!("split-{threads}-{}", if online == Online::All { "all" } else { "primary" });
    let options = Options {
        guests: 2,
        guest_threads: threads,
        kernel: "patched".into(),
        online: Some(online),
        work: 1000,
        ..Options::new(ScenarioName::Kvm)
    };
    let outcome = boot(&test, options);
    assert_eq!(outcome.verdict.outcome, "ok");
    assert_eq!(outcome.verdict.guests, vec![Guest { threads, cpus_up: threads }; 2]);
    assert!(report(&out(&test)).corrections["sub-core"] > 0, "the core was not split");
    if online == Online::All {
        assert_busy(&outcome, 7);
    }
}

#[test]
#[ignore = "minutes"]
fn two_halves() {
    both_boot(4, Online::Primary);
}

#[test]
#[ignore = "minutes"]
fn two_halves_beside_busy_secondaries() {
    both_boot(4, Online::All);
}

#[test]
#[ignore = "minutes"]
fn two_of_four_quarters() {
    both_boot(2, Online::Primary);
}

/// The host splits its core into `subcores`, and a guest that fills it runs in each.
fn one_in_each(subcores: u32, kernel: &str, online: Online, guest: GuestKind) {
    let threads = 8 / subcores;
    let test = format!(
        "subcores-{subcores}-{kernel}{}{}",
        if online == Online::All { "-all" } else { "" },
        if guest == GuestKind::Counter { "-counter" } else { "" }
    );
    let options = Options {
        subcores: Some(subcores),
        guests: subcores,
        guest_threads: threads,
        guest,
        kernel: kernel.into(),
        online: Some(online),
        work: 10_000,
        ..Options::new(ScenarioName::Kvm)
    };
    let outcome = boot(&test, options);
    assert_eq!(outcome.verdict.outcome, "ok");
    assert_eq!(outcome.verdict.guests, vec![Guest { threads, cpus_up: threads }; subcores as usize]);
    let report = report(&out(&test));
    assert!(report.corrections["sub-core"] > 0, "the core was not split");
    if online == Online::All {
        // Counter guests run one after the other, and each time the busy processes say how far they are.
        let times = if guest == GuestKind::Counter { subcores } else { 1 };
        assert_busy(&outcome, ((8 - subcores) * times) as usize);
        for thread in &report.threads {
            assert_eq!(thread.cedes.count, thread.cedes.returned, "thread {}", thread.thread);
        }
    }
}

#[test]
fn a_guest_in_each_half_of_a_stock_host() {
    one_in_each(2, "stock", Online::Primary, GuestKind::Counter);
}

#[test]
fn a_guest_in_each_quarter_beside_busy_secondaries() {
    one_in_each(4, "patched", Online::All, GuestKind::Counter);
}

#[test]
#[ignore = "minutes"]
fn debian_in_each_half_of_a_stock_host() {
    one_in_each(2, "stock", Online::Primary, GuestKind::Debian);
}

#[test]
#[ignore = "minutes"]
fn debian_in_each_quarter_of_a_stock_host() {
    one_in_each(4, "stock", Online::Primary, GuestKind::Debian);
}

#[test]
#[ignore = "minutes"]
fn debian_in_each_half_beside_busy_secondaries() {
    one_in_each(2, "patched", Online::All, GuestKind::Debian);
}

#[test]
#[ignore = "minutes"]
fn debian_in_each_quarter_beside_busy_secondaries() {
    one_in_each(4, "patched", Online::All, GuestKind::Debian);
}
