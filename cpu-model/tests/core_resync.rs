// SPDX-License-Identifier: GPL-2.0-or-later
//! The timebase that firmware takes from the chip's time of day.

use cpu_model::core::{Core, Effect};
use cpu_model::{Event, Rule, Rules, hid0, spr};

const GUESTS: u64 = 3 << 40;

fn ask(core: &mut Core, thread: u8, event: Event) -> Vec<(Rule, Effect)> {
    core.apply(thread, 1000, &event).into_iter().collect()
}

fn apart(ahead: u64) -> Effect {
    Effect::Apart { threads: u8::MAX, ahead }
}

/// The emulator writes what it is asked to, for all threads and whole: it is right again.
#[test]
fn what_a_guest_has_left_is_taken_away_until_the_next_write() {
    let mut core = Core::new(Rules::ALL);
    let back = 0u64.wrapping_sub(GUESTS);
    assert_eq!(ask(&mut core, 0, Event::WriteTimebase { ahead: GUESTS }), []);
    assert_eq!(ask(&mut core, 0, Event::ResyncTimebase { ahead: GUESTS }), [(Rule::Resync, apart(back))]);
    assert_eq!(ask(&mut core, 0, Event::ResyncTimebase { ahead: GUESTS }), [], "it is so already");
    assert_eq!(core.parts_timebases(), Rule::Resync);
    let again: Vec<Effect> = ask(&mut core, 0, Event::WriteTimebase { ahead: GUESTS })
        .into_iter()
        .map(|(_, effect)| effect)
        .collect();
    assert_eq!(again, [apart(0)]);
    assert_eq!(ask(&mut core, 0, Event::ResyncTimebase { ahead: 0 }), []);
}

#[test]
fn without_sub_cores_as_well() {
    let mut core = Core::new(Rules::NONE.with(Rule::Resync));
    ask(&mut core, 0, Event::ResyncTimebase { ahead: GUESTS });
    assert_eq!(ask(&mut core, 0, Event::WriteTimebase { ahead: GUESTS }), [(Rule::Resync, apart(0))]);
    let mut core = Core::new(Rules::ALL.without(Rule::Resync));
    assert_eq!(ask(&mut core, 0, Event::ResyncTimebase { ahead: GUESTS }), []);
}

/// It is the core's, whoever asks.
#[test]
fn all_parts_of_a_split_core_have_it() {
    let mut core = Core::new(Rules::ALL);
    let split = hid0::ONE_TO_TWO_LPAR | hid0::DYNAMIC_LPAR_DISABLE;
    ask(&mut core, 0, Event::WriteSpr { spr: spr::HID0, value: split });
    let part = Effect::Apart { threads: 0xf0, ahead: GUESTS };
    let written = ask(&mut core, 4, Event::WriteTimebase { ahead: GUESTS });
    assert_eq!(written, [(Rule::SubCore, part), (Rule::SubCore, Effect::Skip)]);
    assert_eq!(ask(&mut core, 0, Event::ResyncTimebase { ahead: 0 }), [(Rule::Resync, apart(0))]);
}
