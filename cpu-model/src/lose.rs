// SPDX-License-Identifier: GPL-2.0-or-later
//! What a power-saving mode may lose, and how SRR1\[46:47\] says so.
//!
//! Source: Power ISA 2.07B, Book III-S, section 3.3.2; Linux `arch/powerpc/kernel/idle_book3s.S`
//! (`isa206_idle_insn_mayloss`: general registers are saved for `nap`, where SRR1 says "some" they are taken from there),
//! `arch/powerpc/platforms/powernv/idle.c` (`power7_idle_insn`: special purpose registers are for the deeper ones, where
//! SRR1 says that hypervisor state was lost).

use crate::insn::PowerSaving;
use crate::spr;

/// How much of what may be lost is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lose {
    /// General registers, and CR, LR, CTR and XER with them.
    General,
    /// Special purpose registers of the hypervisor.
    Special,
    /// Both.
    All,
}

/// What one mode has lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost {
    /// General registers, CR, LR, CTR and XER.
    pub general: bool,
    /// Special purpose registers, by number.
    pub special: &'static [u16],
    /// SRR1\[46:47\], in its place.
    pub srr1: u64,
}

/// SRR1\[46:47\] = 10: general registers may be lost, hypervisor state is not.
const SRR1_SOME: u64 = 2 << 16;
/// SRR1\[46:47\] = 11: hypervisor state may be lost.
const SRR1_ALL: u64 = 3 << 16;

/// What stands where something was: no address, no count, in no order a likely value.
pub const LOST: u64 = 0x1057_dead_1057_0000;

/// What `power7_idle_insn` writes back where SRR1 says that hypervisor state was lost, but for what firmware restores
/// (LPCR, and what is per core) and what an emulated machine could not go on without (SDR1).
pub const SPECIAL: &[u16] =
    &[spr::HFSCR, spr::FSCR, spr::PURR, spr::SPURR, spr::DSCR, spr::WORT, spr::AMR, spr::IAMR, spr::UAMOR];

impl Lose {
    /// The one of that name: `gpr`, `spr` or `all`.
    pub fn by_name(name: &str) -> Option<Lose> {
        Some(match name {
            "gpr" => Lose::General,
            "spr" => Lose::Special,
            "all" => Lose::All,
            _ => return None,
        })
    }

    /// The name.
    pub fn name(self) -> &'static str {
        match self {
            Lose::General => "gpr",
            Lose::Special => "spr",
            Lose::All => "all",
        }
    }

    /// What is lost in a mode; `None`: nothing.
    ///
    /// ```
    /// use cpu_model::{insn::PowerSaving, lose::Lose};
    /// assert_eq!(Lose::All.of(PowerSaving::Doze), None);
    /// let nap = Lose::All.of(PowerSaving::Nap).unwrap();
    /// assert!(nap.general && nap.special.is_empty());
    /// assert_eq!(nap.srr1, 0x2_0000);
    /// ```
    pub fn of(self, level: PowerSaving) -> Option<Lost> {
        let general = self != Lose::Special;
        match level {
            PowerSaving::Doze => None,
            PowerSaving::Nap => general.then_some(Lost { general, special: &[], srr1: SRR1_SOME }),
            PowerSaving::Sleep | PowerSaving::Rvwinkle => {
                let special = if self == Lose::General { &[] } else { SPECIAL };
                Some(Lost { general, special, srr1: SRR1_ALL })
            }
        }
    }
}
