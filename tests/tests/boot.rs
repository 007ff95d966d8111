// SPDX-License-Identifier: GPL-2.0-or-later
//! Boots in exact time.

use cpu_model::recording::{Guest, Recording};
use cpu_model::{Event, spr};
use p8smt_scripts::protocol::Body;
use p8smt_scripts::run::{Compat, GuestKind, Online, Options, ScenarioName};
use p8smt_tests::{boot, out, recording};

fn counter(threads: u32) {
    let guest = GuestKind::Counter;
    let options = Options { guest, guest_threads: threads, ..Options::new(ScenarioName::Kvm) };
    guest_runs(&format!("counter-{threads}"), options);
}

fn debian(threads: u32) {
    let options = Options { guest_threads: threads, work: 100_000, ..Options::new(ScenarioName::Kvm) };
    guest_runs(&format!("debian-{threads}"), options);
}

fn guest_runs(test: &str, options: Options) {
    let threads = options.guest_threads;
    let outcome = boot(test, options);
    assert_eq!(outcome.verdict.outcome, "ok");
    assert_eq!(outcome.verdict.guests, [Guest { threads, cpus_up: threads }]);
}

/// The level that KVM has given a guest stands in PCR.
#[test]
fn debian_guest_that_sees_a_power7() {
    let test = "debian-power7";
    let kvm = Options::new(ScenarioName::Kvm);
    guest_runs(test, Options { compat: Some(Compat::Power7), work: 100_000, ..kvm });
    let bytes = recording(&out(test));
    let recording = Recording::new(&bytes).expect("a whole recording");
    let mut events = recording.replay().map_while(Result::ok);
    let of_power7 =
        |event| matches!(event, Event::WriteSpr { spr: spr::PCR, value } if value & spr::PCR_ARCH_206 != 0);
    assert!(events.any(|(.., event)| of_power7(event)));
}

#[test]
fn host_alone() {
    assert_eq!(boot("host", Options::new(ScenarioName::Boot)).verdict.outcome, "ok");
}

#[test]
fn host_of_two_cores() {
    let options = Options { cores: 2, ..Options::new(ScenarioName::Boot) };
    assert_eq!(boot("two-cores", options).verdict.outcome, "ok");
}

#[test]
fn counter_guest_of_1() {
    counter(1);
}

#[test]
fn counter_guest_of_2() {
    counter(2);
}

#[test]
fn counter_guest_of_4() {
    counter(4);
}

#[test]
fn counter_guest_of_8() {
    counter(8);
}

#[test]
fn debian_guest_of_1() {
    debian(1);
}

#[test]
fn debian_guest_of_4() {
    debian(4);
}

#[test]
fn debian_guest_of_8() {
    debian(8);
}

#[test]
fn stock_kernel_refuses_guests_beside_online_secondaries() {
    let options =
        Options { guest: GuestKind::Counter, online: Some(Online::All), ..Options::new(ScenarioName::Kvm) };
    let verdict = boot("online-all", options).verdict;
    assert!(verdict.outcome.contains("KVM_RUN: EBUSY"), "{}", verdict.outcome);
    assert_eq!(verdict.guests, [Guest { threads: 4, cpus_up: 0 }]);
}

#[test]
fn refused_debian_guest_ends_at_once_and_the_host_was_busy_meanwhile() {
    let outcome =
        boot("online-all-debian", Options { online: Some(Online::All), ..Options::new(ScenarioName::Kvm) });
    let what = &outcome.verdict.outcome;
    assert!(what.ends_with("(EBUSY: secondary threads are online, and this kernel refuses)"), "{what}");
    let busy = outcome.frames.iter().filter_map(|frame| match frame.body {
        Body::Busy { cpu, count, wrong, .. } => Some((cpu, count > 0, wrong)),
        _ => None,
    });
    assert_eq!(busy.collect::<Vec<_>>(), (1..8).map(|cpu| (cpu, true, 0)).collect::<Vec<_>>());
    assert_eq!(outcome.verdict.guests, [Guest { threads: 4, cpus_up: 0 }]);
}
