// SPDX-License-Identifier: GPL-2.0-or-later
//! The kernel series on kernels that check themselves. `patched-debug`: locks and their order, RCU's rules, sleeping where
//! one must not, preemption, the soft masking of interrupts, objects in use; a complaint is a failed run.
//! `patched-debug-modules`: the same with KVM as a module. `patched-kcsan`: data races; one that names a function of the series
//! is a failed run. `patched-bugs-tickless`, without a mistake: context tracking, on the threads that `nohz_full=` names.
//! `scripts/setup --kernel` makes them; minutes each.

use cpu_model::THREADS_PER_CORE;
use cpu_model::recording::Guest;
use p8smt_scripts::run::{GuestKind, Online, Options, Outcome, ScenarioName};
use p8smt_tests::{
    Bug, Race, artifacts, assert_busy, boot, functions_of_series, is_of_series, out, races, report,
    with_bug_tickless,
};
use std::ops::Range;

fn on(kernel: &str) -> Options {
    Options { kernel: kernel.into(), online: Some(Online::All), ..Options::new(ScenarioName::Kvm) }
}

fn run(test: &str, options: Options) -> Outcome {
    // Counter guests run one after the other, and each time the busy processes say how far they are; chaos ends once.
    let times = if options.chaos.is_some() { 1 } else { options.guests };
    let busy = 7 * (options.cores * times) as usize;
    let guest = Guest { threads: options.guest_threads, cpus_up: options.guest_threads };
    let guests = if options.chaos.is_some() { vec![] } else { vec![guest; options.guests as usize] };
    let outcome = boot(test, options);
    assert_eq!(outcome.verdict.outcome, "ok", "{test}");
    assert_eq!(outcome.verdict.guests, guests);
    assert_busy(&outcome, busy);
    for thread in &report(&out(test)).threads {
        assert_eq!(
            thread.cedes.count, thread.cedes.returned,
            "core {} thread {}",
            thread.core, thread.thread
        );
    }
    outcome
}

/// One run of chaos.
fn chaos(options: Options) -> Outcome {
    let options = Options { guest: GuestKind::Counter, chaos: Some(40), ..options };
    run(&format!("{}-chaos-{}-{}", options.kernel, options.cores, options.seed), options)
}

fn debug(seeds: Range<u64>, cores: u32) {
    for seed in seeds {
        chaos(Options { seed, cores, ..on("patched-debug") });
    }
}

/// The kernel's own reports would stand in the midst of frames where nothing is quiet about them, as chaos is.
fn raced(seeds: Range<u64>, cores: u32) {
    let kernel = "patched-kcsan";
    let of_series = functions_of_series();
    for seed in seeds {
        let outcome = chaos(Options { seed, cores, ..on(kernel) });
        let races = races(&outcome, &artifacts().kernels[kernel].symbols);
        println!("seed {seed}: {races:?}");
        assert!(!races.is_empty(), "a kernel that looks finds mainline's at least");
        let ours: Vec<&Race> = races.iter().filter(|race| is_of_series(race, &of_series)).collect();
        assert!(ours.is_empty(), "seed {seed}: {ours:?}");
    }
}

/// All threads but the first, which keeps house for them.
fn tickless(seeds: Range<u64>, cores: u32) {
    let threads = 1..=cores * THREADS_PER_CORE as u32 - 1;
    for seed in seeds {
        chaos(with_bug_tickless(Bug::None, threads.clone(), Options { seed, cores, ..on("patched") }));
    }
}

/// KVM as a module: loaded before guests come, unloaded once they are gone.
fn unloaded(seed: u64) {
    chaos(Options { seed, modules: vec!["kvm_hv".into()], ..on("patched-debug-modules") });
}

/// One test each, so that several machines share them.
macro_rules! checked {
    ($($name:ident: $body:expr;)*) => {$(
        #[test]
        #[ignore = "minutes, and needs the kernels that scripts/matrix sets up"]
        fn $name() {
            $body;
        }
    )*};
}

checked! {
    debug_counter_1: run("debug-1", Options { guest: GuestKind::Counter, guest_threads: 1, ..on("patched-debug") });
    debug_counter_2: run("debug-2", Options { guest: GuestKind::Counter, guest_threads: 2, ..on("patched-debug") });
    debug_counter_8: run("debug-8", Options { guest: GuestKind::Counter, guest_threads: 8, ..on("patched-debug") });
    debug_debian_8: run("debug-debian", Options { guest_threads: 8, ..on("patched-debug") });
    debug_two_guests: run(
        "debug-two",
        Options { guest: GuestKind::Counter, guests: 2, guest_threads: 4, ..on("patched-debug") },
    );
    debug_two_cores: run(
        "debug-cores",
        Options { guest: GuestKind::Counter, cores: 2, guests: 2, guest_threads: 4, ..on("patched-debug") },
    );
    debug_chaos_1: debug(1..6, 1);
    debug_chaos_6: debug(6..11, 1);
    debug_chaos_11: debug(11..16, 1);
    debug_chaos_16: debug(16..21, 1);
    debug_chaos_cores_21: debug(21..24, 2);
    debug_chaos_cores_24: debug(24..27, 2);
    debug_module_unload: unloaded(27);
    races_1: raced(1..6, 1);
    races_6: raced(6..11, 1);
    races_cores_11: raced(11..14, 2);
    tickless_chaos_1: tickless(1..6, 1);
    tickless_chaos_cores_6: tickless(6..9, 2);
}
