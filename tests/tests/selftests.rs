// SPDX-License-Identifier: GPL-2.0-or-later
//! The kernel series' own tests, on the machine that they are for.

use p8smt_scripts::run::{Options, ScenarioName};
use p8smt_tests::boot;

fn confined(kernel: &str) -> String {
    let options = Options {
        kernel: kernel.into(),
        exec: vec!["/bin/confined".into()],
        ..Options::new(ScenarioName::Boot)
    };
    boot(&format!("selftest-confined-{kernel}"), options).verdict.outcome
}

#[test]
fn a_vcpus_task_stays_on_primaries() {
    assert_eq!(confined("patched"), "ok");
}

/// 4: skipped.
#[test]
fn a_kernel_without_the_series_has_nothing_to_test() {
    assert_eq!(confined("stock"), "host: exec:/bin/confined ended with status 4: confined: skipped");
}
