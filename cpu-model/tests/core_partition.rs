// SPDX-License-Identifier: GPL-2.0-or-later
//! SDR1, LPIDR and PCR are the core's; translations of another partition are dropped on the way in.

mod core_events;

use core_events::*;
use cpu_model::core::{Core, Effect, MOST_EFFECTS};
use cpu_model::{Event, Rule, Rules, hid0, lpcr, spr};

const HOST: u64 = 0x0100_0000;
const GUEST_A: u64 = 0x0200_0000;
const GUEST_B: u64 = 0x0300_0000;

/// All threads have run in the host's partition.
fn core_in_host(rules: Rules) -> Core {
    let mut core = Core::new(rules);
    for thread in 0..8 {
        switch(&mut core, thread, 0, HOST);
        assert_eq!(ask(&mut core, thread, to_host()), []);
    }
    core
}

fn set(spr: u16, value: u64) -> Effect {
    Effect::SetSpr { spr, value }
}

#[test]
fn a_sibling_enters_and_leaves_with_the_primary_s_partition() {
    let mut core = core_in_host(Rules::ALL);
    switch(&mut core, 0, 1, GUEST_A);
    assert_eq!(ask(&mut core, 0, to_guest()), [], "the primary has it");
    assert_eq!(ask(&mut core, 5, to_guest()), [set(spr::SDR1, GUEST_A), set(spr::LPIDR, 1)]);
    assert_eq!(ask(&mut core, 5, exit(0xe80)), []);
    assert_eq!(ask(&mut core, 5, to_guest()), [], "and has it still");
    for thread in [0, 5] {
        ask(&mut core, thread, exit(0x980));
    }
    switch(&mut core, 0, 0, HOST);
    assert_eq!(ask(&mut core, 0, to_host()), []);
    assert_eq!(ask(&mut core, 5, to_host()), [set(spr::SDR1, HOST), set(spr::LPIDR, 0)]);
}

#[test]
fn a_sibling_reads_what_the_primary_wrote() {
    let mut core = core_in_host(Rules::ALL);
    switch(&mut core, 0, 1, GUEST_A);
    assert_eq!(ask(&mut core, 3, read(spr::HSPRG0)), []);
    assert_eq!(ask(&mut core, 3, read(spr::LPIDR)), [set(spr::LPIDR, 1)]);
    assert_eq!(ask(&mut core, 3, read(spr::LPIDR)), []);
    assert_eq!(ask(&mut core, 3, read(spr::SDR1)), [set(spr::SDR1, GUEST_A)]);
}

#[test]
fn pcr_is_the_core_s_and_has_three_bits() {
    let mut core = core_in_host(Rules::ALL);
    // KVM writes ones where bits are reserved.
    ask(&mut core, 0, write(spr::PCR, u64::MAX));
    let masked = 0x2000_0000_0000_0006;
    assert_eq!(ask(&mut core, 1, to_guest()), [set(spr::PCR, masked)], "and no translation depends on it");
    ask(&mut core, 0, write(spr::PCR, masked));
    ask(&mut core, 1, exit(0xe80));
    assert_eq!(ask(&mut core, 1, to_host()), []);
}

#[test]
fn translations_are_dropped_where_a_thread_enters_another_partition_than_it_last_ran_in() {
    let mut core = core_in_host(Rules::ALL);
    let mut run = |lpid, sdr1| {
        switch(&mut core, 0, lpid, sdr1);
        let seen = [0, 2].map(|t| ask(&mut core, t, to_guest()).contains(&Effect::FlushThreadTlb));
        [0, 2].iter().for_each(|t| drop(ask(&mut core, *t, exit(0x980))));
        switch(&mut core, 0, 0, HOST);
        [0, 2].iter().for_each(|t| drop(ask(&mut core, *t, to_host())));
        seen
    };
    assert_eq!(run(1, GUEST_A), [false, false], "nothing cached yet");
    assert_eq!(run(1, GUEST_A), [false, false], "the same partition");
    assert_eq!(run(2, GUEST_B), [false, true], "the emulator has emptied the writer's");
    assert_eq!(run(2, GUEST_B), [false, false]);
    assert_eq!(run(1, GUEST_A), [false, true]);
    assert_eq!(run(3, GUEST_A), [false, true], "another partition with the same page table");
}

#[test]
fn the_way_into_a_guest_can_ask_for_as_much_as_there_is_room_for() {
    let mut core = core_in_host(Rules::ALL);
    ask(&mut core, 0, write(spr::HID0, hid0::ONE_TO_TWO_LPAR | hid0::DYNAMIC_LPAR_DISABLE));
    switch(&mut core, 0, 1, GUEST_A);
    ask(&mut core, 1, to_guest());
    ask(&mut core, 1, exit(0xc00));
    switch(&mut core, 0, 2, GUEST_B);
    ask(&mut core, 0, write(spr::PCR, 2));
    ask(&mut core, 0, write(spr::HDEC, 1000));
    ask(&mut core, 4, write(spr::HDEC, 10));
    ask(&mut core, 1, write(spr::LPCR, lpcr::MER));
    assert_eq!(at(&mut core, 1, 20, to_guest()).len(), MOST_EFFECTS);
}

#[test]
fn writing_sdr1_with_its_own_value_empties_nothing() {
    let mut core = core_in_host(Rules::ALL);
    switch(&mut core, 0, 1, GUEST_A);
    ask(&mut core, 2, to_guest());
    ask(&mut core, 2, exit(0x980));
    ask(&mut core, 0, write(spr::LPIDR, 2));
    ask(&mut core, 2, write(spr::SDR1, GUEST_A));
    assert_eq!(ask(&mut core, 2, to_guest()), [set(spr::LPIDR, 2), Effect::FlushThreadTlb]);
}

#[test]
fn what_changes_under_a_running_guest_is_dropped_on_its_next_way_in() {
    let mut core = core_in_host(Rules::ALL);
    switch(&mut core, 0, 1, GUEST_A);
    ask(&mut core, 2, to_guest());
    ask(&mut core, 0, write(spr::LPIDR, 2));
    assert_eq!(ask(&mut core, 2, to_guest()), [set(spr::LPIDR, 2)], "within a guest there is no detour");
    ask(&mut core, 2, exit(0x980));
    assert_eq!(ask(&mut core, 2, to_guest()), [Effect::FlushThreadTlb]);
}

#[test]
fn a_tlbiel_is_the_core_s() {
    let mut core = core_in_host(Rules::ALL);
    assert_eq!(ask(&mut core, 6, Event::TlbInvalidateLocal), [Effect::FlushCoreTlb]);
    assert_eq!(ask(&mut ALL_BUT(Rule::Tlb), 6, Event::TlbInvalidateLocal), []);
}

#[test]
fn each_rule_can_be_left_out() {
    let sibling = |rule| {
        let mut core = core_in_host(Rules::ALL.without(rule));
        switch(&mut core, 0, 1, GUEST_A);
        ask(&mut core, 1, to_guest());
        ask(&mut core, 1, exit(0x980));
        switch(&mut core, 0, 2, GUEST_A);
        ask(&mut core, 0, write(spr::PCR, 2));
        ask(&mut core, 1, to_guest())
    };
    assert_eq!(sibling(Rule::Partition), [set(spr::PCR, 2)], "its own partition never changes");
    assert_eq!(sibling(Rule::Pcr), [set(spr::LPIDR, 2), Effect::FlushThreadTlb]);
    assert_eq!(sibling(Rule::Tlb), [set(spr::LPIDR, 2), set(spr::PCR, 2)]);
}
