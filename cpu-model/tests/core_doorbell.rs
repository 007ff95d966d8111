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

/// The guest's decrementer came in place of the doorbell, and the guest is sent where nothing is mapped.
fn forced() -> Core {
    let mut core = lifted();
    force(&mut core);
    core
}

fn force(core: &mut Core) {
    assert_eq!(ask(core, 2, in_guest(0x900)), [POKE, Effect::UndoInterrupt]);
    assert_eq!(ask(core, 2, block(false)), [Effect::Unpoke, Effect::ForceExit]);
}

#[test]
fn with_a_masked_decrementer_pending_it_comes_by_way_of_a_fetch_that_fails() {
    let mut core = forced();
    assert_eq!(ask(&mut core, 2, exit(0xe20)), [Effect::TakeForced]);
    ask(&mut core, 2, to_guest());
    assert_eq!(ask(&mut core, 2, block(false)), [Effect::Unpoke], "it came once");
    ask(&mut core, 0, msgsnd(2));
    assert_eq!(ask(&mut core, 2, block(false)), LIFT, "the next begins anew");
}

#[test]
fn another_interrupt_before_the_fetch_saves_where_the_guest_was() {
    // Of the hypervisor's, or a fault. Machine check and system reset save into SRR0 and SRR1.
    for (vector, hypervisor) in [(0x500, true), (0x980, true), (0xe60, true), (0x100, false), (0x200, false)]
    {
        let mut core = forced();
        let restore = Effect::RestoreForcedPc { hypervisor };
        assert_eq!(ask(&mut core, 2, exit(vector)), [POKE, restore]);
        ask(&mut core, 2, to_guest());
        assert_eq!(ask(&mut core, 2, block(false)), LIFT, "the doorbell is still there");
    }
}

#[test]
fn a_doorbell_that_nobody_sent_comes_before_the_fetch_and_is_one_with_the_one_that_was() {
    let mut core = forced();
    let restore = Effect::RestoreForcedPc { hypervisor: true };
    assert_eq!(ask(&mut core, 2, exit(0xe80)), [restore]);
    ask(&mut core, 2, to_guest());
    assert_eq!(ask(&mut core, 2, block(false)), [Effect::Unpoke], "it came once");
}

#[test]
fn where_the_fetch_is_the_guest_s_it_runs_ever_longer_before_the_next_attempt() {
    let mut core = forced();
    for expected in [4, 8, 16, 32, 64, 128, 256, 512, 1024, 1024] {
        assert_eq!(ask(&mut core, 2, in_guest(0x480)), [POKE, Effect::UndoForced]);
        for block_number in 0..expected {
            assert_eq!(ask(&mut core, 2, block(false)), [], "{block_number} of {expected}");
        }
        assert_eq!(ask(&mut core, 2, block(false)), LIFT);
        force(&mut core);
    }
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
