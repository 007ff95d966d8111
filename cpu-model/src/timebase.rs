// SPDX-License-Identifier: GPL-2.0-or-later
//! The timebase's rate.

/// Ticks of TB, DEC, HDEC and VTB a second. Source: skiboot `hdata/cpu-common.c` (`timebase-frequency`),
/// QEMU `include/hw/ppc/pnv.h` (`PNV_TIMEBASE_FREQ`).
pub const HZ: u64 = 512_000_000;

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
