// SPDX-License-Identifier: GPL-2.0-or-later
//! SDR1, LPIDR, PCR and the TLB: one for the core.
//!
//! The emulator has a copy for each thread. A write by one thread is copied to a sibling when the sibling
//! next does something at which it could tell: it resumes in another context, or reads the register.

use super::{Core, Effect, Effects};
use crate::{Event, Rule, spr};

/// The shared registers, in the order of the arrays below.
const REGISTERS: [(u16, Rule); 3] =
    [(spr::SDR1, Rule::Partition), (spr::LPIDR, Rule::Partition), (spr::PCR, Rule::Pcr)];
/// The bits of PCR that POWER8 has: the vector, VSX and TM facilities off, and architecture levels 2.05
/// and 2.06. Source: Linux `arch/powerpc/include/asm/reg.h` (`PCR_*`), QEMU `target/ppc/cpu_init.c`
/// (POWER8's `pcr_mask`).
const PCR_BITS: u64 = 7 << 61 | 0b110;

/// What the core's registers hold.
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
                if mode.is_guest() {
                    self.drop_other_partition(t, effects);
                }
            }
            Event::TlbInvalidateLocal { real: true } if self.rules.has(Rule::Tlb) => {
                effects.push((Rule::Tlb, Effect::FlushCoreTlb));
            }
            _ => {}
        }
    }

    fn write_shared(&mut self, t: usize, spr: u16, value: u64) {
        let Some(i) = REGISTERS.iter().position(|(s, _)| *s == spr) else { return };
        let value = if spr == spr::PCR { value & PCR_BITS } else { value };
        self.shared.value[i] = value;
        self.threads[t].copies.value[i] = value;
        if spr != spr::PCR {
            // The emulator empties the writer's own TLB.
            self.threads[t].copies.cached = None;
        }
    }

    fn bring_up_to_date(&mut self, t: usize, which: impl Fn(u16) -> bool, effects: &mut Effects) {
        let copies = &mut self.threads[t].copies;
        for (i, (spr, rule)) in REGISTERS.into_iter().enumerate() {
            let value = self.shared.value[i];
            if copies.value[i] != value && which(spr) && self.rules.has(rule) {
                copies.value[i] = value;
                effects.push((rule, Effect::SetSpr { spr, value }));
            }
        }
    }

    /// POWER8's TLB entries carry the partition, the emulator's do not.
    fn drop_other_partition(&mut self, t: usize, effects: &mut Effects) {
        let copies = &mut self.threads[t].copies;
        let partition = [copies.value[0], copies.value[1]];
        if copies.cached.is_some_and(|c| c != partition) && self.rules.has(Rule::Tlb) {
            effects.push((Rule::Tlb, Effect::FlushThreadTlb));
        }
        copies.cached = Some(partition);
    }
}
