// SPDX-License-Identifier: GPL-2.0-or-later
//! `msgsndp` works in a guest without a facility bit, and the hypervisor sees none.

mod core_events;

use core_events::*;
use cpu_model::core::{Core, Effect};
use cpu_model::{Rule, Rules, spr};

const MSGP: u64 = 1 << 10;
const SHOW: Effect = Effect::ChangeSpr { spr: spr::HFSCR, set: MSGP, clear: 0 };
const HIDE: Effect = Effect::ChangeSpr { spr: spr::HFSCR, set: 0, clear: MSGP };

#[test]
fn it_is_allowed_for_the_thread_that_executes_it_and_hidden_when_hfscr_is_read() {
    let mut core = Core::new(Rules::ALL);
    ask(&mut core, 1, to_guest());
    assert_eq!(ask(&mut core, 1, msgsndp(4)), [SHOW]);
    assert_eq!(ask(&mut core, 1, msgsndp(5)), [], "once is enough");
    assert_eq!(ask(&mut core, 4, msgclrp()), [SHOW], "the receiver's HFSCR is another");
    ask(&mut core, 1, exit(0xf80));
    assert_eq!(ask(&mut core, 1, read(spr::LPCR)), []);
    assert_eq!(ask(&mut core, 1, read(spr::HFSCR)), [HIDE]);
    assert_eq!(ask(&mut core, 1, read(spr::HFSCR)), []);
    ask(&mut core, 1, to_guest());
    assert_eq!(ask(&mut core, 1, msgsndp(4)), [SHOW], "and shown again");
}

#[test]
fn a_write_of_hfscr_takes_the_bit_away() {
    let mut core = Core::new(Rules::ALL);
    assert_eq!(ask(&mut core, 1, msgsndp(4)), [SHOW]);
    ask(&mut core, 1, write(spr::HFSCR, 0x19f));
    assert_eq!(ask(&mut core, 1, read(spr::HFSCR)), []);
    assert_eq!(ask(&mut core, 1, msgsndp(4)), [SHOW]);
}

#[test]
fn the_rule_can_be_left_out() {
    let mut core = ALL_BUT(Rule::Msgsndp);
    assert_eq!(ask(&mut core, 1, msgsndp(4)), []);
    assert_eq!(ask(&mut core, 1, read(spr::HFSCR)), []);
}
