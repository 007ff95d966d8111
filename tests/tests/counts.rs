// SPDX-License-Identifier: GPL-2.0-or-later
//! What a recording says of KVM, held against what the kernel itself counts in the same run: equal to the unit.

use cpu_model::THREADS_PER_CORE;
use p8smt_scripts::protocol::{Body, Frame};
use p8smt_scripts::report::Report;
use p8smt_scripts::run::{GuestKind, Online, Options, ScenarioName};
use p8smt_tests::{boot, out, report};

fn counted(test: &str, options: Options) -> (Vec<Frame>, Report) {
    let options = Options { counts: true, guest: GuestKind::Counter, ..options };
    let outcome = boot(test, options);
    assert_eq!(outcome.verdict.outcome, "ok");
    (outcome.frames, report(&out(test)))
}

/// Counts of `what` by the number of the processor; `powerpc/kvm_secondaries` has no primaries.
fn counts(report: &Report, frames: &[Frame], what: &str) -> Vec<u64> {
    let mut counts = vec![0; report.threads.len()];
    let mut heard = 0;
    for frame in frames {
        match &frame.body {
            Body::Counted { what: this, of, count } if this == what => {
                counts[*of as usize] = *count;
                heard += 1;
            }
            _ => {}
        }
    }
    assert!(heard >= 7, "{heard} processors counted {what}");
    counts
}

fn by_thread(report: &Report, count: fn(&p8smt_scripts::report::Thread) -> u64) -> Vec<u64> {
    report.threads.iter().map(count).collect()
}

/// A vcore is entered by its core's primary.
fn vcore_runs(report: &Report) -> Vec<u64> {
    let others = [0; THREADS_PER_CORE - 1];
    report.cores.iter().flat_map(|core| std::iter::once(core.vcore_runs).chain(others)).collect()
}

fn check(test: &str, options: Options) -> (Vec<Frame>, Report) {
    let (frames, report) = counted(test, options);
    let counts = |what| counts(&report, &frames, what);
    assert_eq!(counts("kvmppc_run_core"), vcore_runs(&report));
    // These count vCPUs that are given a thread. The recording counts threads that enter a guest: not one that finds its
    // core on the way out, and once more one for which KVM does something in real mode. Neither number bounds the other.
    let given: u64 = counts("kvm_guest_enter").iter().sum();
    assert!(given > 0);
    assert_eq!(counts("kvm_guest_exit").iter().sum::<u64>(), given);
    (frames, report)
}

fn check_secondaries(test: &str, options: Options) -> (Vec<Frame>, Report) {
    let (frames, report) = check(test, Options { online: Some(Online::All), ..options });
    let cedes = by_thread(&report, |thread| thread.cedes.count);
    let returned = by_thread(&report, |thread| thread.cedes.returned);
    assert!(cedes.iter().filter(|count| **count > 0).count() >= 7, "{cedes:?}");
    assert_eq!(cedes, returned);
    for what in ["cedes", "kvmhv_cede"] {
        assert_eq!(counts(&report, &frames, what), cedes, "{what}");
    }
    for what in ["returns", "kvmhv_return"] {
        assert_eq!(counts(&report, &frames, what), returned, "{what}");
    }
    (frames, report)
}

fn patched() -> Options {
    Options { kernel: "patched".into(), ..Options::new(ScenarioName::Kvm) }
}

#[test]
fn vcores_and_cedes() {
    for guest_threads in [1, 8] {
        check_secondaries(&format!("counts-{guest_threads}"), Options { guest_threads, ..patched() });
    }
}

#[test]
fn of_two_cores() {
    check_secondaries("counts-two-cores", Options { cores: 2, seed: 1, ..patched() });
}

#[test]
fn vcores_of_a_kernel_without_the_series() {
    check("counts-stock", Options::new(ScenarioName::Kvm));
}

/// KVM's own timing counts each phase of real mode, those that start and end there too. vCPU n runs on thread n of the core.
#[test]
#[ignore = "needs scripts/setup --kernel patched-timing"]
fn guest_entries() {
    let options = Options { kernel: "patched-timing".into(), guest_threads: 8, ..patched() };
    let (frames, report) = check_secondaries("counts-timing", options);
    let entries = by_thread(&report, |thread| thread.guest_entries);
    assert_eq!(counts(&report, &frames, "timings:guest"), entries);
    assert_eq!(by_thread(&report, |thread| thread.guest_exits), entries);
}
