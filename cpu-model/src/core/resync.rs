// SPDX-License-Identifier: GPL-2.0-or-later
//! The timebase of a core as a whole: as the emulator has it, or as firmware takes it from the chip's time of day, which the
//! emulator has not.

use super::{Core, Effect, Effects};
use crate::{Event, Rule};

impl Core {
    /// All threads have the chip's time of day, or what was written, until a part of the core is written.
    pub(super) fn resync(&mut self, event: &Event, effects: &mut Effects) {
        let (ahead, rule) = match *event {
            Event::ResyncTimebase { ahead } if self.rules.has(Rule::Resync) => {
                (0u64.wrapping_sub(ahead), Rule::Resync)
            }
            // The emulator's write is for all threads, as the core's, and whole.
            Event::WriteTimebase { .. } if !self.sub_cores.is_split() => (0, self.parts_timebases()),
            _ => return,
        };
        self.resynced = matches!(event, Event::ResyncTimebase { .. });
        if self.sub_cores.set_ahead(ahead) {
            effects.push((rule, Effect::Apart { threads: u8::MAX, ahead }));
        }
    }

    /// What keeps timebases apart from the emulator's.
    pub fn parts_timebases(&self) -> Rule {
        if self.resynced { Rule::Resync } else { Rule::SubCore }
    }
}
