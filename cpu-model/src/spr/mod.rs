// SPDX-License-Identifier: GPL-2.0-or-later
//! POWER8's special purpose registers: numbers, names, widths, and which threads share one.
//!
//! Numbers and widths: Power ISA 2.07B, Book III-S, "Move To/From System Register Instructions", and
//! Linux `arch/powerpc/include/asm/reg.h` for those of the implementation. Who shares a register is in no
//! one public table; each row says where its scope can be read.

mod source;
mod table;

pub use table::*;

/// The bits of PCR that POWER8 has: the TM facility off, and architecture levels 2.05 and 2.06. Source: Linux
/// `arch/powerpc/include/asm/reg.h` (`PCR_*`; those for vector and VSX are "NA since POWER8"), QEMU
/// `target/ppc/cpu_init.c` (POWER8's `pcr_mask`).
pub const PCR_BITS: u64 = 1 << 61 | 0b10 | PCR_ARCH_206;
/// Nothing of what came after architecture level 2.06, POWER7's.
pub const PCR_ARCH_206: u64 = 0b100;

/// Which hardware threads see the same value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Each thread has its own.
    Thread,
    /// The threads of a sub-core share one; on a core that is not split that is the whole core.
    SubCore,
    /// The threads of a core share one.
    Core,
    /// Some fields are each thread's own, the others are shared by the core.
    Mixed,
}

/// One special purpose register.
///
/// ```
/// use cpu_model::spr::{self, Scope};
/// let sdr1 = spr::by_number(spr::SDR1).unwrap();
/// assert_eq!((sdr1.name, sdr1.width_bits, sdr1.scope), ("sdr1", 64, Scope::SubCore));
/// assert_eq!(spr::by_name("sdr1"), Some(sdr1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spr {
    /// As in `mfspr`, 0 to 1023, halves in order.
    pub number: u16,
    /// As in the manual, lower case. Where the manual gives one name to two numbers, the one that problem
    /// state or a read uses has Linux's or binutils' name (`usprg3`, `ctrlf`), so that each is named once.
    pub name: &'static str,
    /// 32 or 64.
    pub width_bits: u8,
    /// Who shares it.
    pub scope: Scope,
    /// False where no public text states the scope: it is what software or an emulator takes it to be.
    pub verified: bool,
    /// Where the scope can be read, or is taken from.
    pub source: &'static str,
}

/// The register with this number, or `None` where POWER8 has none that is known here.
pub fn by_number(number: u16) -> Option<&'static Spr> {
    SPRS.binary_search_by_key(&number, |spr| spr.number).ok().map(|at| &SPRS[at])
}

/// The register with this name, in lower case.
pub fn by_name(name: &str) -> Option<&'static Spr> {
    SPRS.iter().find(|spr| spr.name == name)
}
