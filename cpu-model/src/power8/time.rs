// SPDX-License-Identifier: GPL-2.0-or-later
//! The timebase, VTB and the decrementers.

use super::Power8;
use crate::share::Shares;
use crate::{lpcr, spr, timebase};

/// Where a decrementer is at power-on: as far from expiry as it can be.
pub(super) const FAR: u64 = i32::MAX as u64;
/// When a decrementer that is written at `ticks` reaches 0. It has 32 bits. Source: Linux `arch/powerpc/kernel/time.c`
/// (`set_decrementer_max`).
pub(super) fn expiry(value: u64, ticks: u64) -> u64 {
    ticks.wrapping_add(value as u32 as i32 as u64)
}

/// What it reads at `ticks`.
pub(super) fn left(at: u64, ticks: u64) -> u64 {
    u64::from(at.wrapping_sub(ticks) as u32)
}

/// Whether its top bit is on.
fn is_negative(at: u64, ticks: u64) -> bool {
    (at.wrapping_sub(ticks) as u32 as i32) < 0
}

impl Power8 {
    /// Time goes on by a tick of the timebase.
    pub fn tick(&mut self) {
        self.ticks += 1;
        for first in self.firsts() {
            let part = self.part(first);
            // An exception arises as it goes from 0 to -1. Source: as in `write_hdec`.
            let expires = part.hdec_raises && left(part.hdec_at, self.ticks) == u64::from(u32::MAX);
            if expires {
                for thread in self.range(first) {
                    self.threads[thread].hdec = true;
                }
            }
        }
    }

    /// What each thread has had of the core until now. It is kept as of when last a thread came or went.
    pub(super) fn shares(&self) -> Shares {
        let mut shares = self.shares.clone();
        shares.pass(self.ticks, |thread| {
            !self.threads[thread].saving && self.register(thread, spr::LPCR) & lpcr::ONL != 0
        });
        shares
    }

    /// Ticks since power-on, on no thread's clock.
    pub fn ticks(&self) -> u64 {
        self.ticks
    }

    pub(super) fn timebase(&self, thread: usize) -> u64 {
        self.ticks.wrapping_add(self.part(thread).ahead)
    }

    /// Writes the bits that are not in `keeps`.
    pub(super) fn write_timebase(&mut self, thread: usize, value: u64, keeps: u64) {
        let now = self.timebase(thread);
        let new = timebase::written(now, value, keeps);
        let part = self.part_mut(thread);
        part.ahead = part.ahead.wrapping_add(new.wrapping_sub(now));
    }

    /// Firmware takes the timebase of all of the core from the chip's time of day, which is at the ticks since power-on.
    pub fn resync_timebase(&mut self) {
        for first in self.firsts() {
            self.part_mut(first).ahead = 0;
        }
    }

    /// Raises an exception only if LPCR\[HDICE\] is on when it is written; a negative value in place of one that is not
    /// raises one at once, and a positive one ends what is pending. Source: Linux
    /// `arch/powerpc/kvm/book3s_hv_interrupts.S` (HDICE first), `kernel/exceptions-64s.S` (`hdecrementer`:
    /// edge-triggered).
    pub(super) fn write_hdec(&mut self, thread: usize, value: u64) {
        let raises = self.register(thread, spr::LPCR) & lpcr::HDICE != 0;
        let ticks = self.ticks;
        let part = self.part_mut(thread);
        let was_negative = is_negative(part.hdec_at, ticks);
        part.hdec_at = expiry(value, ticks);
        part.hdec_raises = raises;
        let stays = raises && is_negative(part.hdec_at, ticks);
        for thread in self.range(thread) {
            let pending = &mut self.threads[thread].hdec;
            *pending = stays && (*pending || !was_negative);
        }
    }

    /// DEC is a level: an exception while its top bit is on. Source: Linux commit 3db40c312c2c.
    pub(super) fn dec_is_pending(&self, thread: usize) -> bool {
        is_negative(self.threads[thread].dec_at, self.ticks)
    }
}
