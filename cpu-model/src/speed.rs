// SPDX-License-Identifier: GPL-2.0-or-later
//! How fast a thread is while its siblings are awake.
//!
//! The mode of a core (ST, SMT2, SMT4, SMT8) is no setting: it follows how many threads are awake, as they come and go
//! (Linux `arch/powerpc/kvm/book3s_hv_rmhandlers.S`, `kvm_do_nap`). So does the speed here.
//!
//! Source: De Gelas, "Assessing IBM's POWER8, Part 1" (AnandTech, 2016): two threads of a core do 1.4, four and eight 1.8
//! times the work of one. What lies between is drawn straight. Leaving a nap: skiboot `hw/slw-p8.c` (`nap`, exit latency).

use crate::THREADS_PER_CORE;

/// The work of a core with so many threads that compete, from one, in thousandths of the work of one alone.
const WORK: [u64; THREADS_PER_CORE] = [1000, 1400, 1600, 1800, 1800, 1800, 1800, 1800];

/// What a thread's speed is counted in: that of a thread alone.
pub const ALONE: u64 = 1000;

/// How long a nap takes to leave, in ns.
pub const NAP_EXIT_NS: i64 = 4_000;

/// How much less a thread at low or very low priority does than one at medium or higher. Only that it is less can be read
/// in public (Power ISA 2.07B, Book II, Program Priority Registers): how RPR's weights become dispatch slots cannot.
const LOW: u64 = 8;

/// Whether a level of PPR is low or very low priority. Source: Linux `arch/powerpc/include/asm/ppc_asm.h` (`HMT_LOW`,
/// `HMT_VERY_LOW`).
///
/// ```
/// use cpu_model::speed::is_low;
/// assert!(is_low(1) && is_low(2));
/// assert!(!is_low(0) && !is_low(3));
/// ```
pub fn is_low(level: u8) -> bool {
    matches!(level, 1 | 2)
}

/// The level that PPR has, 1 (very low) to 7; 0, which it is at power-on in the emulator, is none. Source: Power ISA 2.07B,
/// Book II, Program Priority Registers (`PRI`, bits 11 to 13).
///
/// ```
/// assert_eq!(cpu_model::speed::level(4 << 50), 4);
/// ```
pub fn level(ppr: u64) -> u8 {
    (ppr >> 50 & 7) as u8
}

/// A thread's speed at low priority while others are not, where so many compete, itself among them, as [`of`].
///
/// ```
/// use cpu_model::speed::{at_low_priority, of};
/// assert!(at_low_priority(2) < of(2));
/// ```
pub fn at_low_priority(competing: usize) -> u64 {
    of(competing) / LOW
}

/// A thread's speed where so many threads of its core compete, itself among them, in thousandths ([`ALONE`]).
///
/// ```
/// use cpu_model::speed::{ALONE, of};
/// assert_eq!(of(1), ALONE);
/// assert_eq!(of(8), 225);
/// ```
pub fn of(competing: usize) -> u64 {
    let competing = competing.clamp(1, THREADS_PER_CORE);
    WORK[competing - 1] / competing as u64
}
