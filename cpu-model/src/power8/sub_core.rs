// SPDX-License-Identifier: GPL-2.0-or-later
//! How a core is split, and what each part has of its own. Source: Linux `arch/powerpc/platforms/powernv/subcore.c`,
//! `kvm/book3s_hv.c` (`kvmppc_run_core`).

use super::register::Registers;
use super::{Power8, time};
use crate::{THREADS_PER_CORE, hid0};
use std::ops::Range;

/// As many as there can be.
pub(super) const MOST: usize = 4;

#[derive(Clone, Debug)]
pub(super) struct SubCore {
    /// How many ticks its timebase is ahead of those since power-on.
    pub(super) ahead: u64,
    /// The same of VTB.
    pub(super) vtb_ahead: u64,
    /// When HDEC reaches 0, in ticks since power-on.
    pub(super) hdec_at: u64,
    /// Whether that raises an exception.
    pub(super) hdec_raises: bool,
    pub(super) registers: Registers,
}

impl Default for SubCore {
    fn default() -> SubCore {
        SubCore {
            ahead: 0,
            vtb_ahead: 0,
            hdec_at: time::FAR,
            hdec_raises: false,
            registers: Registers::default(),
        }
    }
}

impl Power8 {
    fn size(&self) -> usize {
        THREADS_PER_CORE / self.split
    }

    /// The threads of the part that `thread` is in.
    pub(super) fn range(&self, thread: usize) -> Range<usize> {
        let first = thread / self.size() * self.size();
        first..first + self.size()
    }

    /// The first thread of each part.
    pub(super) fn firsts(&self) -> impl Iterator<Item = usize> + use<> {
        (0..THREADS_PER_CORE).step_by(self.size())
    }

    /// A thread's number in its part; for the hypervisor that in the core.
    pub(super) fn number(&self, thread: usize) -> usize {
        if self.mode(thread).is_guest() { thread - self.range(thread).start } else { thread }
    }

    pub(super) fn part(&self, thread: usize) -> &SubCore {
        &self.sub_cores[thread / self.size()]
    }

    pub(super) fn part_mut(&mut self, thread: usize) -> &mut SubCore {
        &mut self.sub_cores[thread / self.size()]
    }

    pub(super) fn split_status(&self) -> u64 {
        match self.split {
            2 => hid0::TWO_LPAR_MODE,
            4 => hid0::FOUR_LPAR_MODE,
            _ => 0,
        }
    }

    /// From 2 to 4, and back, a core has to be whole in between.
    pub(super) fn command_split(&mut self, command: u64) {
        if self.split != 1 {
            return;
        }
        self.split = match command {
            _ if command & hid0::ONE_TO_TWO_LPAR != 0 => 2,
            _ if command & hid0::ONE_TO_FOUR_LPAR != 0 => 4,
            _ => return,
        };
        let (whole, others) = self.sub_cores.split_at_mut(1);
        others.fill(whole[0].clone());
    }

    /// A split core becomes whole once all its threads but the first are in power saving, unless that is disabled. They
    /// may be there when it is allowed (Linux `platforms/powernv/subcore.c`, `unsplit_core`).
    pub(super) fn merge(&mut self) {
        let allowed = self.hid0 & hid0::DYNAMIC_LPAR_DISABLE == 0;
        if allowed && self.threads[1..].iter().all(|thread| thread.saving) {
            self.split = 1;
        }
    }
}
