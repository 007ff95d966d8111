// SPDX-License-Identifier: GPL-2.0-or-later
//! Interrupts that report a fault, as a POWER8 thread takes them: system reset, machine check, hypervisor
//! maintenance; and the hypervisor's doorbell, which may come for nothing.
//!
//! All of them go to the hypervisor, whatever state the thread is in, and none of them but the doorbell with
//! relocation on.
//!
//! | fault | vector | saves in | masked by | after a nap |
//! | --- | --- | --- | --- | --- |
//! | system reset | 0x100 | SRR0, SRR1 | nothing | 0x100, SRR1\[42:45\] 0b0100 |
//! | machine check | 0x200 | SRR0, SRR1; DSISR, DAR | ME 0: the machine stops | 0x200, its own bits |
//! | hypervisor maintenance | 0xE60 | HSRR0, HSRR1; HMER | EE 0 in the hypervisor | 0x100, 0b1010 |
//! | doorbell | 0xE80 | HSRR0, HSRR1 | EE 0 in the hypervisor | 0x100, 0b0011 |
//!
//! A machine check and hypervisor maintenance end a nap under LPCR\[PECE4\], a system reset always. The first two
//! leave MSR\[RI\] 0 in the handler, the others leave it alone: they do not touch what they would make
//! unrecoverable. Source: Power ISA 2.07B, Book III-S, section 6.5; Linux `arch/powerpc/kernel/exceptions-64s.S`
//! (comments on 0x100, 0x200 and 0xe60; `machine_check_idle_common`), `arch/powerpc/kernel/traps.c`
//! (`hv_nmi_check_nonrecoverable`), `arch/powerpc/include/asm/reg.h` (`SRR1_WAKE*`).

use crate::{WakeReason, lpcr, msr, vector, wake};

/// A machine check's cause. Linux mends the first four in real mode; it kills the process that met one of the
/// others, or stops where the kernel itself did.
///
/// Source: Linux `arch/powerpc/kernel/mce_power.c` (`mce_p8_derror_table`, `mce_p8_ierror_table`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Two SLB entries match a load or store.
    SlbMultihit,
    /// A parity error in the SLB.
    SlbParity,
    /// Two entries of the effective-to-real address table match.
    EratMultihit,
    /// Two TLB entries match.
    TlbMultihit,
    /// Memory that a load or store asked for cannot be corrected.
    Ue,
    /// Memory that holds the page table entry for a load or store cannot be corrected.
    UeWalk,
    /// Memory that an instruction was fetched from cannot be corrected.
    UeFetch,
}

/// SRR1\[42\] of a machine check: a load or store; DSISR tells more. Else SRR1\[36\] and \[43:45\] do.
/// Source: Linux `arch/powerpc/kernel/mce_power.c` (`SRR1_MC_LOADSTORE`).
const SRR1_LOAD_STORE: u64 = 1 << 21;

impl Cause {
    /// Every cause, with its name on command lines.
    pub const ALL: [(Cause, &'static str); 7] = [
        (Cause::SlbMultihit, "slb-multihit"),
        (Cause::SlbParity, "slb-parity"),
        (Cause::EratMultihit, "erat-multihit"),
        (Cause::TlbMultihit, "tlb-multihit"),
        (Cause::Ue, "ue"),
        (Cause::UeWalk, "ue-walk"),
        (Cause::UeFetch, "ue-fetch"),
    ];

    /// Its bits in SRR1.
    pub fn srr1(self) -> u64 {
        match self {
            Cause::UeFetch => 0x4_0000,
            _ => SRR1_LOAD_STORE,
        }
    }

    /// DSISR; `None` where the machine check leaves it alone.
    pub fn dsisr(self) -> Option<u64> {
        match self {
            Cause::SlbMultihit => Some(0x80),
            Cause::SlbParity => Some(0x100),
            Cause::EratMultihit => Some(0x800),
            Cause::TlbMultihit => Some(0x400),
            Cause::Ue => Some(0x8000),
            Cause::UeWalk => Some(0x4000),
            Cause::UeFetch => None,
        }
    }

    /// Whether DAR holds the effective address.
    pub fn sets_dar(self) -> bool {
        !matches!(self, Cause::Ue | Cause::UeFetch)
    }
}

/// What is wanted of MSR\[RI\] where a fault interrupts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ri {
    /// Nothing: it comes as it is.
    #[default]
    Any,
    /// 1: the fault waits until it is, so that software can go on.
    Set,
    /// SRR1 shows 0: what was interrupted cannot go on.
    Clear,
}

/// HMER\[2\], processor recovery done: the core has repeated what had failed.
/// Linux goes on after it. Source: skiboot `include/processor.h` (`SPR_HMER_PROC_RECV_DONE`), `core/hmi.c`
/// (`handle_hmi_exception`), which reports it as recovered.
pub const HMER_RECOVERY_DONE: u64 = 1 << 61;

/// A fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// System reset.
    SystemReset(Ri),
    /// Machine check.
    MachineCheck(Cause, Ri),
    /// Hypervisor maintenance: a recovered error of the processor.
    Maintenance,
    /// Directed hypervisor doorbell that nobody sent.
    Doorbell,
}

impl Fault {
    /// Offset of its vector, where it does not end a power-saving mode.
    pub fn vector(self) -> u16 {
        match self {
            Fault::SystemReset(_) => vector::SYSTEM_RESET,
            Fault::MachineCheck(..) => vector::MACHINE_CHECK,
            Fault::Maintenance => vector::HYPERVISOR_MAINTENANCE,
            Fault::Doorbell => vector::HYPERVISOR_DOORBELL,
        }
    }

    /// Whether it saves into HSRR0 and HSRR1, instead of SRR0 and SRR1.
    pub fn saves_in_hsrr(self) -> bool {
        matches!(self, Fault::Maintenance | Fault::Doorbell)
    }

    /// Whether a thread with that MSR takes it now. What saves into HSRR0 and HSRR1 is masked by EE in the
    /// hypervisor, as all that uses them; a machine check without ME would stop the machine.
    pub fn taken_in(self, msr: u64) -> bool {
        let (ri, enabled) = match self {
            Fault::SystemReset(ri) => (ri, true),
            Fault::MachineCheck(_, ri) => (ri, msr & msr::ME != 0),
            Fault::Maintenance | Fault::Doorbell => {
                (Ri::Any, msr & msr::EE != 0 || msr & msr::HV == 0 || msr & msr::PR != 0)
            }
        };
        enabled && (ri != Ri::Set || msr & msr::RI != 0)
    }

    /// Which of several is taken first; a higher one, such as a doorbell's, later. Source: Power ISA 2.07B,
    /// Book III-S, section 6.9 (interrupt priorities).
    pub fn rank(self) -> u8 {
        match self {
            Fault::SystemReset(_) => 0,
            Fault::MachineCheck(..) => 1,
            Fault::Maintenance => 2,
            Fault::Doorbell => 3,
        }
    }

    /// What is saved of an interrupted MSR.
    pub fn saved_msr(self, msr: u64) -> u64 {
        let saved = msr & !msr::SRR1_STATUS;
        match self {
            Fault::SystemReset(Ri::Clear) => saved & !msr::RI,
            Fault::MachineCheck(cause, ri) => {
                saved & !(if ri == Ri::Clear { msr::RI } else { 0 }) | cause.srr1()
            }
            _ => saved,
        }
    }

    /// MSR of the handler, and the address that is added to the vector. `hile`: HID0\[19\].
    pub fn handler(self, msr: u64, lpcr: u64, hile: bool) -> (u64, u64) {
        let le = if hile { msr::LE } else { 0 };
        let relocation = msr::IR | msr::DR;
        let relocated = self == Fault::Doorbell
            && msr & msr::HV != 0
            && msr & relocation == relocation
            && lpcr::ail(lpcr) == 3;
        let kept = match self {
            Fault::SystemReset(_) => msr::ME,
            Fault::MachineCheck(..) => 0,
            Fault::Maintenance | Fault::Doorbell => msr::ME | msr::RI,
        };
        let base = msr::SF | msr::HV | le | msr & kept;
        if relocated { (base | relocation, lpcr::AIL_3_BASE) } else { (base, 0) }
    }

    /// Whether it ends a power-saving mode under that LPCR.
    pub fn ends_power_saving(self, lpcr: u64) -> bool {
        match self.wake_reason() {
            Some(reason) => reason.allowed_by(lpcr),
            None => lpcr & lpcr::PECE_OTHER != 0,
        }
    }

    /// The reason in SRR1 where it ends a power-saving mode, at 0x100; `None` for a machine check, which
    /// then has its own vector and its own bits, and SRR1\[46:47\].
    pub fn wake_reason(self) -> Option<WakeReason> {
        match self {
            Fault::SystemReset(_) => Some(WakeReason::SystemReset),
            Fault::MachineCheck(..) => None,
            Fault::Maintenance => Some(WakeReason::HypervisorMaintenance),
            Fault::Doorbell => Some(WakeReason::HypervisorDoorbell),
        }
    }

    /// SRR1 where it ends a power-saving mode that lost nothing, entered with that MSR.
    pub fn wake_srr1(self, msr: u64) -> u64 {
        let saved = self.saved_msr(msr) & !wake::SRR1_LOSS | wake::SRR1_NOTHING_LOST;
        self.wake_reason().map_or(saved, |reason| reason.in_srr1(saved))
    }

    /// HMER bits that it sets.
    pub fn hmer(self) -> u64 {
        if self == Fault::Maintenance { HMER_RECOVERY_DONE } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: u64 = msr::SF | msr::HV | msr::EE | msr::ME | msr::IR | msr::DR | msr::RI | msr::LE;

    #[test]
    fn what_uses_hsrr_waits_for_ee_in_the_hypervisor_alone() {
        for fault in [Fault::Maintenance, Fault::Doorbell] {
            assert!(fault.taken_in(HOST) && !fault.taken_in(HOST & !msr::EE));
            assert!(fault.taken_in(HOST & !msr::EE & !msr::HV));
        }
        assert!(Fault::SystemReset(Ri::Any).taken_in(0));
        assert!(!Fault::MachineCheck(Cause::Ue, Ri::Any).taken_in(HOST & !msr::ME));
    }

    #[test]
    fn recoverable_is_waited_for_or_taken_away() {
        assert!(!Fault::SystemReset(Ri::Set).taken_in(HOST & !msr::RI));
        assert_eq!(Fault::SystemReset(Ri::Clear).saved_msr(HOST) & msr::RI, 0);
        assert_eq!(Fault::MachineCheck(Cause::Ue, Ri::Clear).saved_msr(HOST), HOST & !msr::RI | 1 << 21);
    }

    #[test]
    fn handlers_run_in_real_mode_but_for_the_doorbell() {
        let ail3 = 3 << lpcr::AIL_SHIFT;
        let real = msr::SF | msr::HV | msr::LE;
        assert_eq!(Fault::SystemReset(Ri::Any).handler(HOST, ail3, true), (real | msr::ME, 0));
        assert_eq!(Fault::MachineCheck(Cause::Ue, Ri::Any).handler(HOST, ail3, true), (real, 0));
        let kept = real | msr::ME | msr::RI;
        assert_eq!(Fault::Maintenance.handler(HOST, ail3, true), (kept, 0));
        let mapped = (kept | msr::IR | msr::DR, lpcr::AIL_3_BASE);
        assert_eq!(Fault::Doorbell.handler(HOST, ail3, true), mapped);
        assert_eq!(Fault::Doorbell.handler(HOST & !msr::HV, ail3, true), (kept, 0));
    }

    #[test]
    fn a_wake_says_why() {
        let nap = msr::SF | msr::HV | msr::ME;
        assert_eq!(Fault::SystemReset(Ri::Any).wake_srr1(nap), nap | 0x11_0000);
        assert_eq!(Fault::Maintenance.wake_srr1(nap), nap | 0x29_0000);
        assert_eq!(Fault::MachineCheck(Cause::UeFetch, Ri::Any).wake_srr1(nap), nap | 0x5_0000);
        assert!(Fault::SystemReset(Ri::Any).ends_power_saving(0) && !Fault::Maintenance.ends_power_saving(0));
    }
}
