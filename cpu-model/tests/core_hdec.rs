// SPDX-License-Identifier: GPL-2.0-or-later
//! One hypervisor decrementer for the core, whose expiry a nap does not swallow.

mod core_events;

use core_events::*;
use cpu_model::core::{Core, Effect};
use cpu_model::{Rule, Rules, WakeReason, lpcr, spr};

const TAKEN: [Effect; 1] = [Effect::TakeAtGuestEntry { vector: 0x980 }];
const START: u64 = 1_000_000;
const SLICE: u64 = 5_000;

/// The primary has given the guest its slice, threads 0 and 1 are in it, 1 is about to give itself away.
fn running(rules: Rules) -> Core {
    let mut core = Core::new(rules);
    at(&mut core, 0, START, write(spr::HDEC, SLICE));
    for thread in [0, 1] {
        at(&mut core, thread, START, write(spr::LPCR, lpcr::HDICE));
        assert_eq!(at(&mut core, thread, START, to_guest()), []);
    }
    at(&mut core, 1, START, exit(0xc00));
    core
}

fn nap_from_to(core: &mut Core, from: u64, to: u64) {
    assert_eq!(at(core, 1, START + from, nap()), []);
    assert_eq!(at(core, 1, START + to, wake(WakeReason::Decrementer)), []);
}

#[test]
fn it_is_taken_after_a_nap_in_which_it_expired() {
    let mut core = running(Rules::ALL);
    nap_from_to(&mut core, 10, SLICE);
    assert_eq!(at(&mut core, 1, START + SLICE + 50, to_guest()), TAKEN);
    at(&mut core, 1, START + SLICE + 50, exit(0x980));
    assert_eq!(at(&mut core, 1, START + SLICE + 90, to_guest()), [], "once");
}

#[test]
fn it_is_taken_where_it_had_expired_when_the_nap_began() {
    let mut core = running(Rules::ALL);
    nap_from_to(&mut core, SLICE + 1, SLICE + 2);
    assert_eq!(at(&mut core, 1, START + SLICE + 50, to_guest()), TAKEN);
}

#[test]
fn one_that_expires_after_the_nap_is_the_emulator_s_to_deliver() {
    let mut core = running(Rules::ALL);
    nap_from_to(&mut core, 10, SLICE - 1);
    assert_eq!(at(&mut core, 1, START + SLICE + 1, to_guest()), []);
}

#[test]
fn a_thread_that_did_not_nap_has_lost_nothing() {
    let mut core = running(Rules::ALL);
    nap_from_to(&mut core, 10, SLICE);
    at(&mut core, 0, START + SLICE, exit(0xc00));
    assert_eq!(at(&mut core, 0, START + SLICE + 1, to_guest()), []);
}

#[test]
fn it_is_taken_once_by_each_thread() {
    let mut core = running(Rules::ALL);
    at(&mut core, 1, START + SLICE, exit(0x980));
    nap_from_to(&mut core, SLICE + 5, SLICE + 10);
    assert_eq!(at(&mut core, 1, START + SLICE + 50, to_guest()), []);
}

#[test]
fn a_new_value_by_any_thread_ends_the_old_expiry() {
    let mut core = running(Rules::ALL);
    nap_from_to(&mut core, 10, SLICE);
    at(&mut core, 0, START + SLICE + 20, write(spr::HDEC, 0x7fff_ffff));
    assert_eq!(at(&mut core, 1, START + SLICE + 50, to_guest()), []);
    // A negative one expires at once; it has 32 bits.
    at(&mut core, 0, START + SLICE + 60, write(spr::HDEC, 0xffff_fff0));
    at(&mut core, 1, START + SLICE + 60, exit(0xc00));
    nap_from_to(&mut core, SLICE + 70, SLICE + 80);
    assert_eq!(at(&mut core, 1, START + SLICE + 90, to_guest()), TAKEN);
}

#[test]
fn a_negative_value_in_place_of_another_raises_nothing_and_ends_nothing() {
    let mut core = running(Rules::ALL);
    nap_from_to(&mut core, 10, SLICE);
    at(&mut core, 0, START + SLICE + 20, write(spr::HDEC, 0xffff_ffff));
    assert_eq!(at(&mut core, 1, START + SLICE + 50, to_guest()), TAKEN);
    // Written with HDICE off first: none is pending, and none comes of the second.
    let mut core = running(Rules::ALL);
    at(&mut core, 1, START, write(spr::LPCR, 0));
    at(&mut core, 1, START, write(spr::HDEC, 0xffff_ffff));
    at(&mut core, 1, START, write(spr::LPCR, lpcr::HDICE));
    at(&mut core, 1, START + 10, write(spr::HDEC, 0xffff_ffff));
    assert_eq!(at(&mut core, 1, START + 20, to_guest()), []);
    assert_eq!(at(&mut core, 1, START + 30, exit(0x980)), [Effect::ReturnToGuest]);
}

#[test]
fn only_a_guest_with_hdice_is_interrupted_and_only_on_the_way_in() {
    let mut core = running(Rules::ALL);
    nap_from_to(&mut core, 10, SLICE);
    assert_eq!(at(&mut core, 1, START + SLICE + 50, to_host()), []);
    at(&mut core, 1, START + SLICE + 50, write(spr::LPCR, 0));
    assert_eq!(at(&mut core, 1, START + SLICE + 60, to_guest()), []);
    at(&mut core, 1, START + SLICE + 60, write(spr::LPCR, lpcr::HDICE));
    assert_eq!(at(&mut core, 1, START + SLICE + 70, to_guest()), [], "the guest's own rfid");
    at(&mut core, 1, START + SLICE + 80, exit(0xc00));
    assert_eq!(at(&mut core, 1, START + SLICE + 90, to_guest()), TAKEN);
}

/// The interrupt comes in place of the detour that would flush: the next entry must ask for it again.
#[test]
fn translations_of_another_partition_are_dropped_on_the_entry_that_happens() {
    let mut core = running(Rules::ALL);
    switch(&mut core, 0, 2, 0x0200_0000);
    nap_from_to(&mut core, 10, SLICE);
    let effects = at(&mut core, 1, START + SLICE + 50, to_guest());
    assert!(effects.contains(&TAKEN[0]) && !effects.contains(&Effect::FlushThreadTlb), "{effects:?}");
    at(&mut core, 1, START + SLICE + 50, exit(0x980));
    assert_eq!(at(&mut core, 1, START + SLICE + 90, to_guest()), [Effect::FlushThreadTlb]);
}

#[test]
fn the_rule_can_be_left_out() {
    let mut core = running(Rules::ALL.without(Rule::Hdec));
    nap_from_to(&mut core, 10, SLICE);
    assert_eq!(at(&mut core, 1, START + SLICE + 50, to_guest()), []);
}

#[test]
fn one_that_was_pending_when_it_was_written_anew_sends_the_guest_back() {
    let mut core = running(Rules::ALL);
    // Expired before; the guest has it from the emulator all the same.
    let back = [Effect::WriteHdec { ticks: SLICE as u32 - 20 }, Effect::ReturnToGuest];
    assert_eq!(at(&mut core, 0, START + 20, exit(0x980)), back);
    assert_eq!(at(&mut core, 0, START + SLICE + 1, exit(0x980)), [], "this one is due");
}

#[test]
fn one_that_was_written_with_hdice_off_never_comes() {
    let mut core = Core::new(Rules::ALL);
    at(&mut core, 0, START, write(spr::LPCR, 0));
    at(&mut core, 0, START, write(spr::HDEC, 10));
    at(&mut core, 0, START + 50, write(spr::LPCR, lpcr::HDICE));
    assert_eq!(at(&mut core, 0, START + 60, to_guest()), []);
    assert_eq!(at(&mut core, 0, START + 70, exit(0x980)), [Effect::ReturnToGuest]);
    let mut core = ALL_BUT(Rule::Hdec);
    at(&mut core, 0, START, write(spr::LPCR, 0));
    at(&mut core, 0, START, write(spr::HDEC, 10));
    at(&mut core, 0, START + 60, to_guest());
    assert_eq!(at(&mut core, 0, START + 70, exit(0x980)), []);
}
