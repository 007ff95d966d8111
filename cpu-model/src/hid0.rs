// SPDX-License-Identifier: GPL-2.0-or-later
//! Hardware Implementation Dependent register 0.
//!
//! Source: skiboot `include/processor.h` (`SPR_HID0_POWER8_HILE`); QEMU `target/ppc/cpu.h` (`HID0_HILE_POWER8`).

/// Bit 19, HILE: interrupts to the hypervisor are taken little-endian.
pub const HILE: u64 = 1 << 44;
