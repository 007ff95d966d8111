// SPDX-License-Identifier: GPL-2.0-or-later
//! Data addresses with relocation on: segments, and the hashed page table that SDR1 names. Pages of 4 KiB, the primary hash.
//!
//! A translation may be dropped at any time, and here none is kept: what a program sees of one that it has not invalidated
//! does not count. Source: Power ISA 2.07B, Book III-S, section 5.7; Linux `arch/powerpc/include/asm/book3s/64/mmu-hash.h`.

use super::Machine;
use cpu_model::spr;
use std::collections::BTreeMap;

/// The virtual segment of each effective one, in 256 MiB.
pub(super) type Segments = BTreeMap<u64, u64>;

const SEGMENT: u32 = 28;
const PAGE: u32 = 12;
/// RB of `slbmte`: the entry is valid.
const SLB_VALID: u64 = 1 << 27;
/// RS of `slbmte`: where VSID begins.
const VSID_SHIFT: u32 = 12;
/// SDR1: where the table is, and how long.
const HTABORG: u64 = 0x0fff_ffff_fffc_0000;
const HTABSIZE: u64 = 0x1f;
/// Groups of the smallest table, a power of two.
const SMALLEST: u64 = 11;
const GROUP: u64 = 128;
const ENTRY: u64 = 16;
const ENTRY_VALID: u64 = 1;
/// Where an entry's abbreviated virtual page number begins, and where that of an address does.
const AVPN_SHIFT: u32 = 7;
const ABBREVIATED: u32 = 23;
const REAL_PAGE: u64 = 0x0fff_ffff_ffff_f000;

impl Machine {
    /// `slbmte`.
    pub(super) fn set_segment(&mut self, t: usize, rs: u64, rb: u64) {
        let effective = rb >> SEGMENT;
        if rb & SLB_VALID != 0 {
            self.threads[t].segments.insert(effective, rs >> VSID_SHIFT);
        } else {
            self.threads[t].segments.remove(&effective);
        }
    }

    /// The real address of an effective one.
    ///
    /// # Errors
    /// There is none: what comes of that is not modelled.
    pub(super) fn real_address(&self, t: usize, address: u64) -> Result<u64, String> {
        let none = || format!("an address without a translation ({address:#x}) is not modelled");
        let segment = self.threads[t].segments.get(&(address >> SEGMENT)).ok_or_else(none)?;
        let in_segment = address & ((1 << SEGMENT) - 1);
        let sdr1 = self.core.read_spr(t, spr::SDR1).map_err(|_| none())?;
        let groups = 1u64 << (SMALLEST + (sdr1 & HTABSIZE));
        let group = (sdr1 & HTABORG) + ((segment ^ in_segment >> PAGE) & (groups - 1)) * GROUP;
        let page = segment << (SEGMENT - ABBREVIATED) | in_segment >> ABBREVIATED;
        let mut entries = (0..GROUP / ENTRY).map(|n| group + n * ENTRY);
        let entry = entries.find(|entry| {
            let word = self.memory.load(*entry, 8);
            word & ENTRY_VALID != 0 && word >> AVPN_SHIFT == page
        });
        let real = self.memory.load(entry.ok_or_else(none)? + 8, 8) & REAL_PAGE;
        Ok(real | address & ((1 << PAGE) - 1))
    }
}
