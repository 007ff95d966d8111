// SPDX-License-Identifier: GPL-2.0-or-later
//! Registers that the emulator does not have, or that stand still there. To the hypervisor it makes a write of one
//! nothing, and a read leaves the target as it was (QEMU `target/ppc/translate.c`, `spr_noaccess`).

use super::{Core, Effect, Effects};
use crate::spr::{self, Scope};
use crate::{Event, Rule};

/// Those that keep what is written and do nothing else here.
pub const LACKING: [u16; 6] = [spr::PMMAR, spr::WORC, spr::PMCR, spr::HID1, spr::HID4, spr::HID5];

/// What one thread has of them; a sub-core's or the core's stands with thread 0 of it.
pub(super) type Kept = [u64; LACKING.len()];

impl Core {
    pub(super) fn keep_lacking(&mut self, t: usize, event: &Event, effects: &mut Effects) {
        match *event {
            Event::WriteInstructions { ahead } => self.threads[t].ic_ahead = Some(ahead),
            Event::ReadSpr { spr: spr::IC } if self.rules.has(Rule::LackingSpr) => {
                let ahead = self.threads[t].ic_ahead.unwrap_or_default();
                effects.push((Rule::LackingSpr, Effect::GiveInstructions { ahead }));
            }
            Event::WriteSpr { spr, value } => {
                if let Some(n) = LACKING.iter().position(|lacking| *lacking == spr) {
                    let of = self.whose(t, spr);
                    self.threads[of].lacking[n] = value;
                }
            }
            Event::ReadSpr { spr } if self.rules.has(Rule::LackingSpr) => {
                if let Some(n) = LACKING.iter().position(|lacking| *lacking == spr) {
                    let value = self.threads[self.whose(t, spr)].lacking[n];
                    effects.push((Rule::LackingSpr, Effect::Give { value }));
                }
            }
            _ => {}
        }
    }

    /// Each part of a core that has been split begins with what the whole had.
    pub(super) fn split_lacking(&mut self) {
        let whole = self.threads[0].lacking;
        let of_part = |number| spr::by_number(number).is_some_and(|spr| spr.scope == Scope::SubCore);
        for n in (0..LACKING.len()).filter(|n| of_part(LACKING[*n])) {
            for thread in &mut self.threads {
                thread.lacking[n] = whole[n];
            }
        }
    }

    fn whose(&self, t: usize, number: u16) -> usize {
        match spr::by_number(number).map(|spr| spr.scope) {
            Some(Scope::Core) => 0,
            Some(Scope::SubCore) => self.sub_cores.range(t).start,
            _ => t,
        }
    }
}
