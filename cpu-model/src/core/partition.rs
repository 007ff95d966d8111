// SPDX-License-Identifier: GPL-2.0-or-later
//! SDR1, LPIDR, PCR and the TLB: one for the core, or for each of its sub-cores.
//!
//! The emulator has a copy for each thread. A write by one thread is copied to a sibling when the sibling
//! next does something at which it could tell: it resumes in another context, or reads the register.

use super::{Core, Effect, Effects};
use crate::{Event, Rule, spr};

/// The shared registers and their bits, in the order of the arrays below.
const REGISTERS: [(u16, u64, Rule); 3] = [
    (spr::SDR1, u64::MAX, Rule::Partition),
    (spr::LPIDR, u32::MAX as u64, Rule::Partition),
    (spr::PCR, spr::PCR_BITS, Rule::Pcr),
];
/// Equal to no partition: a thread's translations are of more than one.
const MIXED: [u64; 2] = [u64::MAX; 2];

/// What the registers hold.
#[derive(Clone, Debug, Default)]
pub(super) struct Shared {
    value: [u64; REGISTERS.len()],
}

/// What one thread's copies hold, and whose translations it may have cached.
#[derive(Clone, Debug, Default)]
pub(super) struct Copies {
    value: [u64; REGISTERS.len()],
    /// SDR1 and LPIDR of the guest it last ran in; `None` when its TLB holds no guest's translations.
    cached: Option<[u64; 2]>,
}

impl Core {
    pub(super) fn share(&mut self, t: usize, event: &Event, effects: &mut Effects) {
        match *event {
            Event::WriteSpr { spr, value } => self.write_shared(t, spr, value),
            Event::ReadSpr { spr } => self.bring_up_to_date(t, |s| s == spr, effects),
            Event::Resume { mode, .. } => {
                self.bring_up_to_date(t, |_| true, effects);
                let thread = &mut self.threads[t];
                let copies = &mut thread.copies;
                if mode.is_guest()
                    && thread.run.mode().is_guest()
                    && copies.cached != Some(copies.partition())
                {
                    // Changed while it is in the guest: it can be flushed on its next way in.
                    copies.cached = Some(MIXED);
                }
            }
            Event::TlbInvalidateLocal if self.rules.has(Rule::Tlb) => {
                effects.push((Rule::Tlb, Effect::FlushCoreTlb));
            }
            _ => {}
        }
    }

    fn write_shared(&mut self, t: usize, spr: u16, value: u64) {
        let Some(i) = REGISTERS.iter().position(|(s, ..)| *s == spr) else { return };
        let value = value & REGISTERS[i].1;
        let copies = &mut self.threads[t].copies;
        // The emulator empties the writer's own TLB where its copy of SDR1 changes, and whenever LPIDR is written.
        if spr == spr::LPIDR || spr == spr::SDR1 && copies.value[i] != value {
            copies.cached = None;
        }
        copies.value[i] = value;
        self.sub_cores.of_mut(t).shared.value[i] = value;
    }

    fn bring_up_to_date(&mut self, t: usize, which: impl Fn(u16) -> bool, effects: &mut Effects) {
        let shared = &self.sub_cores.of(t).shared;
        let copies = &mut self.threads[t].copies;
        for (i, (spr, _, rule)) in REGISTERS.into_iter().enumerate() {
            let value = shared.value[i];
            if copies.value[i] != value && which(spr) && self.rules.has(rule) {
                copies.value[i] = value;
                effects.push((rule, Effect::SetSpr { spr, value }));
            }
        }
    }

    /// A thread enters a guest. POWER8's TLB entries carry the partition, the emulator's do not.
    pub(super) fn drop_other_partition(&mut self, t: usize, effects: &mut Effects) {
        let copies = &mut self.threads[t].copies;
        let partition = copies.partition();
        if copies.cached.is_some_and(|c| c != partition) && self.rules.has(Rule::Tlb) {
            effects.push((Rule::Tlb, Effect::FlushThreadTlb));
        }
        copies.cached = Some(partition);
    }
}

impl Copies {
    fn partition(&self) -> [u64; 2] {
        [self.value[0], self.value[1]]
    }
}
