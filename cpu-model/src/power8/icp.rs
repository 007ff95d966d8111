// SPDX-License-Identifier: GPL-2.0-or-later
//! Each thread's interrupt presentation controller, as far as threads interrupt each other through it: there are no devices.
//!
//! Source: Linux `arch/powerpc/kvm/book3s_xics.c` (`kvmppc_h_ipi`, `kvmppc_h_cppr`: the same for guests); QEMU
//! `hw/intc/xics.c`. What MFRR's withdrawal does to an interrupt that is presented and not accepted, no public text says, and
//! so it is left presented.

use super::Power8;
use crate::icp::{CPPR, MFRR, MFRR_NONE, XIRR, XIRR_POLL, XISR_IPI};

#[derive(Clone, Debug)]
pub(super) struct Icp {
    cppr: u8,
    mfrr: u8,
    /// The priority of the inter-processor interrupt that is presented.
    presented: Option<u8>,
}

impl Default for Icp {
    fn default() -> Icp {
        Icp { cppr: 0, mfrr: MFRR_NONE, presented: None }
    }
}

impl Icp {
    /// The thread's external interrupt is pending.
    pub(super) fn is_pending(&self) -> bool {
        self.presented.is_some()
    }

    /// A request is presented if it is more favoured, which is lower, than the processor's priority.
    fn present(&mut self) {
        if self.mfrr < self.cppr && self.presented.is_none_or(|priority| self.mfrr < priority) {
            self.presented = Some(self.mfrr);
        }
    }

    fn set_mfrr(&mut self, priority: u8) {
        self.mfrr = priority;
        self.present();
    }

    /// What is not more favoured any more is presented no longer.
    fn set_cppr(&mut self, priority: u8) {
        self.cppr = priority;
        self.presented = self.presented.filter(|presented| *presented < priority);
        self.present();
    }

    fn xirr(&self) -> u32 {
        u32::from(self.cppr) << 24 | if self.is_pending() { XISR_IPI } else { 0 }
    }

    fn accept(&mut self) -> u32 {
        let xirr = self.xirr();
        if let Some(priority) = self.presented.take() {
            self.cppr = priority;
        }
        xirr
    }
}

impl Power8 {
    /// A load of `bytes` bytes from a register of `thread`'s controller; `None` where there is none.
    pub fn load_icp(&mut self, thread: usize, register: u64, bytes: u32) -> Option<u64> {
        let icp = &mut self.threads[thread].icp;
        Some(match (register, bytes) {
            (XIRR_POLL, 4) => icp.xirr().into(),
            (XIRR, 4) => icp.accept().into(),
            (CPPR, 1) => icp.cppr.into(),
            (MFRR, 1) => icp.mfrr.into(),
            _ => return None,
        })
    }

    /// A store there.
    pub fn store_icp(&mut self, thread: usize, register: u64, bytes: u32, value: u64) -> Option<()> {
        let icp = &mut self.threads[thread].icp;
        match (register, bytes) {
            // The end of what was accepted: a request that is still there is presented again.
            (XIRR, 4) => icp.set_cppr((value >> 24) as u8),
            (CPPR, 1) => icp.set_cppr(value as u8),
            (MFRR, 1) => icp.set_mfrr(value as u8),
            _ => return None,
        }
        Some(())
    }
}
