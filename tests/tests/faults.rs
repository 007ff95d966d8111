// SPDX-License-Identifier: GPL-2.0-or-later
//! Faults that are put on threads, as programs without an operating system find them (`tests/programs/fault.s`
//! says what a verdict means).

use p8smt_tests::verdict;

/// Within the program, in ticks: past its start.
const LATER: &str = "tb=20000";

fn arrives(program: &str, kind: &str, thread: u32, when: &str, expected: &str) {
    let found = verdict(program, &format!("inject={kind}@cpu{thread}:{when}"));
    assert_eq!(found, expected, "{program}, {kind}");
}

#[test]
fn in_the_hypervisor() {
    for (kind, expected) in [
        ("sreset", "10c0"),
        ("sreset+nori", "1040"),
        ("mce+slb-multihit", "20e0"),
        ("mce+ue-fetch+nori", "2044"),
        ("hmi", "e6c0"),
        ("doorbell", "e8c0"),
    ] {
        arrives("fault-host", kind, 0, LATER, expected);
    }
}

#[test]
fn in_a_guest() {
    for (kind, expected) in
        [("sreset", "1000"), ("mce+tlb-multihit", "2020"), ("hmi", "e600"), ("doorbell", "e800")]
    {
        arrives("fault-guest", kind, 0, LATER, expected);
        arrives("fault-guest", kind, 0, "event=guest-entry", expected);
    }
}

#[test]
fn in_problem_state() {
    for (kind, host, guest) in [
        ("sreset+ri", "10c0", "1080"),
        ("mce+ue", "20e0", "20a0"),
        ("hmi", "e6c0", "e680"),
        ("doorbell", "e8c0", "e880"),
    ] {
        arrives("fault-host-user", kind, 0, LATER, host);
        arrives("fault-guest-user", kind, 0, LATER, guest);
    }
}

/// What waits for MSR\[EE\] comes as soon as it is set; what is due together comes one after the other.
#[test]
fn in_the_order_in_which_the_state_allows() {
    let masked = "inject=hmi@cpu0:tb=100,inject=sreset@cpu0:tb=20000";
    assert_eq!(verdict("fault-host", masked), "10c0");
    assert_eq!(verdict("fault-host", "inject=hmi@cpu0:tb=100"), "e6c0");
    let both = "inject=hmi@cpu0:event=guest-entry,inject=sreset@cpu0:event=guest-entry";
    assert_eq!(verdict("fault-guest", both), "1000");
}

#[test]
fn in_a_nap() {
    for (kind, expected) in
        [("sreset", "1051"), ("mce+ue-fetch", "2045"), ("hmi", "1069"), ("doorbell", "104d")]
    {
        arrives("fault-nap", kind, 1, LATER, expected);
        arrives("fault-nap", kind, 1, "event=nap", expected);
        arrives("fault-sibling", kind, 1, "event=nap-while-sibling-in-guest", expected);
    }
    arrives("fault-external", "ext", 1, LATER, "1061");
}
