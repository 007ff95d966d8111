// SPDX-License-Identifier: GPL-2.0-or-later
//! The chip's time of day, which the emulator has not: firmware takes a core's timebase from it, whatever it was.

use super::{Core, Effect, Effects};
use crate::{Event, Rule};

impl Core {
    /// All parts of the core have the chip's time of day, until one is written.
    pub(super) fn resync(&mut self, event: &Event, effects: &mut Effects) {
        if !self.rules.has(Rule::Resync) {
            return;
        }
        let ahead = match *event {
            Event::ResyncTimebase { ahead } => 0u64.wrapping_sub(ahead),
            // The emulator's write is for all threads, as the core's, and whole.
            Event::WriteTimebase { .. } if self.resynced && !self.sub_cores.is_split() => 0,
            _ => return,
        };
        self.resynced = matches!(event, Event::ResyncTimebase { .. });
        if self.sub_cores.set_ahead(ahead) {
            effects.push((Rule::Resync, Effect::Apart { threads: u8::MAX, ahead }));
        }
    }

    /// What keeps timebases apart from the emulator's.
    pub fn parts_timebases(&self) -> Rule {
        if self.resynced { Rule::Resync } else { Rule::SubCore }
    }
}
