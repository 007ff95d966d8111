// SPDX-License-Identifier: GPL-2.0-or-later
//! The kernel series switched off, at build time and at run time: the same guest costs what it costs without the series.

use p8smt_scripts::report::Report;
use p8smt_scripts::run::{GuestKind, Online, Options, ScenarioName};
use p8smt_tests::{boot, out, report};

/// A schedule each: what differs between them is the noise that kernels are compared in.
const SEEDS: std::ops::RangeInclusive<u64> = 1..=5;
const GUEST_THREADS: u32 = 4;

/// What is compared, of one run.
fn figures(report: &Report) -> Vec<(String, u64)> {
    let sum = |count: &dyn Fn(&p8smt_scripts::report::Thread) -> u64| report.threads.iter().map(count).sum();
    let exits = report.threads.iter().take(GUEST_THREADS as usize).enumerate();
    let mut figures: Vec<(String, u64)> =
        exits.map(|(thread, t)| (format!("guest exits, thread {thread}"), t.guest_exits)).collect();
    figures.extend([
        ("vcore runs".to_owned(), report.cores.iter().map(|core| core.vcore_runs).sum()),
        ("doorbells sent".to_owned(), sum(&|t| t.ipis.sent[cpu_model::account::IpiKind::Doorbell])),
        ("IPIs sent".to_owned(), sum(&|t| t.ipis.sent[cpu_model::account::IpiKind::Xics])),
        ("naps".to_owned(), sum(&|t| t.naps.count)),
        ("ticks of KVM".to_owned(), report.cores.iter().map(|core| core.tb_kvm).sum()),
        ("ticks in all".to_owned(), report.elapsed_tb),
    ]);
    figures
}

/// Least, middle and greatest of a figure over the seeds.
type Spread = [u64; 3];

fn measure(kernel: &str, append: &str) -> Vec<(String, Spread)> {
    let runs: Vec<Vec<(String, u64)>> = SEEDS
        .map(|seed| {
            let test = format!("switched-off-{kernel}-{seed}");
            let options = Options {
                kernel: kernel.into(),
                append: append.into(),
                seed,
                guest: GuestKind::Counter,
                guest_threads: GUEST_THREADS,
                online: Some(Online::Primary),
                ..Options::new(ScenarioName::Kvm)
            };
            assert_eq!(boot(&test, options).verdict.outcome, "ok");
            figures(&report(&out(&test)))
        })
        .collect();
    let spread = |figure: usize| {
        let mut values: Vec<u64> = runs.iter().map(|run| run[figure].1).collect();
        values.sort_unstable();
        [values[0], values[values.len() / 2], values[values.len() - 1]]
    };
    runs[0].iter().enumerate().map(|(figure, (name, _))| (name.clone(), spread(figure))).collect()
}

/// The middle of each figure lies no further from stock's than the seeds make stock differ by, or 1 % where they hardly do.
fn check(kernel: &str, append: &str) {
    let stock = measure("stock", "");
    let other = measure(kernel, append);
    println!("{:<24}{:>36}{:>36}", "least, middle, greatest", "stock", format!("{kernel} {append}"));
    let mut far = Vec::new();
    for ((name, stock), (_, other)) in stock.iter().zip(&other) {
        println!("{name:<24}{:>36}{:>36}", format!("{stock:?}"), format!("{other:?}"));
        let noise = (stock[2] - stock[0]).max(stock[1] / 100).max(1);
        if stock[1].abs_diff(other[1]) > noise {
            far.push(name);
        }
    }
    assert!(far.is_empty(), "{kernel} {append} is unlike stock in {far:?}");
}

#[test]
fn at_run_time() {
    check("patched", "kvm_hv.host_secondaries=N");
}

#[test]
#[ignore = "needs scripts/setup --kernel patched-off"]
fn at_build_time() {
    check("patched-off", "");
}
