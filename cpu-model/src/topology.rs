// SPDX-License-Identifier: GPL-2.0-or-later
//! How the machine numbers cores and threads.
//!
//! QEMU's vCPU index counts the threads of all cores from 0. Their PIR, which is also the server number
//! of their interrupt presentation controller (ICP), is chip << 7 | core << 3 | thread, and the cores of
//! a chip are not numbered from 0: a POWER8 chip has no core 0, 7, 8 or 15.
//!
//! Source: QEMU `hw/ppc/pnv.c` (`POWER8_CORE_MASK`, `pnv_get_pir_tir_p8`, `pnv_chip_icp_realize`); skiboot
//! `include/processor.h` (`SPR_PIR_P8_MASK`). Seen: skiboot on `powernv8` says "Boot CPU PIR is 0x0008".

/// Cores that a POWER8 chip may have: bit n is core n.
const CORES: u32 = 0x7e7e;

/// The PIR, which is the ICP server number, of thread `thread` (vCPU index) on the first chip of a
/// `powernv8` with `threads_per_core` threads to a core; `None` past the chip's last core.
///
/// ```
/// use cpu_model::topology::server_of_thread;
/// assert_eq!(server_of_thread(0, 8), Some(0x08));
/// assert_eq!(server_of_thread(15, 8), Some(0x17));
/// assert_eq!(server_of_thread(6 * 8, 8), Some(9 << 3));
/// assert_eq!(server_of_thread(12 * 8, 8), None);
/// ```
pub fn server_of_thread(thread: usize, threads_per_core: usize) -> Option<u32> {
    let core = cores().nth(thread.checked_div(threads_per_core)?)?;
    Some(core << 3 | (thread % threads_per_core) as u32)
}

/// The thread (vCPU index) whose ICP has this server number, or `None` where no thread of the first chip
/// has it.
///
/// ```
/// use cpu_model::topology::thread_of_server;
/// assert_eq!(thread_of_server(0x0b, 8), Some(3));
/// assert_eq!(thread_of_server(0x03, 8), None);
/// ```
pub fn thread_of_server(server: u32, threads_per_core: usize) -> Option<usize> {
    let thread = (server & 7) as usize;
    let core = cores().position(|core| core == server >> 3)?;
    (thread < threads_per_core).then_some(core * threads_per_core + thread)
}

fn cores() -> impl Iterator<Item = u32> {
    (0..u32::BITS).filter(|core| CORES >> core & 1 != 0)
}
