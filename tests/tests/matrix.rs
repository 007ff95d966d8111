// SPDX-License-Identifier: GPL-2.0-or-later
//! Each kind of fault on a guest's thread, on a secondary that the host gave to KVM, and on the primary, at each phase
//! of entry and exit. Whatever KVM or the host can survive, both do: the counts come out right, the host's tasks get
//! on, and every secondary returns.
//!
//! Not ignored is one row of each sort. The whole matrix, a part of it on each of two machines:
//! `cargo nextest run -p p8smt-tests --test matrix --run-ignored all --partition count:1/2`.

use cpu_model::recording::Guest;
use p8smt_scripts::protocol::Body;
use p8smt_scripts::run::{CONSOLE, GuestKind, Online, Options, Outcome, ScenarioName};
use p8smt_tests::{answering_system_resets, artifacts, assert_busy, boot, out, report};

/// What the thread is doing.
#[derive(Clone, Copy, PartialEq)]
enum Doing {
    /// It runs the guest.
    Guest,
    /// It naps in real mode, for KVM.
    Nap,
    /// The host's code with relocation on, or KVM's while the MMU is the host's and no guest has been entered.
    Host,
    /// KVM's own code in real mode.
    Kvm,
}

/// A secondary without a vCPU naps until it is released, unless something wakes it: a doorbell of nobody's.
const WOKEN: &str = "doorbell@cpu6:event=nap-while-sibling-in-guest";

/// What comes of it.
enum Expected {
    /// Host and guest go on.
    GoesOn,
    /// The same; and the host's handler of system resets runs, on that thread, once it is the host's again.
    Answered,
    /// So it does here, but Linux has nobody to give a system reset to, no crash kernel and no debugger, and stops.
    HostIsTold,
    /// The host stops and says why: what was lost may have been its own.
    Panic,
    /// The primary stops in KVM, as in mainline: a host that cannot turn relocation on can say nothing. Of a secondary that
    /// stops there the primary says so.
    StopsInKvm,
}

fn expected(kind: &str, cpu: u32, doing: Doing) -> Expected {
    match (kind, doing) {
        ("sreset", _) => Expected::Answered,
        ("sreset_unanswered", _) => Expected::HostIsTold,
        // A guest is told and has to live with it. A nap has nothing to lose.
        ("mce_ue" | "mce_ue_nori", Doing::Kvm) if cpu == 0 => Expected::StopsInKvm,
        ("mce_ue" | "mce_ue_nori", Doing::Host | Doing::Kvm) => Expected::Panic,
        _ => Expected::GoesOn,
    }
}

const BUSY_THREADS: usize = 7;
const VCPUS: u32 = 4;
/// Ends a run that waits for a host that has stopped, in seconds of wall time without a word. A boot's longest silence is
/// some seconds.
const PATIENCE: u64 = 30;
/// The same for a host that stops: it waits for all CPUs first, some of which are with KVM, for ten seconds of its time.
const LAST_WORDS: u64 = 150;
/// The same where nothing is to be said.
const NOT_FOR_LAST_WORDS: u64 = 15;

fn options(inject: Vec<String>) -> Options {
    Options {
        kernel: "patched".into(),
        online: Some(Online::All),
        guest: GuestKind::Counter,
        guest_threads: VCPUS,
        inject,
        ..Options::new(ScenarioName::Kvm)
    }
}

fn row(test: &str, name: &str, cpu: u32, at: &str, doing: Doing) {
    let kind = KINDS.iter().find(|kind| kind.0 == name).expect("a kind").1;
    // The guest leaves MSR[RI] 0: what waits for it comes once KVM has set it, in KVM's own code.
    let kind = if doing == Doing::Guest { kind.trim_end_matches("+ri") } else { kind };
    let mut inject = vec![format!("{kind}@cpu{cpu}:{at}")];
    if cpu == 6 && matches!(at, "event=kvm-entry" | "event=kvm-no-guest") {
        inject.push(WOKEN.into());
    }
    match expected(name, cpu, doing) {
        Expected::GoesOn => drop(goes_on(test, options(inject))),
        Expected::Answered => answered(test, inject, cpu),
        Expected::HostIsTold => host_is_told(test, inject, cpu),
        Expected::Panic => panics(test, inject),
        Expected::StopsInKvm => stops_in_kvm(test, inject, cpu),
    }
}

fn goes_on(test: &str, options: Options) -> Outcome {
    let outcome = boot(test, Options { timeout: Some(PATIENCE), ..options });
    assert_eq!(outcome.verdict.outcome, "ok");
    assert_eq!(outcome.verdict.guests, [Guest { threads: VCPUS, cpus_up: VCPUS }]);
    assert_busy(&outcome, BUSY_THREADS);
    let report = report(&out(test));
    assert!(report.outside.is_empty(), "{:?}", report.outside);
    assert_eq!(report.injections[0].count, 1);
    for thread in &report.threads {
        assert_eq!(thread.cedes.count, thread.cedes.returned, "thread {}", thread.thread);
        assert_eq!(thread.cedes.count > 0, thread.thread > 0);
    }
    outcome
}

fn answered(test: &str, inject: Vec<String>, cpu: u32) {
    let outcome = goes_on(test, answering_system_resets(options(inject)));
    let answer = format!("system reset of CPU {cpu} answered");
    let answers = outcome.frames.iter().filter(|frame| match &frame.body {
        Body::Kmsg { line, .. } => line.contains(&answer),
        _ => false,
    });
    assert_eq!(answers.count(), 1);
}

/// Nothing is stalled to speak of: that the handler is reached is seen by it.
fn host_is_told(test: &str, mut inject: Vec<String>, cpu: u32) {
    inject.push(format!("stall+1@cpu{cpu}:sym=system_reset_exception"));
    panics(test, inject);
    let report = report(&out(test));
    assert_eq!(report.injections.first().map(|fault| fault.count), Some(1));
    assert_eq!(
        report.injections.last().map(|handler| handler.count),
        Some(1),
        "the host's handler is not reached"
    );
    let thread = &report.threads[cpu as usize];
    assert_eq!(thread.cedes.count, thread.cedes.returned);
}

fn panics(test: &str, inject: Vec<String>) {
    let Outcome { out, .. } = boot(test, Options { timeout: Some(LAST_WORDS), ..options(inject) });
    let console = std::fs::read_to_string(out.join(CONSOLE)).expect("the console");
    assert!(console.contains("Kernel panic - not syncing: "), "the host does not say that it stops");
}

fn stops_in_kvm(test: &str, mut inject: Vec<String>, cpu: u32) {
    inject.push(format!("stall+1@cpu{cpu}:sym=kvmppc_bad_host_intr+0"));
    boot(test, Options { timeout: Some(NOT_FOR_LAST_WORDS), ..options(inject) });
    let report = report(&out(test));
    assert_eq!(report.injections.last().map(|stop| stop.count), Some(1), "the thread goes on");
}

macro_rules! moment {
    ($name:ident: $cpu:literal $at:literal $doing:ident; now: $($now:ident)*; whole: $($whole:ident)*) => {
        mod $name {
            use super::*;
            $(#[test] fn $now() { moment!(@row $name $now $cpu $at $doing) })*
            $(#[test] #[ignore = "the whole matrix"] fn $whole() { moment!(@row $name $whole $cpu $at $doing) })*
        }
    };
    (@row $name:ident $kind:ident $cpu:literal $at:literal $doing:ident) => {
        row(
            concat!("matrix-", stringify!($name), "-", stringify!($kind)),
            stringify!($kind),
            $cpu,
            $at,
            Doing::$doing,
        )
    };
}

const KINDS: [(&str, &str); 9] = [
    ("sreset", "sreset"),
    ("sreset_unanswered", "sreset"),
    ("mce_slb", "mce+slb-multihit+ri"),
    ("mce_erat", "mce+erat-multihit+ri"),
    ("mce_ue", "mce+ue"),
    ("mce_ue_nori", "mce+ue+nori"),
    ("hmi", "hmi"),
    ("doorbell", "doorbell"),
    ("ext", "ext"),
];

moment!(guest_thread_is_given_away: 1 "event=cede" Host;
    now: ; whole: sreset mce_slb mce_erat mce_ue mce_ue_nori hmi doorbell ext);
moment!(guest_thread_goes_to_kvm: 1 "event=kvm-entry" Kvm;
    now: ; whole: sreset mce_slb mce_erat mce_ue mce_ue_nori hmi doorbell ext);
moment!(guest_thread_on_the_way_in: 1 "sym=kvmppc_hv_entry" Kvm;
    now: ; whole: sreset mce_slb mce_erat mce_ue mce_ue_nori hmi doorbell ext);
moment!(guest_thread_enters: 1 "event=guest-entry" Guest;
    now: mce_ue; whole: sreset sreset_unanswered mce_slb mce_erat mce_ue_nori hmi doorbell ext);
moment!(guest_thread_on_the_way_out: 1 "sym=guest_exit_cont" Kvm;
    now: ; whole: sreset sreset_unanswered mce_slb mce_erat mce_ue mce_ue_nori hmi doorbell ext);
moment!(guest_thread_waits_for_the_primary: 1 "sym=kvmhv_switch_to_host" Kvm;
    now: ; whole: sreset mce_slb mce_erat mce_ue mce_ue_nori hmi doorbell ext);
moment!(guest_thread_is_out: 1 "event=kvm-no-guest" Kvm;
    now: hmi; whole: sreset mce_slb mce_erat mce_ue mce_ue_nori doorbell ext);
moment!(ceded_thread_is_given_away: 6 "event=cede" Host;
    now: ; whole: sreset mce_slb mce_erat mce_ue mce_ue_nori hmi doorbell ext);
moment!(ceded_thread_naps: 6 "event=nap-while-sibling-in-guest" Nap;
    now: sreset mce_slb hmi; whole: sreset_unanswered mce_erat mce_ue mce_ue_nori doorbell ext);
moment!(ceded_thread_goes_to_kvm: 6 "event=kvm-entry" Kvm;
    now: ; whole: sreset mce_slb mce_erat mce_ue mce_ue_nori hmi doorbell ext);
moment!(ceded_thread_has_no_guest: 6 "event=kvm-no-guest" Kvm;
    now: ; whole: sreset mce_slb mce_erat mce_ue mce_ue_nori hmi doorbell ext);
moment!(primary_takes_the_core: 0 "event=vcore-run" Host;
    now: ; whole: sreset mce_slb mce_erat mce_ue mce_ue_nori hmi doorbell ext);
moment!(primary_on_the_way_in: 0 "sym=kvmppc_hv_entry" Host;
    now: ; whole: sreset mce_slb mce_erat mce_ue mce_ue_nori hmi doorbell ext);
moment!(primary_enters: 0 "event=guest-entry" Guest;
    now: hmi; whole: sreset sreset_unanswered mce_slb mce_erat mce_ue mce_ue_nori doorbell ext);
moment!(primary_without_vcpu_naps: 0 "event=nap-while-sibling-in-guest" Nap;
    now: ; whole: sreset mce_slb mce_erat mce_ue mce_ue_nori hmi doorbell ext);
moment!(primary_on_the_way_out: 0 "sym=guest_exit_cont" Kvm;
    now: ; whole: sreset sreset_unanswered mce_slb mce_erat mce_ue mce_ue_nori hmi doorbell ext);
moment!(primary_switches_back: 0 "sym=kvmhv_switch_to_host" Kvm;
    now: ; whole: sreset mce_slb mce_erat mce_ue mce_ue_nori hmi doorbell ext);

/// Instructions between the load of the guest's last register and the end of the way in: hrfid, a branch, and a slot in
/// which a kernel that flushes the L1 cache there branches away.
const FLUSH_SLOT: u64 = 11;

/// The last steps into a guest, from the first that has to be done again after a fault: each instruction's distance from
/// the label in front.
fn last_steps() -> impl Iterator<Item = u64> {
    let artifacts = artifacts();
    let path = &artifacts.kernels["patched-bugs"].symbols;
    let map = std::fs::read_to_string(path).expect("the kernel's symbols");
    let address = |name: &str| {
        let line = map.lines().find(|line| line.split(' ').nth(2) == Some(name)).expect(name);
        u64::from_str_radix(line.split(' ').next().expect("an address"), 16).expect("an address")
    };
    let length = address("kvmhv_restart_guest_entry") - address("fast_guest_return");
    (0..length / 4 - FLUSH_SLOT).map(|instruction| 4 * instruction)
}

/// One fault after the other at each of these instructions, while guests run and secondaries wait for them.
fn at_each_of_the_last_steps(test: &str, kind: &str) -> Outcome {
    let inject = last_steps().map(|at| format!("{kind}@cpu0:sym=fast_guest_return+{at}")).collect();
    let outcome = goes_on(test, answering_system_resets(options(inject)));
    let report = report(&out(test));
    let missed =
        report.injections.iter().filter(|fault| fault.count != 1).map(|fault| &fault.at).collect::<Vec<_>>();
    assert!(missed.is_empty(), "{missed:?}");
    outcome
}

#[test]
fn a_system_reset_at_each_of_the_last_steps() {
    let outcome = at_each_of_the_last_steps("matrix-last-steps-sreset", "sreset");
    assert!(outcome.frames.iter().any(|frame| match &frame.body {
        Body::Kmsg { line, .. } => line.contains("system reset of CPU 0 answered"),
        _ => false,
    }));
}

#[test]
fn a_machine_check_at_each_of_the_last_steps() {
    at_each_of_the_last_steps("matrix-last-steps-mce", "mce+slb-multihit+ri");
}
