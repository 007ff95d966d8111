// SPDX-License-Identifier: GPL-2.0-or-later
//! Offsets of the interrupt vectors that the model and the reports tell apart.
//!
//! Source: Power ISA 2.07B, Book III-S, section 6.5 (figure "Interrupt vector offsets"); Linux
//! `arch/powerpc/kernel/exceptions-64s.S`; QEMU `target/ppc/cpu_init.c` (`init_excp_POWER8`).

/// System reset, and the end of a power-saving mode.
pub const SYSTEM_RESET: u16 = 0x100;
/// Machine check.
pub const MACHINE_CHECK: u16 = 0x200;
/// External interrupt (XICS).
pub const EXTERNAL: u16 = 0x500;
/// Decrementer.
pub const DECREMENTER: u16 = 0x900;
/// Hypervisor decrementer.
pub const HYPERVISOR_DECREMENTER: u16 = 0x980;
/// System call (`sc`).
pub const SYSTEM_CALL: u16 = 0xc00;
/// Directed privileged doorbell.
pub const PRIVILEGED_DOORBELL: u16 = 0xa00;
/// Directed hypervisor doorbell.
pub const HYPERVISOR_DOORBELL: u16 = 0xe80;
/// Hypervisor maintenance (HMI).
pub const HYPERVISOR_MAINTENANCE: u16 = 0xe60;
/// Hypervisor instruction storage: nothing is mapped where a guest fetches, and LPCR\[VPM\] is on.
pub const HYPERVISOR_INSTRUCTION_STORAGE: u16 = 0xe20;
