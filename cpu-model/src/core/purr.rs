// SPDX-License-Identifier: GPL-2.0-or-later
//! PURR and SPURR, each thread's own. At what rate they count while siblings run no public text says; they count ticks of
//! the timebase, as the emulator's do.

use super::{Core, Effect, Effects};
use crate::{Event, Rule, spr};

/// What a thread has written; until then the emulator's will do.
#[derive(Clone, Debug, Default)]
pub(super) struct Own {
    /// How far each is ahead of the ticks since power-on: PURR, SPURR.
    ahead: [Option<u64>; 2],
}

impl Core {
    pub(super) fn own_purr(&mut self, t: usize, tb: u64, event: &Event, effects: &mut Effects) {
        if !self.rules.has(Rule::Purr) {
            return;
        }
        let own = &mut self.threads[t].purr;
        match *event {
            Event::WriteSpr { spr: number @ (spr::PURR | spr::SPURR), value } => {
                own.ahead[usize::from(number == spr::SPURR)] = Some(value.wrapping_sub(tb));
                effects.push((Rule::Purr, Effect::OwnPurr));
                // The emulator's write is for all threads.
                effects.push((Rule::Purr, Effect::Skip));
            }
            Event::ReadSpr { spr: number @ (spr::PURR | spr::SPURR) } => {
                if let Some(ahead) = own.ahead[usize::from(number == spr::SPURR)] {
                    effects.push((Rule::Purr, Effect::Give { value: tb.wrapping_add(ahead) }));
                }
            }
            _ => {}
        }
    }
}
