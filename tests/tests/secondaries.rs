// SPDX-License-Identifier: GPL-2.0-or-later
//! The kernel series: guests on a core whose secondary threads are online and busy.

use cpu_model::State;
use cpu_model::recording::Guest;
use p8smt_scripts::run::{GuestKind, Online, Options, Outcome, ScenarioName};
use p8smt_tests::{Bug, assert_busy, boot, figure, out, report, with_bug};

/// Longest time that a secondary may be away, in ticks of the timebase (512 MHz): the tick of the host, 4 ms, ends a
/// guest's slice at the latest; and as much again for the way in and out.
const AWAY_AT_MOST: u64 = 8 * 512_000;

fn beside_busy_secondaries() -> Options {
    Options { kernel: "patched".into(), online: Some(Online::All), ..Options::new(ScenarioName::Kvm) }
}

/// Runs it; all is well if the guests are, and every secondary worked and came back as often as it went.
fn all_is_well(test: &str, options: Options) -> Outcome {
    let secondaries = 7 * options.cores as usize;
    let guest = Guest { threads: options.guest_threads, cpus_up: options.guest_threads };
    let guests = vec![guest; options.guests as usize];
    let outcome = boot(test, options);
    assert_eq!(outcome.verdict.outcome, "ok");
    assert_eq!(outcome.verdict.guests, guests);
    assert_busy(&outcome, secondaries);
    let report = report(&out(test));
    for thread in &report.threads {
        assert_eq!(
            thread.cedes.count, thread.cedes.returned,
            "core {} thread {}",
            thread.core, thread.thread
        );
        assert!(thread.cedes.tb_max <= AWAY_AT_MOST, "{} ticks away", thread.cedes.tb_max);
        assert_eq!(thread.cedes.count > 0, thread.tb[State::CededToKvm] > 0);
        assert_eq!(thread.tb.iter().map(|(_, tb)| tb).sum::<u64>(), report.elapsed_tb);
    }
    assert!(report.threads.iter().filter(|thread| thread.cedes.count > 0).count() >= 7);
    outcome
}

fn counter(threads: u32) {
    let options = Options { guest: GuestKind::Counter, guest_threads: threads, ..beside_busy_secondaries() };
    all_is_well(&format!("secondaries-counter-{threads}"), options);
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
fn debian_guest_of_4() {
    all_is_well("secondaries-debian-4", Options { work: 100_000, ..beside_busy_secondaries() });
}

/// What the cover letter says of each secondary, and what a run may be beside it: schedules change with the images.
#[test]
#[ignore = "minutes"]
fn debian_guest_of_8_as_in_the_cover_letter() {
    let in_task = figure("each secondary spends", "% of the run in its task");
    let times = figure("It is given to the guest and comes back", "times");
    let away = figure("is away for", "% of the time besides what it runs of the guest");
    let longest = figure("and", "ms at the longest");

    let name = "secondaries-debian-8";
    all_is_well(name, Options { guest_threads: 8, ..beside_busy_secondaries() });
    let report = report(&out(name));
    let is = |what: &str, thread: u32, seen: f64, said: f64, off: f64| {
        assert!((seen - said).abs() <= off, "thread {thread}, {what}: {seen:.1}, in the letter {said}");
    };
    for thread in report.threads.iter().filter(|thread| thread.thread > 0) {
        let percent = |state| 100.0 * thread.tb[state] as f64 / report.elapsed_tb as f64;
        is("% in its task", thread.thread, percent(State::HostUser), in_task, 2.0);
        is("% away", thread.thread, percent(State::CededToKvm), away, 2.0);
        is("times", thread.thread, thread.cedes.count as f64, times, 0.05 * times);
        let most = thread.cedes.tb_max as f64 * 1000.0 / cpu_model::timebase::HZ as f64;
        is("ms", thread.thread, most, longest, 1.0);
    }
}

#[test]
fn two_cores() {
    let options = Options { cores: 2, guest: GuestKind::Counter, ..beside_busy_secondaries() };
    all_is_well("secondaries-two-cores", options);
}

#[test]
fn other_schedules() {
    for seed in 1..=6 {
        let options = Options { seed, guest: GuestKind::Counter, ..beside_busy_secondaries() };
        all_is_well(&format!("secondaries-seed-{seed}"), options);
    }
}

/// A secondary that firmware holds while it writes its vCPU to memory: its guest waits, the others go back to the host.
#[test]
fn a_thread_that_is_late() {
    const LATE: u64 = 50 * 512_000;
    const CEDE_TIMEOUT: u64 = 10 * 512_000;
    let late = |nth| Options {
        guest: GuestKind::Counter,
        inject: vec![format!("stall+50000@cpu1:sym=kvmhv_save_guest_pmu:nth={nth}")],
        ..beside_busy_secondaries()
    };
    let outcome = boot("secondaries-late", late(3));
    assert_eq!(outcome.verdict.outcome, "ok");
    let report = report(&out("secondaries-late"));
    let away: Vec<u64> = report.threads.iter().map(|thread| thread.cedes.tb_max).collect();
    assert!(report.threads.iter().all(|thread| thread.cedes.count == thread.cedes.returned));
    assert!(away[1] >= LATE, "{away:?}");
    assert!(away[2..].iter().all(|away| *away < CEDE_TIMEOUT + AWAY_AT_MOST), "{away:?}");
    // Without that wait the vCPU goes on with half of its state, if it goes on at once: which time shows that follows from the
    // schedule.
    let broken = |nth| Options { timeout: Some(20), ..with_bug(Bug::NoWaitForLate, late(nth)) };
    assert!((2..6).any(|nth| boot("secondaries-late-bug", broken(nth)).verdict.outcome != "ok"));
}

/// Nobody tells secondaries that the guest is out: they come back when something else wakes them, at last.
#[test]
fn a_release_without_its_doorbell_is_seen() {
    let options =
        with_bug(Bug::NoReleaseDoorbell, Options { guest: GuestKind::Counter, ..beside_busy_secondaries() });
    boot("secondaries-no-doorbell", options);
    let away = report(&out("secondaries-no-doorbell")).threads.iter().map(|t| t.cedes.tb_max).max();
    assert!(away > Some(2 * AWAY_AT_MOST), "{away:?}");
}

/// A thread in nap is what KVM waits for in a new way; that it can still be offline must not be lost.
#[test]
fn secondaries_that_are_offline() {
    let options = Options {
        online: Some(Online::Primary),
        guest: GuestKind::Counter,
        kernel: "patched".into(),
        ..Options::new(ScenarioName::Kvm)
    };
    assert_eq!(boot("secondaries-offline", options).verdict.outcome, "ok");
    assert!(report(&out("secondaries-offline")).threads.iter().all(|thread| thread.cedes.count == 0));
}
