// SPDX-License-Identifier: GPL-2.0-or-later
//! Which processor is a POWER8.

/// Version halves of the PVR of POWER8E, POWER8NVL and POWER8. Source: Linux
/// `arch/powerpc/include/asm/reg.h` (`PVR_POWER8E`, `PVR_POWER8NVL`, `PVR_POWER8`).
const POWER8: [u64; 3] = [0x4b, 0x4c, 0x4d];

/// Whether a PVR value is a POWER8's.
///
/// ```
/// assert!(cpu_model::pvr::is_power8(0x004d_0200));
/// assert!(!cpu_model::pvr::is_power8(0x004e_1200));
/// ```
pub fn is_power8(pvr: u64) -> bool {
    POWER8.contains(&(pvr >> 16))
}
