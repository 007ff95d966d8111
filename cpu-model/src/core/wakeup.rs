// SPDX-License-Identifier: GPL-2.0-or-later
//! Why a thread woke: only what LPCR\[PECE\] enables can be the reason. And with which MSR\[ME\].

use super::{Core, Effect, Effects};
use crate::{Event, Rule, WakeReason};

impl Core {
    /// Whether `thread`'s decrementer is negative as it wakes: said before its [`Event::Wake`].
    ///
    /// # Panics
    /// Where `thread` is 8 or more.
    pub fn set_expired(&mut self, thread: u8, expired: bool) {
        self.threads[usize::from(thread)].expired = expired;
    }

    pub(super) fn give_wake_reason(&mut self, t: usize, event: &Event, effects: &mut Effects) {
        let Event::Wake { reason } = *event else { return };
        if self.rules.has(Rule::WakeMe) {
            effects.push((Rule::WakeMe, Effect::EnableMachineChecks));
        }
        let thread = &self.threads[t];
        let (true, Some(lpcr)) = (self.rules.has(Rule::WakeReason), thread.lpcr) else { return };
        if reason.allowed_by(lpcr) {
            return;
        }
        let possible = [
            // In the emulator's order.
            (WakeReason::Decrementer, thread.expired),
            (WakeReason::PrivilegedDoorbell, thread.doorbells.privileged),
            (WakeReason::HypervisorDoorbell, thread.doorbells.hypervisor),
            // Something woke it; what the model does not follow is what is left.
            (WakeReason::External, true),
            (WakeReason::Decrementer, true),
        ];
        let why = possible.into_iter().find(|(why, pending)| *pending && why.allowed_by(lpcr));
        if let Some((why, _)) = why {
            effects.push((Rule::WakeReason, Effect::SetWakeReason(why)));
        }
    }
}
