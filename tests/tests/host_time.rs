// SPDX-License-Identifier: GPL-2.0-or-later
//! The host's time on threads that guests take away: it is stolen, timers are late by no more than they have to be, and a
//! tick that has stopped does not leave a thread away for long.

use cpu_model::{State, THREADS_PER_CORE, timebase};
use p8smt_scripts::protocol::Body;
use p8smt_scripts::run::{GuestKind, Online, Options, Outcome, ScenarioName};
use p8smt_tests::{Bug, boot, figure, out, report, with_bug, with_bug_tickless};

/// How far the counter guests here count: they have their cores for some tenths of a second.
const LONG: u64 = 40_000_000;

fn long(guest_threads: u32) -> Options {
    Options {
        kernel: "patched".into(),
        online: Some(Online::All),
        guest: GuestKind::Counter,
        guest_threads,
        work: LONG,
        ..Options::new(ScenarioName::Kvm)
    }
}

fn run(test: &str, options: Options) -> Outcome {
    let outcome = boot(test, options);
    assert_eq!(outcome.verdict.outcome, "ok");
    outcome
}

/// For each secondary of the first core: for how long it was away, in ms as the recording has it, and what of that the kernel
/// calls steal time.
fn stolen(test: &str, options: Options) -> Vec<(f64, u64)> {
    let outcome = run(test, Options { counts: true, ..options });
    let steal = |cpu: u32| {
        outcome.frames.iter().find_map(|frame| match &frame.body {
            Body::Counted { what, of, count } if what == "steal_ms" && *of == cpu => Some(*count),
            _ => None,
        })
    };
    let report = report(&out(test));
    let threads = report.threads.iter().zip(0..).filter(|(thread, _)| thread.core == 0 && thread.thread > 0);
    threads
        .map(|(thread, cpu)| {
            let away = thread.tb[State::CededToKvm] as f64 * 1000.0 / timebase::HZ as f64;
            (away, steal(cpu).expect("a word of each CPU"))
        })
        .collect()
}

/// `/proc/stat` counts in hundredths of a second, and what has come since the last tick is missing.
const COARSE_MS: f64 = 20.0;

fn is_stolen(test: &str, options: Options) {
    let stolen = stolen(test, options);
    println!("{test}: ms away, ms of steal time: {stolen:?}");
    assert_eq!(stolen.len(), 7, "{stolen:?}");
    for (away, steal) in stolen {
        assert!(away > 10.0 * COARSE_MS, "{away}: too short to tell");
        assert!((away - steal as f64).abs() < COARSE_MS, "{away} ms away, {steal} stolen");
    }
}

/// No secondary runs a virtual processor, so that all that it is away it naps.
#[test]
fn time_away_is_stolen() {
    is_stolen("time-stolen", long(1));
    let unaccounted = stolen("time-stolen-bug", with_bug(Bug::NoSteal, long(1)));
    assert!(unaccounted.iter().all(|(away, steal)| (*steal as f64) < away / 2.0), "{unaccounted:?}");
}

/// How late a timer of a busy process was on average, in µs, for that which was the latest.
fn late(test: &str, options: Options) -> f64 {
    let outcome = run(test, Options { host_timer: Some(1500), ..options });
    let late = outcome.frames.iter().filter_map(|frame| match frame.body {
        Body::Busy { expiries, late_ns, latest_ns, .. } => {
            assert!(expiries > 100, "{expiries} expiries");
            Some((late_ns as f64 / 1000.0, latest_ns as f64 / 1000.0))
        }
        _ => None,
    });
    let late: Vec<(f64, f64)> = late.collect();
    println!("{test}: late on average and at worst, us: {late:?}");
    assert_eq!(late.len(), 7);
    late.into_iter().map(|(mean, _)| mean).fold(0.0, f64::max)
}

/// The threshold is what makes them late. Where guests come out for the primary's alone they are late by a part of a tick.
#[test]
fn a_guest_comes_out_for_a_timer_of_any_thread() {
    let few = Options { append: "kvm_hv.min_slice_us=2000".into(), ..long(8) };
    let heeded = late("time-timers", long(8));
    let threshold = late("time-timers-few", few);
    let deaf = late("time-timers-bug", with_bug(Bug::NoTimers, long(8)));
    assert!(3.0 * heeded < threshold && threshold < deaf, "{heeded}, {threshold}, {deaf} us late");
    for (is, said) in [
        (heeded, figure("is woken", "ms late on average")),
        (deaf, figure("and", "ms where guests come out for the primary's timers alone")),
    ] {
        assert!((is / 1000.0 - said).abs() < said / 4.0, "{is} us late, in the cover letter {said} ms");
    }
}

/// The first core, where guests run, stops its threads' ticks while they have one task each; the other keeps house.
fn tickless(bug: Bug) -> Options {
    with_bug_tickless(bug, 0..=7, Options { cores: 2, ..long(1) })
}

/// Longest that a thread of the first core was away, in ms.
fn longest(test: &str, options: Options) -> f64 {
    run(test, options);
    let report = report(&out(test));
    assert!(report.cores[0].vcore_runs > 5, "{:?}", report.cores);
    let longest =
        report.threads[1..THREADS_PER_CORE].iter().map(|thread| thread.cedes.tb_max).max().expect("threads");
    longest as f64 * 1000.0 / timebase::HZ as f64
}

/// A tick of the host, 4 ms, ends a guest's slice at the latest; and as much again for the way in and out.
const AWAY_AT_MOST_MS: f64 = 8.0;

#[test]
#[ignore = "needs scripts/setup --kernel patched-bugs-tickless"]
fn a_primary_that_runs_guests_keeps_its_tick() {
    let kept = longest("time-tick", tickless(Bug::None));
    assert!(kept < AWAY_AT_MOST_MS, "{kept} ms");
    let stopped = longest("time-tick-bug", tickless(Bug::NoTick));
    println!("{kept} ms away at most, {stopped} where the tick stops");
    assert!(stopped > 2.0 * AWAY_AT_MOST_MS, "{stopped} ms");
}

/// Where time is charged as user space is entered and left, not as powerpc does it itself.
#[test]
#[ignore = "needs scripts/setup --kernel patched-bugs-tickless"]
fn time_away_is_stolen_from_tickless_threads() {
    // Some of the time the guest is on the other core.
    is_stolen("time-stolen-tickless", Options { work: 2 * LONG, ..tickless(Bug::None) });
}
