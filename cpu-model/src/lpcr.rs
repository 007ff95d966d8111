// SPDX-License-Identifier: GPL-2.0-or-later
//! Logical Partitioning Control Register bits that decide about interrupts and power saving.
//!
//! Source: Linux `arch/powerpc/include/asm/reg.h` (`LPCR_PECE*`: its index is two lower than the
//! architecture's), skiboot `include/processor.h`; Power ISA 2.07B, Book III-S, section 2.2.

/// Bit 47, PECE0: a directed privileged doorbell may end power saving (Linux `LPCR_PECEDP`).
pub const PECE_PRIVILEGED_DOORBELL: u64 = 0x1_0000;
/// Bit 48, PECE1: a directed hypervisor doorbell may end power saving (Linux `LPCR_PECEDH`).
pub const PECE_HYPERVISOR_DOORBELL: u64 = 0x8000;
/// Bit 49, PECE2: an external interrupt may end power saving (Linux `LPCR_PECE0`).
pub const PECE_EXTERNAL: u64 = 0x4000;
/// Bit 50, PECE3: a decrementer exception may end power saving (Linux `LPCR_PECE1`).
pub const PECE_DECREMENTER: u64 = 0x2000;
/// Bit 51, PECE4: machine check, HMI and the like may end power saving (Linux `LPCR_PECE2`).
pub const PECE_OTHER: u64 = 0x1000;
/// Bit 0, VPM0: a guest's accesses in real mode go through the page table, and what is not there is the
/// hypervisor's to handle. Source: Power ISA 2.07B, Book III-S, section 2.2.
pub const VPM0: u64 = 1 << 63;
/// Bit 52, MER: a guest gets an external interrupt as soon as its MSR\[EE\] is on. Source: Linux
/// `arch/powerpc/kvm/book3s_hv_builtin.c` (`kvmppc_guest_entry_inject_int`).
pub const MER: u64 = 0x800;
/// Bit 45, ONL: the thread is online, and its PURR and SPURR count. Source: Linux `arch/powerpc/include/asm/reg.h`
/// (`LPCR_ONL`), `arch/powerpc/kvm/book3s_hv.c` (`kvmppc_core_vcpu_create_hv`).
pub const ONL: u64 = 0x4_0000;
/// Bit 63, HDICE: hypervisor decrementer interrupts enabled.
pub const HDICE: u64 = 1;
/// Bits 39:40, AIL: where interrupts taken with relocation on arrive; 3 is the 0xc000_0000_0000_4000 offset.
pub const AIL_SHIFT: u32 = 23;

/// AIL of an LPCR value, 0 to 3.
pub fn ail(lpcr: u64) -> u64 {
    (lpcr >> AIL_SHIFT) & 3
}

/// Bit 38, ILE: interrupts within the partition are taken little-endian.
pub const ILE: u64 = 1 << 25;
/// Where interrupts arrive with AIL 3: 0xc000_0000_0000_4000 plus the vector.
pub const AIL_3_BASE: u64 = 0xc000_0000_0000_4000;
