// SPDX-License-Identifier: GPL-2.0-or-later
//! Machine State Register bits.
//!
//! Source: Power ISA 2.07B, Book III-S, section 3.2.1; Linux `arch/powerpc/include/asm/reg.h` (`MSR_*_LG`).

/// Bit 0: 64-bit mode.
pub const SF: u64 = 1 << 63;
/// Bit 3: hypervisor state (with PR clear).
pub const HV: u64 = 1 << 60;
/// Bit 48: external interrupts enabled.
pub const EE: u64 = 1 << 15;
/// Bit 49: problem state.
pub const PR: u64 = 1 << 14;
/// Bit 51: machine check interrupts enabled.
pub const ME: u64 = 1 << 12;
/// Bit 58: instruction relocation.
pub const IR: u64 = 1 << 5;
/// Bit 59: data relocation.
pub const DR: u64 = 1 << 4;
/// Bit 62: recoverable interrupt.
pub const RI: u64 = 1 << 1;
/// Bit 63: little-endian mode.
pub const LE: u64 = 1;

/// The bits of SRR1 / HSRR1 that an interrupt sets to say more about itself (33:36 and 42:47); the rest
/// is the interrupted MSR. Source: Power ISA 2.07B, Book III-S, section 6.5.
pub const SRR1_STATUS: u64 = 0x783f_0000;
