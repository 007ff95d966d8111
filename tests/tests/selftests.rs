// SPDX-License-Identifier: GPL-2.0-or-later
//! The kernel series' own tests, on the machine that they are for.

use p8smt_scripts::run::{Options, ScenarioName};
use p8smt_tests::boot;

fn confined(kernel: &str) -> String {
    let options = Options {
        kernel: kernel.into(),
        exec: vec!["/bin/confined".into()],
        // So that a primary thread may go offline and leave another.
        cores: 2,
        ..Options::new(ScenarioName::Boot)
    };
    boot(&format!("selftest-confined-{kernel}"), options).verdict.outcome
}

/// A test that is skipped makes it end with 4: none is.
#[test]
fn a_vcpus_task_stays_on_primaries() {
    assert_eq!(confined("patched"), "ok");
}

#[test]
fn a_kernel_without_the_series_has_nothing_to_test() {
    assert_eq!(confined("stock"), "host: exec:/bin/confined ended with status 4: asked_meanwhile: skipped");
}
