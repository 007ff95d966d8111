// SPDX-License-Identifier: GPL-2.0-or-later
//! Chaos under some seeds: guests started, stopped and killed beside CPUs that come and go, and KVM's controls that change.
//!
//! Each seed is a test of its own, so that the partitions of cargo-nextest share them.

use cpu_model::recording::Guest;
use p8smt_scripts::repeat::Totals;
use p8smt_scripts::run::{GuestKind, Online, Options, ScenarioName};
use p8smt_tests::{boot, out};

fn chaos(name: &str, options: Options) {
    let options =
        Options { kernel: "patched".into(), online: Some(Online::All), guest: GuestKind::Counter, ..options };
    let outcome = boot(name, options);
    assert_eq!(outcome.verdict.outcome, "ok");
    assert_eq!(outcome.verdict.guests, Vec::<Guest>::new());
    let totals = Totals::new(&out(name), &outcome.frames).expect("a recording");
    println!("{totals}");
    assert!(totals.guest_entries > 0 && totals.guest_entries == totals.guest_exits, "{totals}");
    assert!(totals.cedes > 0 && totals.cedes == totals.returns, "{totals}");
    assert!(totals.chaos_guests > 0, "{totals}");
}

/// A test for each seed: its name, the seed, cores, and how many acts.
macro_rules! seeds {
    ($($name:ident: $seed:literal, $cores:literal, $acts:literal;)*) => {$(
        #[test]
        fn $name() {
            let name = concat!("chaos-", stringify!($name));
            let options = Options { seed: $seed, cores: $cores, chaos: Some($acts), ..Options::new(ScenarioName::Kvm) };
            chaos(name, options);
        }
    )*};
}

seeds! {
    one_core_1: 1, 1, 40;
    one_core_2: 2, 1, 40;
    two_cores_1: 1, 2, 40;
}

#[test]
fn a_kernel_without_the_series_has_nothing_for_it() {
    let options = Options {
        chaos: Some(40),
        seed: 1,
        online: Some(Online::All),
        guest: GuestKind::Counter,
        ..Options::new(ScenarioName::Kvm)
    };
    let what = boot("chaos-stock", options).verdict.outcome;
    assert!(what.starts_with("host: chaos:1:40 ended with status 1: agent: "), "{what}");
}
