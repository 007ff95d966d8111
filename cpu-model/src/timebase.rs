// SPDX-License-Identifier: GPL-2.0-or-later
//! The timebase's rate, and how it is written.

/// Ticks of TB, DEC, HDEC and VTB a second. Source: skiboot `hdata/cpu-common.c` (`timebase-frequency`),
/// QEMU `include/hw/ppc/pnv.h` (`PNV_TIMEBASE_FREQ`).
pub const HZ: u64 = 512_000_000;

/// The bits that a write of TBU40 leaves as they are. Source: Linux `arch/powerpc/kvm/book3s_hv_rmhandlers.S`
/// (`kvmppc_hv_entry`).
pub const TBU40_KEEPS: u64 = (1 << 24) - 1;
/// The same of TBU and TBL, half of it each. Source: Power ISA 2.07B, Book III-S, section 7.2.
pub const TBWU_KEEPS: u64 = (1 << 32) - 1;
/// See [`TBWU_KEEPS`].
pub const TBWL_KEEPS: u64 = !TBWU_KEEPS;

/// What a timebase at `now` is after a write that leaves some bits as they are.
///
/// ```
/// use cpu_model::timebase::{TBU40_KEEPS, written};
/// assert_eq!(written(0x1_0000_0005, 0x7_0000_0fff, TBU40_KEEPS), 0x7_0000_0005);
/// ```
pub fn written(now: u64, value: u64, keeps: u64) -> u64 {
    value & !keeps | now & keeps
}

/// How far one timebase is ahead of another, modulo 2^64, where only TBU40 has parted them and they were read a little apart.
///
/// ```
/// use cpu_model::timebase::parted;
/// assert_eq!(parted((3 << 24) + 1005, 1000), 3 << 24);
/// assert_eq!(parted(990, (3 << 24) + 1000), (3u64 << 24).wrapping_neg());
/// ```
pub fn parted(one: u64, other: u64) -> u64 {
    one.wrapping_sub(other).wrapping_add(TBU40_KEEPS / 2) & !TBU40_KEEPS
}

/// Whole ticks in `ns` nanoseconds, rounded down as QEMU does.
///
/// ```
/// assert_eq!(cpu_model::timebase::from_ns(1_000_000_000), cpu_model::timebase::HZ);
/// assert_eq!(cpu_model::timebase::from_ns(1), 0);
/// ```
pub fn from_ns(ns: u64) -> u64 {
    (u128::from(ns) * u128::from(HZ) / 1_000_000_000) as u64
}

/// `ticks` in microseconds.
pub fn to_us(ticks: u64) -> f64 {
    ticks as f64 * 1e6 / HZ as f64
}

/// `ticks` in seconds.
pub fn to_s(ticks: u64) -> f64 {
    ticks as f64 / HZ as f64
}
