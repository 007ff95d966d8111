// SPDX-License-Identifier: GPL-2.0-or-later
//! Directed doorbells: a hypervisor's reaches a guest whatever its EE, and the guest's own are not lost by it.

mod core_events;

use core_events::*;
use cpu_model::core::{Core, Effect};
use cpu_model::{Rule, Rules};

const LIFT: [Effect; 2] = [Effect::Unpoke, Effect::LiftMask];
const POKE: Effect = Effect::Poke(2);
const HIDE: Effect = Effect::RestoreSavedMask { hypervisor: true };

/// Thread 2 runs in a guest.
fn in_a_guest() -> Core {
    let mut core = Core::new(Rules::ALL);
    assert_eq!(ask(&mut core, 2, to_guest()), []);
    core
}

/// The hypervisor on thread 0 has sent it a doorbell while its EE is 0, and its mask is lifted.
fn lifted() -> Core {
    let mut core = in_a_guest();
    assert_eq!(ask(&mut core, 0, msgsnd(2)), [POKE]);
    assert_eq!(ask(&mut core, 2, block(false)), LIFT);
    core
}

#[test]
fn it_is_delivered_to_a_guest_whose_ee_is_0_and_the_guest_cannot_tell() {
    let mut core = lifted();
    assert_eq!(ask(&mut core, 2, exit(0xe80)), [HIDE]);
    assert_eq!(ask(&mut core, 2, to_guest()), []);
    assert_eq!(ask(&mut core, 2, block(false)), [Effect::Unpoke], "it came once");
}

#[test]
fn with_ee_1_the_emulator_delivers_it() {
    let mut core = in_a_guest();
    ask(&mut core, 0, msgsnd(2));
    assert_eq!(ask(&mut core, 2, block(true)), [], "and the guest is looked at until it has");
    assert_eq!(ask(&mut core, 2, exit(0xe80)), []);
    assert_eq!(ask(&mut core, 2, block(true)), [Effect::Unpoke]);
}

#[test]
fn one_that_was_cleared_lifts_nothing() {
    let mut core = in_a_guest();
    ask(&mut core, 2, exit(0xc00));
    ask(&mut core, 0, msgsnd(2));
    ask(&mut core, 2, msgclr());
    ask(&mut core, 2, to_guest());
    assert_eq!(ask(&mut core, 2, block(false)), [Effect::Unpoke]);
}

#[test]
fn one_sent_before_the_guest_is_entered_is_delivered_at_its_first_block() {
    let mut core = Core::new(Rules::ALL);
    assert_eq!(ask(&mut core, 7, msgsnd(2)), [POKE]);
    ask(&mut core, 2, to_guest());
    assert_eq!(ask(&mut core, 2, block(false)), LIFT);
}

#[test]
fn another_interrupt_to_the_hypervisor_may_come_first() {
    for vector in [0x500, 0x980] {
        let mut core = lifted();
        assert_eq!(ask(&mut core, 2, exit(vector)), [POKE, HIDE], "{vector:#x}: still pending");
        ask(&mut core, 2, to_guest());
        assert_eq!(ask(&mut core, 2, block(false)), LIFT);
    }
    // What saves into SRR0 and SRR1.
    for vector in [0x100, 0x200] {
        let hide = Effect::RestoreSavedMask { hypervisor: false };
        assert_eq!(ask(&mut lifted(), 2, exit(vector)), [POKE, hide], "{vector:#x}");
    }
}

#[test]
fn a_guest_s_doorbell_that_came_too_early_is_owed_until_ee_is_1() {
    let mut core = in_a_guest();
    ask(&mut core, 3, msgsndp(2));
    ask(&mut core, 0, msgsnd(2));
    ask(&mut core, 2, block(false));
    assert_eq!(ask(&mut core, 2, in_guest(0xa00)), [POKE, Effect::UndoInterrupt]);
    // The guest gets to where it takes interrupts before it is looked at again.
    let take = Effect::TakeGuestInterrupt { vector: 0xa00 };
    assert_eq!(ask(&mut core, 2, block(true)), [take]);
    ask(&mut core, 2, in_guest(0xa00));
    assert_eq!(ask(&mut core, 2, block(false)), LIFT, "the hypervisor's is pending yet");
    assert_eq!(ask(&mut core, 2, exit(0xe80)), [HIDE], "and nothing is owed any more");
}

#[test]
fn an_owed_doorbell_is_pending_again_once_the_thread_is_in_the_hypervisor() {
    let mut core = lifted();
    ask(&mut core, 2, in_guest(0xa00));
    assert_eq!(ask(&mut core, 2, block(false)), LIFT);
    let back = Effect::ReturnGuestDoorbell { vector: 0xe80 };
    assert_eq!(ask(&mut core, 2, exit(0xe80)), [back, HIDE]);
    ask(&mut core, 2, to_guest());
    assert_eq!(ask(&mut core, 2, block(true)), [Effect::Unpoke], "the emulator has it");
}

#[test]
fn an_owed_doorbell_stays_owed_through_the_guest_s_own_interrupts() {
    let mut core = lifted();
    ask(&mut core, 2, in_guest(0xa00));
    assert_eq!(ask(&mut core, 2, in_guest(0x300)), []);
    assert_eq!(ask(&mut core, 2, block(true)), [Effect::TakeGuestInterrupt { vector: 0xa00 }]);
}

#[test]
fn an_owed_doorbell_is_cleared_by_the_guest_and_merges_with_the_next() {
    for event in [msgclrp(), msgsndp(2)] {
        let mut core = lifted();
        ask(&mut core, 2, in_guest(0xa00));
        ask(&mut core, 2, event);
        assert_eq!(ask(&mut core, 2, block(true)), [], "{event:?}");
    }
}

#[test]
fn a_decrementer_in_its_place_lets_the_guest_run_ever_longer() {
    let let_run = |core: &mut Core, expected: usize| {
        assert_eq!(ask(core, 2, in_guest(0x900)), [POKE, Effect::UndoInterrupt]);
        for block_number in 0..expected {
            assert_eq!(ask(core, 2, block(false)), [], "{block_number} of {expected}");
        }
        assert_eq!(ask(core, 2, block(false)), LIFT);
    };
    let mut core = lifted();
    for expected in [4, 8, 16, 32, 64, 128, 256, 512, 1024, 1024] {
        let_run(&mut core, expected);
    }
    assert_eq!(ask(&mut core, 2, exit(0xe80)), [HIDE]);
    // The next one begins anew.
    ask(&mut core, 2, to_guest());
    ask(&mut core, 0, msgsnd(2));
    assert_eq!(ask(&mut core, 2, block(false)), LIFT);
    let_run(&mut core, 4);
}

#[test]
fn the_next_doorbell_does_not_wait_for_what_the_last_one_waited_for() {
    // Delivered by the emulator once EE was 1, or taken back, with blocks left to run.
    for end in [exit(0xe80), msgclr()] {
        let mut core = lifted();
        ask(&mut core, 2, in_guest(0x900));
        ask(&mut core, 2, end);
        ask(&mut core, 0, msgsnd(2));
        ask(&mut core, 2, to_guest());
        assert_eq!(ask(&mut core, 2, block(false)), LIFT, "{end:?}");
    }
}

#[test]
fn there_are_eight_receivers() {
    let mut core = Core::new(Rules::ALL);
    assert_eq!(ask(&mut core, 0, msgsnd(7)), [Effect::Poke(7)]);
    assert_eq!(ask(&mut core, 0, msgsnd(8)), []);
}

#[test]
fn the_rule_can_be_left_out() {
    let mut core = ALL_BUT(Rule::HvDoorbell);
    ask(&mut core, 2, to_guest());
    assert_eq!(ask(&mut core, 0, msgsnd(2)), []);
    assert_eq!(ask(&mut core, 2, block(false)), []);
    assert_eq!(ask(&mut core, 2, exit(0xe80)), []);
}
