// SPDX-License-Identifier: GPL-2.0-or-later
//! The XICS interrupt presentation controllers: one 4 KiB page for each hardware thread.

/// Real address of the first page. Source: QEMU `include/hw/ppc/pnv.h` (`PNV_ICP_BASE`), as POWER8
/// firmware sets it.
pub const BASE: u64 = 0x3_ffff_8000_0000;
/// Pages: PIRs of one chip. Source: skiboot `include/processor.h` (`P8_PIR2COREID` and kin, 7 bits).
const SERVERS: u64 = 1 << 7;
/// Offset of MFRR. Source: Linux `arch/powerpc/include/asm/kvm_book3s_asm.h` (`XICS_MFRR`).
pub const MFRR: u64 = 0xc;
/// Offset of XIRR as it is, 4 bytes big-endian: reading accepts nothing. Source: QEMU `hw/intc/xics_pnv.c`.
pub const XIRR_POLL: u64 = 0;
/// Offset of XIRR: reading accepts what is pending, writing that back ends it. Source: Linux
/// `arch/powerpc/sysdev/xics/icp-native.c`.
pub const XIRR: u64 = 4;
/// Offset of CPPR, a byte: XIRR's first. Source: Linux `arch/powerpc/sysdev/xics/icp-native.c` (`icp_native_set_cppr`).
pub const CPPR: u64 = XIRR;
/// XISR of an inter-processor interrupt. Source: Linux `arch/powerpc/include/asm/xics.h` (`XICS_IPI`).
pub const XISR_IPI: u32 = 2;
/// MFRR that requests an inter-processor interrupt before all others; only CPPR 0 masks it.
pub const MFRR_FIRST: u8 = 0;
/// MFRR that requests one as an operating system does. Source: Linux `arch/powerpc/include/asm/xics.h`
/// (`IPI_PRIORITY`).
pub const MFRR_IPI: u8 = 4;
/// MFRR when no inter-processor interrupt is requested. Source: Linux `arch/powerpc/include/asm/xics.h`
/// (`LOWEST_PRIORITY`); QEMU `hw/intc/xics.c`.
pub const MFRR_NONE: u8 = 0xff;

/// The real address of a server's page.
pub fn page(server: u32) -> u64 {
    BASE + (u64::from(server) << 12)
}

/// Whether XIRR says that an inter-processor interrupt is pending.
pub fn is_ipi(xirr: u32) -> bool {
    xirr & 0xff_ffff == XISR_IPI
}

/// The server number (PIR) of the thread whose MFRR is at a real address, if it is one.
///
/// ```
/// assert_eq!(cpu_model::icp::mfrr_server(0x3_ffff_8000_300c), Some(3));
/// assert_eq!(cpu_model::icp::mfrr_server(0x3_ffff_8000_3004), None);
/// ```
pub fn mfrr_server(address: u64) -> Option<u32> {
    register(address).and_then(|(server, offset)| (offset == MFRR).then_some(server))
}

/// The server number of the page that a real address is in, if it is in one, and the offset there.
pub fn register(address: u64) -> Option<(u32, u64)> {
    let offset = address.checked_sub(BASE)?;
    let server = offset >> 12;
    (server < SERVERS).then_some((server as u32, offset & 0xfff))
}
