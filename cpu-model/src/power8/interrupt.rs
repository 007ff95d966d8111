// SPDX-License-Identifier: GPL-2.0-or-later
//! Which interrupt a thread takes next, and what it finds then.

use super::Power8;
use crate::{hid0, lpcr, msr, spr, vector};

/// Where an interrupt saves what it interrupted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Saves {
    /// SRR0 and SRR1; the thread stays in its partition or in the hypervisor.
    Srr,
    /// HSRR0 and HSRR1; the hypervisor's.
    Hsrr,
}

impl Power8 {
    /// What happens to `thread` before its instruction at `pc` (the next one, in power saving): where it goes on instead.
    ///
    /// Of several that are due the order is QEMU's (`target/ppc/excp_helper.c`, `p8_next_unmasked_interrupt`): no public
    /// text has POWER8's. The mediated external interrupt, which QEMU has not, is the last.
    pub fn poll(&mut self, thread: usize, pc: u64) -> Option<u64> {
        if self.threads[thread].saving {
            return self.wake(thread, pc);
        }
        let of = &self.threads[thread];
        let mode = self.mode(thread);
        let ee = of.msr & msr::EE != 0;
        let any = of.hdec || of.icp.is_pending() || of.privileged_doorbell || of.hypervisor_doorbell || ee;
        if !any {
            return None;
        }
        // The hypervisor's reach a guest and problem state whatever EE. Source: Power ISA 2.07B, Book III-S, section 6.5;
        // Linux `arch/powerpc/kvm/book3s_hv_builtin.c` (`kvmhv_interrupt_vcore`).
        let hypervisor = ee || mode.is_guest() || mode.is_user();
        let lpcr = self.register(thread, spr::LPCR);
        let due = [
            (vector::HYPERVISOR_DECREMENTER, Saves::Hsrr, of.hdec && hypervisor && lpcr & lpcr::HDICE != 0),
            // The hypervisor's with LPCR[LPES] 0, which is all that is modelled. A level: it stays until it is accepted.
            (vector::EXTERNAL, Saves::Hsrr, of.icp.is_pending() && (ee || mode.is_guest())),
            (vector::DECREMENTER, Saves::Srr, ee && self.dec_is_pending(thread)),
            (vector::PRIVILEGED_DOORBELL, Saves::Srr, ee && of.privileged_doorbell),
            (vector::HYPERVISOR_DOORBELL, Saves::Hsrr, hypervisor && of.hypervisor_doorbell),
            // Mediated: it stays as long as the bit is on.
            (vector::EXTERNAL, Saves::Srr, ee && mode.is_guest() && lpcr & lpcr::MER != 0),
        ];
        let (vector, saves, _) = due.into_iter().find(|(.., is)| *is)?;
        let of = &mut self.threads[thread];
        match vector {
            vector::HYPERVISOR_DECREMENTER => of.hdec = false,
            vector::PRIVILEGED_DOORBELL => of.privileged_doorbell = false,
            vector::HYPERVISOR_DOORBELL => of.hypervisor_doorbell = false,
            _ => {}
        }
        Some(self.arrive(thread, vector, saves, pc))
    }

    /// `sc` at `pc`: where it goes. LEV 1 calls the hypervisor, through SRR0 and SRR1 all the same. Source: Power ISA 2.07B,
    /// Book III-S, section 6.5.14.
    pub fn system_call(&mut self, thread: usize, lev: u8, pc: u64) -> u64 {
        let arrived = self.arrive(thread, vector::SYSTEM_CALL, Saves::Srr, pc.wrapping_add(4));
        if lev == 1 {
            self.threads[thread].msr |= msr::HV;
        }
        arrived
    }

    fn arrive(&mut self, thread: usize, vector: u16, saves: Saves, pc: u64) -> u64 {
        let before = self.threads[thread].msr;
        let (srr0, srr1) = match saves {
            Saves::Srr => (spr::SRR0, spr::SRR1),
            Saves::Hsrr => (spr::HSRR0, spr::HSRR1),
        };
        self.set_register(thread, srr0, pc);
        self.set_register(thread, srr1, before & !msr::SRR1_STATUS);
        let hypervisor = if saves == Saves::Hsrr { msr::HV } else { before & msr::HV };
        let little = if hypervisor != 0 {
            self.hid0 & hid0::HILE != 0
        } else {
            self.register(thread, spr::LPCR) & lpcr::ILE != 0
        };
        self.threads[thread].msr = msr::SF | hypervisor | before & msr::ME | if little { msr::LE } else { 0 };
        vector.into()
    }
}
