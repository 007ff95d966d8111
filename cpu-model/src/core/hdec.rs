// SPDX-License-Identifier: GPL-2.0-or-later
//! The hypervisor decrementer: one for the core, and not lost on a thread that naps when it expires.
//!
//! KVM lets a ceded thread nap until the earlier of DEC and HDEC and does not look at HDEC when it wakes
//! (Linux `book3s_hv_rmhandlers.S`, `kvm_end_cede`): it relies on the interrupt once it is in the guest.

use super::{Core, Effect, Effects};
use crate::{Event, Rule, lpcr, spr};

pub(super) use crate::vector::HYPERVISOR_DECREMENTER as VECTOR;

/// The core's register.
#[derive(Clone, Debug, Default)]
pub(super) struct Hdec {
    /// When it becomes negative, in ticks since power-on; `None` before the first write.
    expires: Option<u64>,
}

/// What a thread knows of the expiry.
#[derive(Clone, Debug, Default)]
pub(super) struct Missed {
    /// It took the interrupt of this expiry.
    taken: bool,
    /// It was in a power-saving mode after the expiry, so that the emulator has dropped the interrupt.
    dropped: bool,
}

impl Core {
    pub(super) fn watch_hdec(&mut self, t: usize, tb: u64, event: &Event) {
        match *event {
            Event::WriteSpr { spr: spr::HDEC, value } => {
                let ticks = i64::from(value as u32 as i32);
                self.hdec.expires = Some(tb.saturating_add_signed(ticks));
                self.threads.iter_mut().for_each(|thread| thread.hdec = Missed::default());
            }
            Event::Interrupt { vector: VECTOR, .. } => {
                self.threads[t].hdec = Missed { taken: true, dropped: false };
            }
            Event::PowerSave { .. } | Event::Wake { .. } => {
                let missed = &mut self.threads[t].hdec;
                missed.dropped |= !missed.taken && self.hdec.expires.is_some_and(|at| at <= tb);
            }
            _ => {}
        }
    }

    /// A thread enters a guest. Whether it takes the interrupt in place of the guest's first instruction.
    pub(super) fn take_missed_hdec(&mut self, t: usize, effects: &mut Effects) -> bool {
        let thread = &self.threads[t];
        let due = thread.hdec.dropped && thread.lpcr.is_some_and(|l| l & lpcr::HDICE != 0);
        if !due || !self.rules.has(Rule::Hdec) {
            return false;
        }
        effects.push((Rule::Hdec, Effect::TakeAtGuestEntry { vector: VECTOR }));
        true
    }
}
