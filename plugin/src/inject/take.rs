// SPDX-License-Identifier: GPL-2.0-or-later
//! Putting a fault on the calling thread.
//!
//! A write of MSR through the plugin interface changes everything but HV. In hypervisor state that is enough
//! to take an interrupt by hand. A guest is sent to fetch an instruction in real mode, through the page table
//! (LPCR\[VPM0\]), where nothing is mapped: that is the hypervisor's to handle whatever the guest has set up,
//! and QEMU switches to hypervisor state for it.

use super::controller;
use crate::enforce;
use crate::observe;
use crate::plugin::{Plugin, die};
use crate::site::Site;
use crate::stub::{self, Detour};
use crate::vcpu::{Reg, Vcpu};
use cpu_model::fault::Fault;
use cpu_model::vector::{
    EXTERNAL, HYPERVISOR_DECREMENTER, HYPERVISOR_INSTRUCTION_STORAGE, MACHINE_CHECK, SYSTEM_RESET,
};
use cpu_model::{Event, Mode, hid0, lpcr, msr};

/// A guest was sent where nothing is mapped, for a fault.
#[derive(Clone, Copy, Debug)]
pub struct Forced {
    injection: u16,
    fault: Fault,
    pc: u64,
    msr: u64,
    lpcr: u64,
    hsrr: (u64, u64),
}

/// Before a block, or an instruction that an injection waited for: the pc to go on at, if a fault comes.
pub fn running(p: &Plugin, v: &mut Vcpu, pc: u64, le: bool) -> Option<u64> {
    let injector = p.injector.as_ref()?;
    let now = v.get(Reg::Msr, le);
    let detour = matches!(&v.detour, Some(Detour { back, again: true, .. }) if *back == pc);
    if detour || now & (msr::HV | msr::IR) == msr::HV && stub::in_stub(pc) {
        return None;
    }
    // A fault comes before the interrupt that stands where a guest is entered: then from the guest.
    let instead =
        v.instead_of_guest.take().is_some_and(|vector| pc == u64::from(vector) && now & msr::HV != 0);
    let guest = (v.get(Reg::Hsrr0, le), v.get(Reg::Hsrr1, le));
    let (pc, now) = if instead { guest } else { (pc, now) };
    let (injection, fault) = injector.take(v.index, |fault| fault.taken_in(now))?;
    if instead {
        return Some(arrive(p, v, (injection, fault), (pc, now), le));
    }
    if now & msr::HV != 0 {
        return Some(arrive(p, v, (injection, fault), (pc, now), le));
    }
    let old = v.get(Reg::Lpcr, le);
    let hsrr = (v.get(Reg::Hsrr0, le), v.get(Reg::Hsrr1, le));
    v.forced_fault = Some(Forced { injection, fault, pc, msr: now, lpcr: old, hsrr });
    v.set(Reg::Lpcr, old | lpcr::VPM0, le);
    v.set(Reg::Msr, msr::SF | msr::ME | now & msr::LE, le);
    Some(enforce::UNMAPPED)
}

/// A power-saving instruction is about to be executed: where a fault is due that ends the mode, at once.
pub fn napping(p: &Plugin, v: &mut Vcpu, pc: u64, le: bool) -> Option<u64> {
    let lpcr = v.get(Reg::Lpcr, le);
    let taken = p.injector.as_ref()?.take(v.index, |fault| fault.ends_power_saving(lpcr))?;
    let now = v.get(Reg::Msr, le);
    v.set(Reg::Srr0, pc + 4, le);
    Some(wake(p, v, taken, now, le))
}

/// QEMU has delivered an interrupt. `Err`: a fault took its place and the thread goes on there.
pub fn interrupted(p: &Plugin, v: &mut Vcpu, vector: u16, woke: bool, le: bool) -> Result<(), Option<u64>> {
    let Some(injector) = &p.injector else { return Ok(()) };
    if let Some(forced) = v.forced_fault.take() {
        v.set(Reg::Lpcr, forced.lpcr, le);
        match vector {
            // The fetch, or what was pending for the hypervisor and comes after a fault: an external interrupt is a
            // level and comes again, and KVM looks at the hypervisor decrementer itself before its next entry.
            HYPERVISOR_INSTRUCTION_STORAGE | EXTERNAL | HYPERVISOR_DECREMENTER => {
                v.set(Reg::Hsrr0, forced.hsrr.0, le);
                v.set(Reg::Hsrr1, forced.hsrr.1, le);
                let fault = (forced.injection, forced.fault);
                return Err(Some(arrive(p, v, fault, (forced.pc, forced.msr), le)));
            }
            SYSTEM_RESET | MACHINE_CHECK => {
                v.set(Reg::Srr0, forced.pc, le);
                v.set(Reg::Srr1, forced.msr & !msr::SRR1_STATUS, le);
                injector.give_back(v.index, (forced.injection, forced.fault));
            }
            _ => die(&format!("a guest took an interrupt at {vector:#x} where a fault was to be injected")),
        }
    }
    // What is due comes before an interrupt for the hypervisor that came at once with the guest.
    let saved = v.get(Reg::Hsrr1, le);
    let from_guest = saved & msr::HV == 0 && v.get(Reg::Msr, le) & msr::HV != 0;
    if matches!(vector, EXTERNAL | HYPERVISOR_DECREMENTER)
        && from_guest
        && let Some(taken) = injector.take(v.index, |fault| fault.taken_in(saved))
    {
        return Err(Some(arrive(p, v, taken, (v.get(Reg::Hsrr0, le), saved), le)));
    }
    if woke {
        let lpcr = v.get(Reg::Lpcr, le);
        if let Some(taken) = injector.take(v.index, |fault| fault.ends_power_saving(lpcr)) {
            let napped = v.get(Reg::Srr1, le) & !msr::SRR1_STATUS;
            return Err(Some(wake(p, v, taken, napped, le)));
        }
    }
    Ok(())
}

fn wake(p: &Plugin, v: &mut Vcpu, (injection, fault): (u16, Fault), napped: u64, le: bool) -> u64 {
    v.set(Reg::Srr1, fault.wake_srr1(napped), le);
    set_status(v, fault, v.get(Reg::Srr0, le), le);
    let hile = v.get(Reg::Hid0, le) & hid0::HILE != 0;
    // Its registers are those of a system reset, but for a machine check.
    let handler = match fault.wake_reason() {
        Some(_) => Fault::SystemReset(Default::default()).handler(napped, 0, hile).0,
        None => fault.handler(napped, 0, hile).0,
    };
    v.set(Reg::Msr, handler, le);
    let (vector, event) = match fault.wake_reason() {
        Some(reason) => (SYSTEM_RESET, Event::Wake { reason }),
        None => (MACHINE_CHECK, Event::Interrupt { vector: MACHINE_CHECK, mode: Mode::from_msr(handler) }),
    };
    happened(p, v, injection, &event, vector.into())
}

fn arrive(
    p: &Plugin,
    v: &mut Vcpu,
    (injection, fault): (u16, Fault),
    (pc, now): (u64, u64),
    le: bool,
) -> u64 {
    let (srr0, srr1) = if fault.saves_in_hsrr() { (Reg::Hsrr0, Reg::Hsrr1) } else { (Reg::Srr0, Reg::Srr1) };
    v.set(srr0, pc, le);
    v.set(srr1, fault.saved_msr(now), le);
    set_status(v, fault, pc, le);
    let hile = v.get(Reg::Hid0, le) & hid0::HILE != 0;
    let (handler, base) = fault.handler(now, v.get(Reg::Lpcr, le), hile);
    v.set(Reg::Msr, handler, le);
    let vector = fault.vector();
    let event = Event::Interrupt { vector, mode: Mode::from_msr(handler) };
    happened(p, v, injection, &event, base + u64::from(vector))
}

fn set_status(v: &Vcpu, fault: Fault, address: u64, le: bool) {
    if let Fault::MachineCheck(cause, _) = fault {
        if let Some(dsisr) = cause.dsisr() {
            v.set(Reg::Dsisr, dsisr, le);
        }
        if cause.sets_dar() {
            v.set(Reg::Dar, address, le);
        }
    }
    if fault.hmer() != 0 {
        v.set(Reg::Hmer, v.get(Reg::Hmer, le) | fault.hmer(), le);
    }
}

/// Tells everybody, and gives the pc to go on at.
fn happened(p: &Plugin, v: &mut Vcpu, injection: u16, event: &Event, to: u64) -> u64 {
    v.detour = None;
    observe::record(p, v, &Event::Injected { injection });
    let le = v.is_le();
    observe::happened(p, v, event, &Site::at(to, le)).unwrap_or(to)
}

/// Something was seen: it may be what an injection waits for.
pub fn observe(p: &Plugin, v: &Vcpu, event: &Event) {
    if let Some(injector) = &p.injector {
        injector.happened(v.index, event, || v.get(Reg::Lpcr, v.is_le()));
    }
}

/// A thread is at an instruction that an injection waits for.
pub fn reached(p: &Plugin, v: &Vcpu, pc: u64) {
    if let Some(injector) = &p.injector {
        injector.reached(v.index, pc);
    }
}

/// A turn of the calling vCPU begins.
pub fn turn(p: &Plugin, vcpu: usize) {
    if let Some(injector) = &p.injector {
        injector.time(p.sample(vcpu).tb);
        controller::ask(p);
    }
}
