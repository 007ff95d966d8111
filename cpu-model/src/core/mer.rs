// SPDX-License-Identifier: GPL-2.0-or-later
//! LPCR\[MER\]: the mediated external interrupt, a guest's as long as the bit is on.

use super::{Core, Effect, Effects};
use crate::{Event, Rule, lpcr, vector};

impl Core {
    /// After the doorbells' turn, which may have ended the look at a guest's blocks.
    pub(super) fn mediate(&mut self, t: usize, event: &Event, effects: &mut Effects) {
        let wanted =
            self.threads[t].lpcr.is_some_and(|lpcr| lpcr & lpcr::MER != 0) && self.rules.has(Rule::Mer);
        match *event {
            Event::Resume { mode, .. } if wanted && mode.is_guest() => {
                self.threads[t].mediated = true;
                effects.push((Rule::Mer, Effect::Poke(t as u8)));
            }
            Event::GuestBlock { ee } if wanted => {
                effects.retain(|(_, effect)| *effect != Effect::Unpoke);
                // An interrupt that the doorbells' turn asks for comes first.
                if ee && effects.is_empty() {
                    effects.push((Rule::Mer, Effect::TakeGuestInterrupt { vector: vector::EXTERNAL }));
                }
            }
            // With the rule for doorbells off, nobody else ends it.
            Event::GuestBlock { .. }
                if !self.rules.has(Rule::HvDoorbell) && std::mem::take(&mut self.threads[t].mediated) =>
            {
                effects.push((Rule::Mer, Effect::Unpoke));
            }
            _ => {}
        }
    }
}
