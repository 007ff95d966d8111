// SPDX-License-Identifier: GPL-2.0-or-later
//! What holds of the core whatever its eight threads do, in an order that makes sense or not.

mod core_events;

use core_events::*;
use cpu_model::core::{Core, Effect, MOST_EFFECTS};
use cpu_model::{Event, Mode, Place, Rule, Rules, WakeReason, hid0, msr, spr};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

type Run = Vec<(u8, u64, Event)>;

const SPLIT_IN_TWO: u64 = hid0::DYNAMIC_LPAR_DISABLE | hid0::ONE_TO_TWO_LPAR;
const SPLIT_IN_FOUR: u64 = hid0::DYNAMIC_LPAR_DISABLE | hid0::ONE_TO_FOUR_LPAR;

fn event() -> impl Strategy<Value = Event> {
    let registers = || {
        let shared = [spr::SDR1, spr::LPIDR, spr::PCR, spr::HDEC, spr::LPCR, spr::HFSCR];
        let split = [spr::HID0, spr::VTB, spr::TIR, spr::DPDES];
        select([&shared[..], &shared[..], &split[..]].concat())
    };
    let values = vec![0, 1, 2, 6, u64::MAX, SPLIT_IN_TWO, SPLIT_IN_FOUR, hid0::DYNAMIC_LPAR_DISABLE];
    let modes = select(vec![0, msr::HV, msr::PR, msr::IR | msr::DR, msr::HV | msr::IR | msr::DR]);
    let vectors = select(vec![0x100, 0x200, 0x300, 0x500, 0x900, 0x980, 0xa00, 0xc00, 0xe00, 0xe80, 0xf80]);
    prop_oneof![
        3 => (registers(), select(values)).prop_map(|(spr, value)| write(spr, value)),
        2 => registers().prop_map(read),
        4 => modes.prop_map(|m| Event::Resume { mode: Mode::from_msr(m), place: Place::Elsewhere }),
        2 => (vectors, any::<bool>()).prop_map(|(vector, hv)| if hv { exit(vector) } else { in_guest(vector) }),
        3 => any::<bool>().prop_map(block),
        1 => Just(nap()),
        1 => select(WakeReason::ALL.to_vec()).prop_map(wake),
        1 => (0u8..10).prop_map(msgsnd),
        1 => (0u8..10).prop_map(msgsndp),
        1 => select(vec![msgclr(), msgclrp()]),
        1 => Just(Event::TlbInvalidateLocal),
        1 => select(vec![0, 1 << 24, 3 << 40]).prop_map(|ahead| Event::WriteTimebase { ahead }),
        1 => select(vec![0, 1 << 24, 3 << 40]).prop_map(|ahead| Event::ResyncTimebase { ahead }),
    ]
}

fn run() -> impl Strategy<Value = Run> {
    vec((0u8..8, 0u64..100, event()), 0..200).prop_map(|steps| {
        let mut tb = 0;
        let timed = steps.into_iter().map(|(thread, ticks, event)| {
            tb += ticks;
            (thread, tb, event)
        });
        timed.collect()
    })
}

fn rules() -> impl Strategy<Value = Rules> {
    subsequence(Rule::ALL.to_vec(), 0..=Rule::ALL.len())
        .prop_map(|on| on.into_iter().fold(Rules::NONE, Rules::with))
}

/// A register with one value for each part of the core, and what the emulated threads hold of it.
struct Copies {
    spr: u16,
    mask: u64,
    parts: [u64; 4],
    threads: [u64; 8],
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn a_copy_that_is_read_or_run_with_is_its_part_s(
        (how, size) in select(vec![(0, 8), (SPLIT_IN_TWO, 4), (SPLIT_IN_FOUR, 2)]),
        events in run(),
    ) {
        let mut core = Core::new(Rules::ALL);
        at(&mut core, 0, 0, write(spr::HID0, how));
        let masks = [(spr::SDR1, u64::MAX), (spr::LPIDR, 0xffff_ffff), (spr::PCR, 0x2000_0000_0000_0006)];
        let mut registers = masks.map(|(spr, mask)| Copies { spr, mask, parts: [0; 4], threads: [0; 8] });
        for (t, tb, event) in events {
            if matches!(event, Event::WriteSpr { spr: spr::HID0, .. }) {
                continue;
            }
            let effects = at(&mut core, t, tb, event);
            if effects.contains(&Effect::ReturnToGuest) {
                continue;
            }
            for register in &mut registers {
                let copy = &mut register.threads[usize::from(t)];
                let part = &mut register.parts[usize::from(t) / size];
                for effect in &effects {
                    match *effect {
                        Effect::SetSpr { spr, value } if spr == register.spr => *copy = value,
                        _ => {}
                    }
                }
                match event {
                    Event::WriteSpr { spr, value } if spr == register.spr => {
                        *part = value & register.mask;
                        *copy = *part;
                    }
                    Event::ReadSpr { spr } if spr == register.spr => prop_assert_eq!(*copy, *part),
                    Event::Resume { .. } => prop_assert_eq!(*copy, *part),
                    _ => {}
                }
            }
        }
    }

    #[test]
    fn no_rule_asks_for_what_is_another_s_and_none_for_too_much(rules in rules(), events in run()) {
        let mut core = Core::new(rules);
        for (t, tb, event) in events {
            let effects = core.apply(t, tb, &event);
            prop_assert!(effects.len() <= MOST_EFFECTS);
            for (rule, effect) in effects {
                prop_assert!(rules.has(rule), "{:?} by {:?}, which is off", effect, rule);
            }
        }
    }

    #[test]
    fn a_copy_of_the_core_goes_on_as_the_core_does(rules in rules(), before in run(), after in run()) {
        let mut core = Core::new(rules);
        before.iter().for_each(|(t, tb, event)| drop(core.apply(*t, *tb, event)));
        let mut copy = core.clone();
        let mut again = Core::new(rules);
        before.iter().for_each(|(t, tb, event)| drop(again.apply(*t, *tb, event)));
        for (t, tb, event) in after {
            let effects = core.apply(t, tb, &event);
            prop_assert_eq!(&effects, &copy.apply(t, tb, &event));
            prop_assert_eq!(&effects, &again.apply(t, tb, &event));
        }
    }

    /// A thread never runs a guest with translations of another guest's partition.
    #[test]
    fn translations_are_of_the_partition_that_runs(events in run()) {
        let mut core = Core::new(Rules::ALL);
        let mut partition = [[0; 2]; 8];
        let mut cached: [Vec<[u64; 2]>; 8] = Default::default();
        let mut guest = [false; 8];
        for (t, tb, event) in events {
            let effects = at(&mut core, t, tb, event);
            if effects.contains(&Effect::ReturnToGuest) {
                continue;
            }
            let t = usize::from(t);
            for effect in &effects {
                match *effect {
                    Effect::SetSpr { spr: spr::SDR1, value } => partition[t][0] = value,
                    Effect::SetSpr { spr: spr::LPIDR, value } => partition[t][1] = value,
                    Effect::FlushThreadTlb => cached[t].clear(),
                    _ => {}
                }
            }
            let instead = effects.iter().any(|e| matches!(e, Effect::TakeAtGuestEntry { .. }));
            match event {
                Event::WriteSpr { spr: spr::SDR1, value } if partition[t][0] != value => {
                    partition[t][0] = value;
                    cached[t].clear();
                }
                Event::WriteSpr { spr: spr::LPIDR, value } => {
                    partition[t][1] = value & 0xffff_ffff;
                    cached[t].clear();
                }
                Event::Resume { mode, .. } if mode.is_guest() && !instead => {
                    let others = cached[t].iter().any(|c| *c != partition[t]);
                    prop_assert!(guest[t] || !others, "thread {}: {:x?}", t, cached[t]);
                    cached[t].push(partition[t]);
                    guest[t] = true;
                }
                Event::Resume { .. } | Event::Wake { .. } => guest[t] = false,
                Event::Interrupt { mode, .. } => guest[t] = mode.is_guest(),
                _ => {}
            }
            if instead {
                core.apply(t as u8, tb, &exit(0x980));
                guest[t] = false;
            }
        }
    }
}
