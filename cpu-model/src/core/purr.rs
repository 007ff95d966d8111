// SPDX-License-Identifier: GPL-2.0-or-later
//! PURR and SPURR, each thread's own, which count its share of the core ([`crate::share`]). The emulator has one for all.

use super::{Core, Effect, Effects};
use crate::{Event, Rule, lpcr, spr};

/// How far each of a thread's is ahead of its share: PURR, SPURR.
pub(super) type Ahead = [u64; 2];

impl Core {
    /// Counts until an event that changes who shares, or that asks.
    pub(super) fn count_shares(&mut self, t: usize, tb: u64, event: &Event) {
        let counts = match *event {
            Event::PowerSave { .. } | Event::Wake { .. } => true,
            // They end power saving too.
            Event::Interrupt { .. } | Event::Resume { .. } => self.threads[t].run.is_power_saving(),
            Event::WriteSpr { spr, .. } | Event::ReadSpr { spr } => {
                matches!(spr, spr::LPCR | spr::PURR | spr::SPURR)
            }
            _ => false,
        };
        if counts {
            let threads = &self.threads;
            self.shares.pass(tb, |thread| {
                let of = &threads[thread];
                !of.run.is_power_saving() && of.lpcr.is_some_and(|lpcr| lpcr & lpcr::ONL != 0)
            });
        }
    }

    pub(super) fn own_purr(&mut self, t: usize, event: &Event, effects: &mut Effects) {
        if !self.rules.has(Rule::Purr) {
            return;
        }
        let share = self.shares.ticks(t);
        let ahead = &mut self.threads[t].purr_ahead;
        match *event {
            Event::WriteSpr { spr: number @ (spr::PURR | spr::SPURR), value } => {
                ahead[usize::from(number == spr::SPURR)] = value.wrapping_sub(share);
                // The emulator's write is for all threads.
                effects.push((Rule::Purr, Effect::Skip));
            }
            Event::ReadSpr { spr: number @ (spr::PURR | spr::SPURR) } => {
                let value = share.wrapping_add(ahead[usize::from(number == spr::SPURR)]);
                effects.push((Rule::Purr, Effect::Give { value }));
            }
            _ => {}
        }
    }
}
