// SPDX-License-Identifier: GPL-2.0-or-later
//! Why a thread left a power-saving mode: SRR1\[42:45\], and what LPCR allows.
//!
//! Source: Linux `arch/powerpc/include/asm/reg.h` (`SRR1_WAKE*`, masks for POWER8),
//! `arch/powerpc/kernel/irq_64.c` (`irq_set_pending_from_srr1`); QEMU `target/ppc/cpu.h` (`SRR1_WAKE*`).

use crate::lpcr;
use enum_map::Enum;
use serde::{Deserialize, Serialize};

/// SRR1\[46:47\]: not zero when the interrupt at 0x100 ended a power-saving mode.
pub const SRR1_LOSS: u64 = 3 << 16;
/// SRR1\[46:47\] where no register was lost, as the emulator's naps end.
pub const SRR1_NOTHING_LOST: u64 = 1 << 16;
const REASON_SHIFT: u32 = 18;
const REASON_MASK: u64 = 0xf << REASON_SHIFT;

/// What ended a power-saving mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WakeReason {
    /// 0b0011, a directed hypervisor doorbell (`msgsnd`).
    HypervisorDoorbell,
    /// 0b0100, a system reset.
    SystemReset,
    /// 0b0101, a directed privileged doorbell (`msgsndp`).
    PrivilegedDoorbell,
    /// 0b0110, the decrementer.
    Decrementer,
    /// 0b1000, an external interrupt (XICS).
    External,
    /// 0b1010, a hypervisor maintenance interrupt.
    HypervisorMaintenance,
    /// Any other value of the field.
    Other,
}

impl WakeReason {
    /// Every reason, in the order of the field's values.
    pub const ALL: [WakeReason; 7] = [
        WakeReason::HypervisorDoorbell,
        WakeReason::SystemReset,
        WakeReason::PrivilegedDoorbell,
        WakeReason::Decrementer,
        WakeReason::External,
        WakeReason::HypervisorMaintenance,
        WakeReason::Other,
    ];

    /// The name in `report.json`.
    pub fn name(self) -> &'static str {
        match self {
            WakeReason::HypervisorDoorbell => "hypervisor_doorbell",
            WakeReason::SystemReset => "system_reset",
            WakeReason::PrivilegedDoorbell => "privileged_doorbell",
            WakeReason::Decrementer => "decrementer",
            WakeReason::External => "external",
            WakeReason::HypervisorMaintenance => "hypervisor_maintenance",
            WakeReason::Other => "other",
        }
    }

    /// The reason that SRR1 gives, or `None` where it says that no power-saving mode was left.
    ///
    /// ```
    /// use cpu_model::WakeReason;
    /// assert_eq!(WakeReason::from_srr1(0x1d_0000), Some(WakeReason::Other));
    /// assert_eq!(WakeReason::from_srr1(0x19_0000), Some(WakeReason::Decrementer));
    /// assert_eq!(WakeReason::from_srr1(0x18_0000), None);
    /// ```
    pub fn from_srr1(srr1: u64) -> Option<WakeReason> {
        if srr1 & SRR1_LOSS == 0 {
            return None;
        }
        let field = (srr1 & REASON_MASK) >> REASON_SHIFT;
        Some(WakeReason::ALL.into_iter().find(|r| r.field() == Some(field)).unwrap_or(WakeReason::Other))
    }

    /// SRR1 with its reason replaced by this one ([`WakeReason::Other`] leaves it alone).
    pub fn in_srr1(self, srr1: u64) -> u64 {
        match self.field() {
            Some(field) => srr1 & !REASON_MASK | field << REASON_SHIFT,
            None => srr1,
        }
    }

    /// The LPCR bit without which this cannot end a power-saving mode; `None` where none is needed.
    pub fn pece(self) -> Option<u64> {
        match self {
            WakeReason::HypervisorDoorbell => Some(lpcr::PECE_HYPERVISOR_DOORBELL),
            WakeReason::PrivilegedDoorbell => Some(lpcr::PECE_PRIVILEGED_DOORBELL),
            WakeReason::Decrementer => Some(lpcr::PECE_DECREMENTER),
            WakeReason::External => Some(lpcr::PECE_EXTERNAL),
            WakeReason::HypervisorMaintenance => Some(lpcr::PECE_OTHER),
            WakeReason::SystemReset | WakeReason::Other => None,
        }
    }

    /// Whether `lpcr` lets this end a power-saving mode.
    pub fn allowed_by(self, lpcr: u64) -> bool {
        self.pece().is_none_or(|bit| lpcr & bit != 0)
    }

    fn field(self) -> Option<u64> {
        match self {
            WakeReason::HypervisorDoorbell => Some(0b0011),
            WakeReason::SystemReset => Some(0b0100),
            WakeReason::PrivilegedDoorbell => Some(0b0101),
            WakeReason::Decrementer => Some(0b0110),
            WakeReason::External => Some(0b1000),
            WakeReason::HypervisorMaintenance => Some(0b1010),
            WakeReason::Other => None,
        }
    }
}
