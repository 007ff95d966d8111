// SPDX-License-Identifier: GPL-2.0-or-later
//! What goes through a thread's interrupt presentation controller: external interrupts, and waking it from a nap.
//!
//! QEMU's plugin interface has no way to wake another vCPU, but it reaches devices by real address from any
//! vCPU's callback: an inter-processor interrupt of the highest priority, requested at the sleeper's own
//! presentation controller, wakes it. In the sleeper's callback, before it executes anything, the request is
//! taken back the way software would: accepted, MFRR as it was, end of interrupt.

use super::{Injector, Wake};
use crate::observe;
use crate::plugin::{Plugin, current_vcpu};
use crate::qemu::Memory;
use cpu_model::fault::Fault;
use cpu_model::{Event, icp, lpcr, topology};
use std::sync::atomic::Ordering::Relaxed;

/// Whether a nap under that LPCR is ended by a fault, and can be.
pub fn can_wake(fault: Fault, lpcr: u64) -> bool {
    fault.ends_power_saving(lpcr) && lpcr & lpcr::PECE_EXTERNAL != 0
}

/// Wakes those that are to be woken and requests external interrupts; for a vCPU that has the turn. A device's
/// lock may pass the turn on, so nobody's vCPU is locked here.
pub fn ask(p: &Plugin) {
    let Some(injector) = &p.injector else { return };
    while injector.ask.swap(false, Relaxed) {
        let external = std::mem::take(&mut injector.state().external);
        external.into_iter().for_each(|index| request(p, injector, index));
        for thread in injector.wanted() {
            let Some(page) = page(injector, thread) else { continue };
            let before = Memory.read::<1>(page + icp::MFRR).map_or(icp::MFRR_NONE, |[mfrr]| mfrr);
            injector.state().threads[thread].wake = Wake::Done(before);
            Memory.write(page + icp::MFRR, &[icp::MFRR_FIRST]);
        }
    }
}

fn request(p: &Plugin, injector: &Injector, index: usize) {
    let thread = injector.specs[index].thread;
    let server = topology::server_of_thread(thread, injector.threads_per_core);
    let (Some(server), Some(me)) = (server, current_vcpu()) else { return };
    Memory.write(icp::page(server) + icp::MFRR, &[icp::MFRR_IPI]);
    let v = &mut p.vcpu(me);
    observe::record(p, v, &Event::Injected { injection: index as u16 });
    observe::record(p, v, &Event::Mfrr { server, priority: icp::MFRR_IPI });
}

/// A thread got an interrupt: what woke it is taken back.
pub fn woken(p: &Plugin, thread: usize) {
    let Some(injector) = &p.injector else { return };
    let Wake::Done(before) = std::mem::take(&mut injector.state().threads[thread].wake) else { return };
    let Some(page) = page(injector, thread) else { return };
    let pending =
        Memory.read::<4>(page + icp::XIRR_POLL).is_some_and(|xirr| icp::is_ipi(u32::from_be_bytes(xirr)));
    let accepted = pending.then(|| Memory.read::<4>(page + icp::XIRR)).flatten();
    Memory.write(page + icp::MFRR, &[before]);
    if let Some(xirr) = accepted {
        Memory.write(page + icp::XIRR, &xirr);
    }
}

fn page(injector: &Injector, thread: usize) -> Option<u64> {
    topology::server_of_thread(thread, injector.threads_per_core).map(icp::page)
}

impl Injector {
    fn wanted(&self) -> Vec<usize> {
        let state = self.state();
        let wanted = |(thread, t): (usize, &super::Thread)| (t.wake == Wake::Wanted).then_some(thread);
        state.threads.iter().enumerate().filter_map(wanted).collect()
    }
}
