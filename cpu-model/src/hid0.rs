// SPDX-License-Identifier: GPL-2.0-or-later
//! Hardware Implementation Dependent register 0.
//!
//! Source: skiboot `include/processor.h` (`SPR_HID0_POWER8_HILE`); QEMU `target/ppc/cpu.h` (`HID0_HILE_POWER8`); Linux
//! `arch/powerpc/include/asm/reg.h` (`HID0_POWER8_*`), `platforms/powernv/subcore.c` for how a core is split.

/// Bit 19, HILE: interrupts to the hypervisor are taken little-endian.
pub const HILE: u64 = 1 << 44;
/// Bit 2, 4LPARMODE: the core is split in four. Status.
pub const FOUR_LPAR_MODE: u64 = 1 << 61;
/// Bit 6, 2LPARMODE: the core is split in two. Status.
pub const TWO_LPAR_MODE: u64 = 1 << 57;
/// Bit 11, 1TO2LPAR: split the core in two. A command: reads as 0, or a core that was split in two before could not be
/// split in four (Linux `kvm/book3s_hv.c`, `kvmppc_run_core`, writes back what it has read).
pub const ONE_TO_TWO_LPAR: u64 = 1 << 52;
/// Bit 12, 1TO4LPAR: split the core in four. A command.
pub const ONE_TO_FOUR_LPAR: u64 = 1 << 51;
/// Bit 15, DYNLPARDIS: a split core stays split while its threads but the first are in power saving.
pub const DYNAMIC_LPAR_DISABLE: u64 = 1 << 48;
/// The commands.
pub const COMMANDS: u64 = ONE_TO_TWO_LPAR | ONE_TO_FOUR_LPAR;
/// What the commands change.
pub const STATUS: u64 = TWO_LPAR_MODE | FOUR_LPAR_MODE;
