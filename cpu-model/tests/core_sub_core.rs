// SPDX-License-Identifier: GPL-2.0-or-later
//! Split cores: what is shared is shared by a sub-core's threads alone.

mod core_events;

use core_events::*;
use cpu_model::core::{Core, Effect};
use cpu_model::{Event, Rule, Rules, WakeReason, hid0, lpcr, spr};

const KEEP: u64 = hid0::DYNAMIC_LPAR_DISABLE;
const TWO: u64 = KEEP | hid0::ONE_TO_TWO_LPAR;
const FOUR: u64 = KEEP | hid0::ONE_TO_FOUR_LPAR;
const START: u64 = 1_000_000;
const SLICE: u64 = 5_000;

fn split(command: u64) -> Core {
    let mut core = Core::new(Rules::ALL);
    assert_eq!(ask(&mut core, 0, write(spr::HID0, command)), []);
    core
}

fn give(value: u64) -> Vec<Effect> {
    vec![Effect::Give { value }]
}

#[test]
fn hid0_shows_how_the_core_is_split_and_no_command() {
    let mut core = split(TWO | hid0::HILE);
    for thread in [0, 7] {
        let reads = hid0::TWO_LPAR_MODE | KEEP | hid0::HILE;
        assert_eq!(ask(&mut core, thread, read(spr::HID0)), give(reads));
    }
    let mut core = split(FOUR);
    assert_eq!(ask(&mut core, 3, read(spr::HID0)), give(hid0::FOUR_LPAR_MODE | KEEP));
    // What is read is what is written back.
    ask(&mut core, 0, write(spr::HID0, hid0::FOUR_LPAR_MODE | KEEP));
    assert_eq!(ask(&mut core, 3, read(spr::HID0)), []);
}

#[test]
fn a_core_is_whole_again_when_its_threads_nap_and_it_may() {
    let mut core = split(TWO);
    (1..8).for_each(|thread| assert_eq!(ask(&mut core, thread, nap()), []));
    assert_eq!(ask(&mut core, 0, read(spr::HID0)), give(hid0::TWO_LPAR_MODE | KEEP), "it may not");
    ask(&mut core, 5, wake(WakeReason::HypervisorDoorbell));
    ask(&mut core, 0, write(spr::HID0, hid0::TWO_LPAR_MODE));
    assert_eq!(ask(&mut core, 0, read(spr::HID0)), [], "thread 5 is awake");
    ask(&mut core, 5, nap());
    assert_eq!(ask(&mut core, 0, read(spr::HID0)), give(0));
    // And in four from there.
    ask(&mut core, 0, write(spr::HID0, FOUR));
    assert_eq!(ask(&mut core, 0, read(spr::HID0)), give(hid0::FOUR_LPAR_MODE | KEEP));
}

#[test]
fn rpr_and_ldbar_are_each_parts_own() {
    for register in [spr::RPR, spr::LDBAR] {
        let mut core = Core::new(Rules::ALL);
        assert_eq!(ask(&mut core, 0, write(register, 3)), []);
        assert_eq!(ask(&mut core, 7, read(register)), [], "the emulator's is one for all");
        ask(&mut core, 0, write(spr::HID0, TWO));
        assert_eq!(ask(&mut core, 7, read(register)), []);
        ask(&mut core, 4, write(register, 5));
        assert_eq!(ask(&mut core, 7, read(register)), give(5));
        assert_eq!(ask(&mut core, 1, read(register)), give(3));
        ask(&mut core, 0, write(spr::HID0, 0));
        (1..8).for_each(|thread| assert_eq!(ask(&mut core, thread, nap()), []));
        assert_eq!(
            ask(&mut core, 0, read(register)),
            give(3),
            "whole, and the emulator's is the other part's"
        );
        ask(&mut core, 0, write(register, 6));
        assert_eq!(ask(&mut core, 0, read(register)), []);
    }
}

#[test]
fn each_part_begins_with_what_the_whole_had() {
    let mut core = Core::new(Rules::ALL);
    ask(&mut core, 0, write(spr::PMMAR, 5));
    ask(&mut core, 0, write(spr::HID0, TWO));
    assert_eq!(ask(&mut core, 7, read(spr::PMMAR)), give(5));
    ask(&mut core, 7, write(spr::PMMAR, 6));
    assert_eq!(ask(&mut core, 0, read(spr::PMMAR)), give(5));
}

#[test]
fn an_hdec_that_is_written_negative_is_the_emulator_s_to_raise() {
    let mut core = Core::new(Rules::ALL);
    at(&mut core, 0, START, write(spr::HDEC, SLICE));
    at(&mut core, 0, START, write(spr::HID0, TWO));
    at(&mut core, 0, START, write(spr::LPCR, lpcr::HDICE));
    assert_eq!(at(&mut core, 0, START + 10, write(spr::HDEC, 0xffff_ffff)), []);
    at(&mut core, 0, START + 20, to_guest());
    assert_eq!(at(&mut core, 0, START + 30, exit(0x980)), [], "it is due");
    // Another's, later.
    at(&mut core, 0, START + 40, to_guest());
    let back = at(&mut core, 0, START + 50, exit(0x980));
    assert_eq!(back.last(), Some(&Effect::ReturnToGuest), "it has been taken");
}

#[test]
fn it_is_raised_where_the_emulator_s_is_negative_already_for_another_part() {
    let negative = write(spr::HDEC, 0xffff_ffff);
    let mut core = Core::new(Rules::ALL);
    at(&mut core, 0, START, write(spr::HDEC, SLICE));
    at(&mut core, 0, START, write(spr::LPCR, lpcr::HDICE));
    at(&mut core, 0, START, write(spr::HID0, TWO));
    at(&mut core, 1, START, to_guest());
    at(&mut core, 4, START, write(spr::LPCR, lpcr::HDICE));
    assert_eq!(at(&mut core, 4, START + 10, negative), []);
    assert_eq!(at(&mut core, 0, START + 20, negative), [Effect::WriteHdec { ticks: 0 }]);
    assert_eq!(at(&mut core, 0, START + 30, negative), [], "from negative to negative nothing expires");
    // Thread 0 does not wait for the emulator's, thread 1 does.
    assert_eq!(at(&mut core, 0, START + 40, to_guest()), [Effect::TakeAtGuestEntry { vector: 0x980 }]);
    assert_eq!(at(&mut core, 1, START + 50, exit(0x980)), []);
    // What thread 0 has taken is taken once.
    at(&mut core, 0, START + 60, exit(0x980));
    at(&mut core, 0, START + 70, to_guest());
    assert_eq!(at(&mut core, 0, START + 80, exit(0x980)).last(), Some(&Effect::ReturnToGuest));
}

#[test]
fn it_goes_from_two_to_four_by_way_of_whole_only() {
    let mut core = split(TWO);
    ask(&mut core, 0, write(spr::HID0, FOUR));
    assert_eq!(ask(&mut core, 0, read(spr::HID0)), give(hid0::TWO_LPAR_MODE | KEEP));
}

#[test]
fn each_part_has_a_partition_of_its_own() {
    let mut core = split(TWO);
    switch(&mut core, 0, 1, 0x1000);
    switch(&mut core, 4, 2, 0x2000);
    let to = |sdr1, lpid| {
        vec![Effect::SetSpr { spr: spr::SDR1, value: sdr1 }, Effect::SetSpr { spr: spr::LPIDR, value: lpid }]
    };
    assert_eq!(ask(&mut core, 3, to_guest()), to(0x1000, 1));
    assert_eq!(ask(&mut core, 7, to_guest()), to(0x2000, 2));
    assert_eq!(ask(&mut core, 0, to_guest()), []);
}

#[test]
fn whole_again_it_has_what_its_first_part_had() {
    let mut core = split(TWO);
    switch(&mut core, 4, 2, 0x2000);
    (1..8).for_each(|thread| drop(ask(&mut core, thread, nap())));
    ask(&mut core, 0, write(spr::HID0, 0));
    ask(&mut core, 4, wake(WakeReason::HypervisorDoorbell));
    let zero = |spr| Effect::SetSpr { spr, value: 0 };
    assert_eq!(ask(&mut core, 4, to_host()), [zero(spr::SDR1), zero(spr::LPIDR)]);
}

#[test]
fn a_doorbell_between_guests_stays_in_its_part() {
    let mut core = split(FOUR);
    ask(&mut core, 6, write(spr::HFSCR, 1 << 10));
    ask(&mut core, 6, to_guest());
    let effects = ask(&mut core, 6, msgsndp(1));
    assert!(effects.contains(&Effect::SendTo { thread: 7 }), "{effects:?}");
    assert_eq!(ask(&mut core, 6, msgsndp(2)), [Effect::Skip], "a part has two threads");
    // Thread 7 has it: a nap that a privileged doorbell may end names it.
    ask(&mut core, 7, write(spr::LPCR, lpcr::PECE_PRIVILEGED_DOORBELL));
    ask(&mut core, 7, nap());
    let why = Effect::SetWakeReason(WakeReason::PrivilegedDoorbell);
    assert_eq!(ask(&mut core, 7, wake(WakeReason::External)), [why]);
    // The first part's numbers are the core's.
    ask(&mut core, 0, to_guest());
    assert!(!ask(&mut core, 0, msgsndp(1)).iter().any(|e| matches!(e, Effect::SendTo { .. })));
}

#[test]
fn a_guest_reads_its_number_in_its_part_and_a_hypervisor_the_core_s() {
    let mut core = split(TWO);
    assert_eq!(ask(&mut core, 6, read(spr::TIR)), []);
    ask(&mut core, 6, to_guest());
    assert_eq!(ask(&mut core, 6, read(spr::TIR)), give(2));
}

#[test]
fn dpdes_has_a_part_s_doorbells() {
    let mut core = split(TWO);
    let (first, threads) = (4, 0xf0);
    assert_eq!(ask(&mut core, 4, read(spr::DPDES)), [Effect::ReadDoorbells { first, threads }]);
    let effects = ask(&mut core, 4, write(spr::DPDES, 3));
    assert_eq!(effects, [Effect::WriteDoorbells { first, threads, value: 3 }]);
    let mut whole = Core::new(Rules::ALL);
    assert_eq!(ask(&mut whole, 4, read(spr::DPDES)), []);
    assert_eq!(ask(&mut whole, 4, write(spr::DPDES, 3)), []);
}

#[test]
fn a_part_has_a_timebase_of_its_own_and_the_whole_core_the_emulator_s() {
    let ahead = 3 << 24;
    let mut core = split(FOUR);
    let apart = |threads, ahead| Effect::Apart { threads, ahead };
    assert_eq!(ask(&mut core, 2, Event::WriteTimebase { ahead }), [apart(0b1100, ahead), Effect::Skip]);
    (1..8).for_each(|thread| assert_eq!(ask(&mut core, thread, nap()), []));
    ask(&mut core, 0, wake(WakeReason::HypervisorDoorbell));
    assert_eq!(ask(&mut core, 0, write(spr::HID0, 0)), [apart(0xff, 0)]);
    assert_eq!(ask(&mut core, 2, Event::WriteTimebase { ahead }), [], "the emulator writes for all");
    // What the first part had stays the core's until it is written.
    ask(&mut core, 0, write(spr::HID0, TWO));
    ask(&mut core, 0, Event::WriteTimebase { ahead });
    assert_eq!(ask(&mut core, 0, write(spr::HID0, 0)), [apart(0xff, ahead)]);
    assert_eq!(ask(&mut core, 0, Event::WriteTimebase { ahead: 5 << 24 }), [apart(0xff, 0)]);
}

#[test]
fn a_guest_finds_its_part_s_in_dpdes_whether_the_emulator_has_them_or_not() {
    let mut core = split(TWO);
    ask(&mut core, 4, write(spr::DPDES, 0b1010));
    ask(&mut core, 0, write(spr::DPDES, 0b0001));
    ask(&mut core, 6, to_guest());
    assert_eq!(ask(&mut core, 6, read(spr::DPDES)), give(0b1010));
    let mut whole = Core::new(Rules::ALL);
    ask(&mut whole, 4, write(spr::DPDES, 0b1010));
    ask(&mut whole, 6, to_guest());
    assert_eq!(ask(&mut whole, 6, read(spr::DPDES)), give(0b1010));
    let mut out = ALL_BUT(Rule::Msgsndp);
    ask(&mut out, 6, to_guest());
    assert_eq!(ask(&mut out, 6, read(spr::DPDES)), []);
}

#[test]
fn vtb_goes_on_from_what_its_part_wrote() {
    let mut core = split(TWO);
    assert_eq!(at(&mut core, 4, 100, write(spr::VTB, 7)), [Effect::Skip]);
    assert_eq!(at(&mut core, 6, 130, read(spr::VTB)), give(37));
    assert_eq!(at(&mut core, 0, 130, read(spr::VTB)), [], "the other's is the emulator's still");
}

/// Both parts have a slice; the second part's is longer.
fn slices() -> Core {
    let mut core = split(TWO);
    assert_eq!(at(&mut core, 0, START, write(spr::HDEC, SLICE)), []);
    // The emulator has one register: it must expire for the first.
    let effects = at(&mut core, 4, START, write(spr::HDEC, 3 * SLICE));
    assert_eq!(effects, [Effect::WriteHdec { ticks: SLICE as u32 }]);
    for thread in [0, 4, 5] {
        at(&mut core, thread, START, write(spr::LPCR, lpcr::HDICE));
        assert_eq!(at(&mut core, thread, START, to_guest()), []);
    }
    core
}

#[test]
fn each_part_s_hypervisor_decrementer_is_its_own() {
    let mut core = slices();
    assert_eq!(at(&mut core, 0, START + SLICE, exit(0x980)), []);
    // It interrupts the other part's threads in the emulator: back, with what is left of their slice.
    let left = Effect::WriteHdec { ticks: 2 * SLICE as u32 };
    for thread in [4, 5] {
        assert_eq!(at(&mut core, thread, START + SLICE, exit(0x980)), [left, Effect::ReturnToGuest]);
        assert!(core.run_state(thread).mode().is_guest());
    }
    assert_eq!(at(&mut core, 4, START + 3 * SLICE, exit(0x980)), []);
    assert!(!core.run_state(4).mode().is_guest());
}

#[test]
fn a_thread_that_napped_over_the_other_part_s_has_its_own_set_again() {
    let mut core = slices();
    at(&mut core, 4, START, exit(0xc00));
    at(&mut core, 5, START, exit(0xc00));
    at(&mut core, 4, START, nap());
    assert_eq!(at(&mut core, 0, START + SLICE, exit(0x980)), []);
    at(&mut core, 4, START + SLICE + 10, wake(WakeReason::Decrementer));
    let effects = at(&mut core, 4, START + SLICE + 20, to_guest());
    assert_eq!(effects, [Effect::WriteHdec { ticks: 2 * SLICE as u32 - 20 }]);
    assert_eq!(at(&mut core, 5, START + SLICE + 30, to_guest()), [], "it is set");
}

#[test]
fn hdec_reads_as_the_part_s() {
    let mut core = slices();
    assert_eq!(at(&mut core, 4, START + 1, read(spr::HDEC)), give(3 * SLICE - 1));
    // The emulator's may have been written late.
    assert_eq!(at(&mut core, 0, START + 1, read(spr::HDEC)), give(SLICE - 1));
    assert_eq!(at(&mut core, 4, START + 4 * SLICE, read(spr::HDEC)), give(u64::from(-(SLICE as i32) as u32)));
}

/// The mask was lifted for a doorbell when the other part's decrementer came.
#[test]
fn a_doorbell_on_its_way_comes_after_the_way_back() {
    let mut core = slices();
    at(&mut core, 0, START, msgsnd(4));
    assert!(at(&mut core, 4, START, block(false)).contains(&Effect::LiftMask));
    let effects = at(&mut core, 4, START + SLICE, exit(0x980));
    let expected = [
        Effect::Poke(4),
        Effect::RestoreSavedMask { hypervisor: true },
        Effect::WriteHdec { ticks: 2 * SLICE as u32 },
        Effect::ReturnToGuest,
    ];
    assert_eq!(effects, expected);
}

#[test]
fn the_rule_can_be_left_out() {
    let mut core = Core::new(Rules::ALL.without(Rule::SubCore));
    assert_eq!(ask(&mut core, 0, write(spr::HID0, TWO)), []);
    assert_eq!(ask(&mut core, 0, read(spr::HID0)), []);
    assert_eq!(ask(&mut core, 4, read(spr::DPDES)), []);
    assert_eq!(ask(&mut core, 4, Event::WriteTimebase { ahead: 1 << 24 }), []);
    switch(&mut core, 4, 2, 0x2000);
    assert_eq!(ask(&mut core, 0, to_guest()).len(), 2, "one partition for all");
}
