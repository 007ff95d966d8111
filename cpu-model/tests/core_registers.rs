// SPDX-License-Identifier: GPL-2.0-or-later
//! Registers that the emulator shares too widely or lacks, and the mediated external interrupt.

mod core_events;

use core_events::*;
use cpu_model::core::{Core, Effect, LACKING};
use cpu_model::{Event, Rule, Rules, WakeReason, lpcr, spr};

#[test]
fn purr_is_each_threads_own_and_spurr_is_another() {
    let mut core = Core::new(Rules::ALL);
    at(&mut core, 1, 90, write(spr::LPCR, lpcr::ONL));
    assert_eq!(at(&mut core, 1, 100, write(spr::PURR, 1000)), [Effect::Skip]);
    assert_eq!(at(&mut core, 1, 150, read(spr::PURR)), [Effect::Give { value: 1050 }]);
    assert_eq!(at(&mut core, 1, 150, read(spr::SPURR)), [Effect::Give { value: 60 }], "not written");
    assert_eq!(at(&mut core, 2, 150, read(spr::PURR)), [Effect::Give { value: 0 }], "not online");
    at(&mut core, 1, 200, write(spr::SPURR, 7));
    assert_eq!(at(&mut core, 1, 201, read(spr::SPURR)), [Effect::Give { value: 8 }]);
    assert_eq!(at(&mut core, 1, 201, read(spr::PURR)), [Effect::Give { value: 1101 }]);
    assert_eq!(ask(&mut ALL_BUT(Rule::Purr), 1, write(spr::PURR, 1)), []);
}

#[test]
fn a_thread_that_naps_leaves_its_share_to_the_others() {
    let mut core = Core::new(Rules::ALL);
    for thread in 0..4 {
        at(&mut core, thread, 0, write(spr::LPCR, lpcr::ONL));
    }
    for thread in 1..4 {
        at(&mut core, thread, 400, nap());
    }
    assert_eq!(at(&mut core, 0, 500, read(spr::PURR)), [Effect::Give { value: 200 }]);
    at(&mut core, 1, 600, wake(WakeReason::HypervisorDoorbell));
    assert_eq!(at(&mut core, 1, 700, read(spr::PURR)), [Effect::Give { value: 150 }]);
    assert_eq!(at(&mut core, 0, 700, read(spr::PURR)), [Effect::Give { value: 350 }]);
    assert_eq!(at(&mut core, 2, 700, read(spr::PURR)), [Effect::Give { value: 100 }]);
}

#[test]
fn what_the_emulator_lacks_is_kept() {
    let mut core = Core::new(Rules::ALL);
    for (n, lacking) in LACKING.into_iter().enumerate() {
        assert_eq!(ask(&mut core, 3, write(lacking, 5 + n as u64)), []);
        let kept = [Effect::Give { value: 5 + n as u64 }];
        assert_eq!(ask(&mut core, 3, read(lacking)), kept);
        assert_eq!(ask(&mut core, 7, read(lacking)), kept, "none is a thread's own");
    }
    assert_eq!(ask(&mut ALL_BUT(Rule::LackingSpr), 3, read(spr::WORC)), []);
}

#[test]
fn ic_counts_from_what_was_written() {
    let mut core = Core::new(Rules::ALL);
    assert_eq!(ask(&mut core, 1, read(spr::IC)), [Effect::GiveInstructions { ahead: 0 }]);
    assert_eq!(ask(&mut core, 1, Event::WriteInstructions { ahead: 9 }), []);
    assert_eq!(ask(&mut core, 1, read(spr::IC)), [Effect::GiveInstructions { ahead: 9 }]);
    assert_eq!(ask(&mut core, 2, read(spr::IC)), [Effect::GiveInstructions { ahead: 0 }]);
}

const MEDIATED: [Effect; 1] = [Effect::TakeGuestInterrupt { vector: 0x500 }];

#[test]
fn with_mer_a_guest_is_interrupted_once_its_ee_is_on() {
    let mut core = Core::new(Rules::ALL);
    ask(&mut core, 1, write(spr::LPCR, lpcr::MER));
    assert_eq!(ask(&mut core, 1, to_guest()), [Effect::Poke(1)]);
    assert_eq!(ask(&mut core, 1, block(false)), [], "it is looked at still");
    assert_eq!(ask(&mut core, 1, block(true)), MEDIATED);
    assert_eq!(ask(&mut core, 1, in_guest(0x500)), []);
    assert_eq!(ask(&mut core, 1, block(false)), []);
    assert_eq!(ask(&mut core, 1, block(true)), MEDIATED, "as long as the bit is on");
    ask(&mut core, 1, exit(0xc00));
    ask(&mut core, 1, write(spr::LPCR, 0));
    assert_eq!(ask(&mut core, 1, to_guest()), []);
    assert_eq!(ask(&mut core, 1, block(true)), [Effect::Unpoke]);
}

#[test]
fn a_hypervisors_doorbell_comes_before_the_mediated_interrupt() {
    let mut core = Core::new(Rules::ALL);
    ask(&mut core, 1, write(spr::LPCR, lpcr::MER));
    ask(&mut core, 1, to_guest());
    ask(&mut core, 0, msgsnd(1));
    assert_eq!(ask(&mut core, 1, block(false)), [Effect::LiftMask]);
    assert_eq!(
        ask(&mut core, 1, exit(0xe80)),
        [Effect::RestoreSavedMask { hypervisor: true }],
        "the guest's own comes when it is back"
    );
}

#[test]
fn without_the_rules_nothing_is_looked_at() {
    let mut core = ALL_BUT(Rule::Mer);
    ask(&mut core, 1, write(spr::LPCR, lpcr::MER));
    assert_eq!(ask(&mut core, 1, to_guest()), []);
    let mut core = Core::new(Rules::NONE.with(Rule::Mer));
    ask(&mut core, 1, write(spr::LPCR, lpcr::MER));
    assert_eq!(ask(&mut core, 1, to_guest()), [Effect::Poke(1)]);
    ask(&mut core, 1, write(spr::LPCR, 0));
    assert_eq!(ask(&mut core, 1, block(true)), [Effect::Unpoke], "nobody else looks");
    assert_eq!(ask(&mut core, 1, block(true)), []);
}
