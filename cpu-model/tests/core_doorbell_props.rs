// SPDX-License-Identifier: GPL-2.0-or-later
//! Doorbells in any order among threads that come and go: each is taken once or cleared, and when it is due.

mod core_emulator;

use core_emulator::{Emulator, Step};
use proptest::collection::vec;
use proptest::prelude::*;

fn step() -> impl Strategy<Value = Step> {
    // Few receivers, so that things meet.
    let to = || 0u8..3;
    prop_oneof![
        3 => to().prop_map(|to| Step::HypervisorDoorbell { to }),
        1 => Just(Step::Clear),
        3 => to().prop_map(|to| Step::GuestDoorbell { to }),
        1 => Just(Step::ClearGuest),
        3 => any::<bool>().prop_map(|ee| Step::Enter { ee }),
        1 => Just(Step::Hcall),
        2 => any::<bool>().prop_map(Step::SetEe),
        1 => Just(Step::Rfid),
        2 => any::<bool>().prop_map(Step::Decrementer),
        6 => (0u8..40).prop_map(Step::Blocks),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn none_is_lost_doubled_or_early(steps in vec((0usize..3, step()), 0..200)) {
        let mut emulator = Emulator::new();
        for (thread, step) in steps {
            emulator.step(thread, step);
        }
        emulator.drain();
    }

    /// The decrementer is a level, which the emulator delivers first: the guest must get on nevertheless, or
    /// leave for the doorbell.
    #[test]
    fn a_guest_gets_on_under_its_decrementer(others in vec((0usize..2, step()), 0..50)) {
        let mut emulator = Emulator::new();
        for (thread, step) in others {
            emulator.step(thread, step);
        }
        emulator.step(2, Step::Decrementer(true));
        emulator.step(2, Step::Hcall);
        emulator.step(2, Step::Enter { ee: false });
        let before = emulator.blocks;
        (0..100).for_each(|_| emulator.step(2, Step::Blocks(20)));
        let ran = emulator.blocks - before;
        prop_assert!(ran > 1900 || !emulator.in_guest(2), "{ran} of 2000 blocks");
    }
}

#[test]
fn a_masked_decrementer_delays_no_doorbell() {
    let mut emulator = Emulator::new();
    emulator.step(1, Step::Decrementer(true));
    emulator.step(1, Step::Enter { ee: false });
    emulator.step(0, Step::HypervisorDoorbell { to: 1 });
    emulator.step(1, Step::Blocks(2));
    assert_eq!((emulator.taken, emulator.blocks), (1, 0));
}

#[test]
fn the_emulator_takes_interrupts() {
    let mut emulator = Emulator::new();
    emulator.step(1, Step::Enter { ee: false });
    emulator.step(0, Step::HypervisorDoorbell { to: 1 });
    emulator.step(1, Step::GuestDoorbell { to: 1 });
    emulator.drain();
    assert_eq!(emulator.taken, 2);
}
