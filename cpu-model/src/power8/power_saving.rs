// SPDX-License-Identifier: GPL-2.0-or-later
//! Power saving: how it begins, what ends it, and what the thread finds then.

use super::Power8;
use crate::insn::PowerSaving;
use crate::lose::{LOST, Lose};
use crate::{WakeReason, hid0, msr, spr, vector, wake};

/// Where the thread goes on, and what is in MSR. Source: Power ISA 2.07B, Book III-S, section 6.5.1; Linux
/// `arch/powerpc/kernel/exceptions-64s.S` (`system_reset`).
const WAKES_AT: u64 = vector::SYSTEM_RESET as u64;

impl Power8 {
    /// `doze`, `nap`, `sleep` or `rvwinkle`. What may end it and is pending does so at once ([`Power8::poll`]).
    pub fn save_power(&mut self, thread: usize, level: PowerSaving) {
        self.shares = self.shares();
        self.threads[thread].saving = true;
        self.threads[thread].lost = self.lose.and_then(|lose| lose.of(level));
        self.merge();
    }

    /// From now on what power saving may lose is lost; `None`, as at power-on: nothing is.
    pub fn set_lose(&mut self, lose: Option<Lose>) {
        self.lose = lose;
    }

    /// Whether the mode that has just ended lost the general registers, which are not the model's. Asked once.
    pub fn has_lost_general(&mut self, thread: usize) -> bool {
        self.threads[thread].lost.take().is_some_and(|lost| lost.general)
    }

    /// Whether the thread executes nothing.
    pub fn is_saving_power(&self, thread: usize) -> bool {
        self.threads[thread].saving
    }

    /// Ends power saving if something that LPCR\[PECE\] allows is pending; where the thread goes on. `next` is the address
    /// behind the instruction that began it.
    pub(super) fn wake(&mut self, thread: usize, next: u64) -> Option<u64> {
        let of = &self.threads[thread];
        let pending = [
            (WakeReason::External, of.icp.is_pending()),
            (WakeReason::Decrementer, self.dec_is_pending(thread)),
            (WakeReason::PrivilegedDoorbell, of.privileged_doorbell),
            (WakeReason::HypervisorDoorbell, of.hypervisor_doorbell),
        ];
        if pending.iter().all(|(_, is)| !is) {
            return None;
        }
        let enabled = self.register(thread, spr::LPCR);
        let reason = pending.into_iter().find(|(why, is)| *is && why.allowed_by(enabled))?.0;
        self.shares = self.shares();
        let of = &mut self.threads[thread];
        of.saving = false;
        let before = of.msr;
        of.msr = msr::SF | msr::HV | msr::ME | if self.hid0 & hid0::HILE != 0 { msr::LE } else { 0 };
        self.set_register(thread, spr::SRR0, next);
        let lost = self.threads[thread].lost;
        let loss = lost.map_or(wake::SRR1_NOTHING_LOST, |lost| lost.srr1);
        let srr1 = reason.in_srr1(before & !msr::SRR1_STATUS | loss);
        for spr in lost.iter().flat_map(|lost| lost.special) {
            self.write_spr(thread, *spr, LOST).expect("all that is lost is modelled");
        }
        self.set_register(thread, spr::SRR1, srr1);
        Some(WAKES_AT)
    }
}
