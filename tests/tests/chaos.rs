// SPDX-License-Identifier: GPL-2.0-or-later
//! Chaos: guests started, stopped and killed beside CPUs that come and go, and KVM's controls that change.
//!
//! A few seeds always; two hundred, ten to a test, and a thousand with less to do when they are asked for:
//! `cargo nextest run --release -p p8smt-tests --test chaos --run-ignored all --partition hash:1/4`.

use cpu_model::recording::Guest;
use p8smt_scripts::repeat::Totals;
use p8smt_scripts::run::{GuestKind, Online, Options, ScenarioName};
use p8smt_tests::{Bug, boot, out, report, with_bug};
use std::ops::Range;

/// What is done in a run.
const ACTS: u32 = 40;
/// The same where there are a thousand runs.
const FEW_ACTS: u32 = 8;
/// A hundred of those enter guests so many times at least.
const ENTRIES: u64 = 10_000;

fn name(seed: u64, cores: u32) -> String {
    format!("chaos-{cores}-{seed}")
}

fn options(seed: u64, cores: u32, acts: u32) -> Options {
    Options {
        seed,
        cores,
        kernel: "patched".into(),
        online: Some(Online::All),
        guest: GuestKind::Counter,
        chaos: Some(acts),
        ..Options::new(ScenarioName::Kvm)
    }
}

/// Runs it; what it summed up to, or what is wrong with it.
fn chaos(name: &str, options: Options) -> Result<Totals, String> {
    let (seed, cores) = (options.seed, options.cores);
    let outcome = boot(name, options);
    let totals = Totals::new(&out(name), &outcome.frames).expect("a recording");
    println!("{totals}");
    let Totals { guest_entries, guest_exits, cedes, returns, .. } = totals;
    let balanced = guest_entries == guest_exits && cedes == returns;
    if outcome.verdict.outcome == "ok" && balanced && outcome.verdict.guests == Vec::<Guest>::new() {
        return Ok(totals);
    }
    Err(format!("seed {seed}, {cores} cores: {}; {totals}", outcome.verdict.outcome))
}

fn all_are_well(seeds: Range<u64>, cores: u32) {
    let runs = seeds.map(|seed| {
        let totals = chaos(&name(seed, cores), options(seed, cores, ACTS))?;
        if totals.guest_entries > 0 && totals.cedes > 0 && totals.chaos_guests > 0 {
            return Ok(());
        }
        Err(format!("seed {seed}, {cores} cores: nothing came of it; {totals}"))
    });
    let wrong: Vec<String> = runs.filter_map(Result::err).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A hundred seeds, each with less to do: with some no guest gets as far as its entry. What a run leaves makes room for the
/// next.
fn a_hundred(first: u64) {
    let name = format!("chaos-hundred-{first}");
    let (mut entries, mut wrong) = (0, Vec::new());
    for seed in first..first + 100 {
        match chaos(&name, options(seed, 1, FEW_ACTS)) {
            Ok(totals) => entries += totals.guest_entries,
            Err(why) => wrong.push(why),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(entries >= ENTRIES, "{entries} guest entries");
}

#[test]
fn one_core() {
    all_are_well(1..3, 1);
    // Guests that fit shared a core that KVM had split for them.
    let split = (1..3).map(|seed| report(&out(&name(seed, 1))).corrections["sub-core"]).sum::<u64>();
    assert!(split > 0, "no core was split");
}

#[test]
fn two_cores() {
    all_are_well(1..2, 2);
}

#[test]
fn a_kernel_without_the_series_has_nothing_for_it() {
    let options = Options { kernel: "stock".into(), ..options(1, 1, ACTS) };
    let what = boot("chaos-stock", options).verdict.outcome;
    // Which of its acts finds that out first is drawn.
    assert!(what.starts_with("host: ") && what.contains("chaos"), "{what}");
}

/// Faults that KVM and the host get over, again and again, on guests' threads, on those that are ceded and on primaries.
const FAULTS: [&str; 6] = [
    "mce+erat-multihit+ri@cpu1:event=kvm-entry:every=5",
    "mce+slb-multihit+ri@cpu5:event=kvm-no-guest:every=5",
    "doorbell@cpu6:event=nap-while-sibling-in-guest:every=4",
    "ext@cpu2:event=cede:every=3",
    "stall+300@cpu4:event=guest-exit:every=7",
    "mce+tlb-multihit+ri@cpu0:event=vcore-run:every=7",
];

#[test]
fn faults_meanwhile() {
    let inject: Vec<String> = FAULTS.map(str::to_owned).into();
    let name = "chaos-faults";
    let options = Options { inject, ..options(3, 1, ACTS) };
    assert_eq!(boot(name, options).verdict.outcome, "ok");
    let report = report(&out(name));
    assert!(report.corrections["sub-core"] > 0, "no core was split");
    for fault in &report.injections {
        assert!(fault.count > 0, "{fault:?} never came");
    }
    for thread in &report.threads {
        assert_eq!(thread.cedes.count, thread.cedes.returned, "thread {}", thread.thread);
    }
}

/// Ten seeds a test.
macro_rules! tens {
    ($($name:ident: $first:literal, $cores:literal;)*) => {$(
        #[test]
        #[ignore = "minutes"]
        fn $name() {
            all_are_well($first..$first + 10, $cores);
        }
    )*};
}

tens! {
    one_core_10: 10, 1;
    one_core_20: 20, 1;
    one_core_30: 30, 1;
    one_core_40: 40, 1;
    one_core_50: 50, 1;
    one_core_60: 60, 1;
    one_core_70: 70, 1;
    one_core_80: 80, 1;
    one_core_90: 90, 1;
    one_core_100: 100, 1;
    one_core_110: 110, 1;
    one_core_120: 120, 1;
    two_cores_130: 130, 2;
    two_cores_140: 140, 2;
    two_cores_150: 150, 2;
    two_cores_160: 160, 2;
    two_cores_170: 170, 2;
    two_cores_180: 180, 2;
    two_cores_190: 190, 2;
    two_cores_200: 200, 2;
}

/// A thousand seeds.
macro_rules! hundreds {
    ($($name:ident: $first:literal;)*) => {$(
        #[test]
        #[ignore = "minutes"]
        fn $name() {
            a_hundred($first);
        }
    )*};
}

hundreds! {
    seeds_1: 1;
    seeds_101: 101;
    seeds_201: 201;
    seeds_301: 301;
    seeds_401: 401;
    seeds_501: 501;
    seeds_601: 601;
    seeds_701: 701;
    seeds_801: 801;
    seeds_901: 901;
}

/// `patched-bugs` (`tests/kernel`) forgets an interrupt of a device that a thread accepted while KVM had it. Which seed shows
/// that follows from the image; the same one is all right without the mistake.
#[test]
fn an_interrupt_that_nobody_replays_is_missed() {
    let seeded = |seed| Options { chaos_device: Some(30), timeout: Some(20), ..options(seed, 2, ACTS) };
    let found = (1..9).find_map(|seed| {
        let outcome = boot("chaos-replays-not", with_bug(Bug::NoReplay, seeded(seed))).verdict.outcome;
        (outcome != "ok").then_some((seed, outcome))
    });
    let (seed, outcome) = found.expect("a seed of eight");
    assert!(outcome.contains("a device interrupts CPU") && outcome.contains("ETIME"), "{outcome}");
    assert_eq!(boot("chaos-replays", with_bug(Bug::None, seeded(seed))).verdict.outcome, "ok");
}
