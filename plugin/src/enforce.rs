// SPDX-License-Identifier: GPL-2.0-or-later
//! Seeing to what the model answers.

use crate::observe;
use crate::plugin::Plugin;
use crate::site::Site;
use crate::stub::{self, Step, Steps, Stub};
use crate::vcpu::{Reg, Vcpu};
use cpu_model::core::{Effect, Effects};
use cpu_model::doorbell::Message;
use cpu_model::{Event, Mode, Place, Rule, lpcr, msr};

/// The end of the terabyte (one segment) that a kernel's code is in.
pub const UNMAPPED: u64 = 0xff_ffff_f000;
const HYPERVISOR_DOORBELL: u16 = cpu_model::vector::HYPERVISOR_DOORBELL;

/// Does what the model asks for, at an instruction (or, for its `pc` alone, where an interrupt came). The event as
/// software now finds it, and the pc to go on at if it is not the one that QEMU has.
pub fn perform(
    p: &Plugin,
    v: &mut Vcpu,
    effects: &Effects,
    event: &Event,
    site: &Site,
) -> (Event, Option<u64>) {
    let &Site { pc, le, register, .. } = site;
    let mut seen = *event;
    let mut leave = None;
    let mut steps = Steps::new();
    // Where an instruction is left out; and one that enters a guest comes behind its stubs.
    let (mut back, mut again) = (pc + 4, false);
    if let Event::Resume { .. } = event {
        (back, again) = (pc, true);
    }
    for (rule, effect) in effects {
        if effect.corrects() {
            v.corrections[*rule as usize] += 1;
        }
        match *effect {
            Effect::SetSpr { spr, value } => {
                if let Some(reg) = Reg::of_spr(spr) {
                    v.set(reg, value, le);
                }
            }
            Effect::ChangeSpr { spr, set, clear } => {
                if let Some(reg) = Reg::of_spr(spr) {
                    v.set(reg, v.get(reg, le) & !clear | set, le);
                }
            }
            Effect::FlushThreadTlb => steps.push(Step::plain(Stub::Thread)),
            Effect::FlushCoreTlb => steps.push(Step::plain(Stub::Core)),
            Effect::SetWakeReason(reason) => {
                v.set(Reg::Srr1, reason.in_srr1(v.get(Reg::Srr1, le)), le);
                seen = Event::Wake { reason };
            }
            Effect::Poke(thread) => {
                if let Some(sibling) = p.sibling(v, thread) {
                    p.poked.set(sibling, 1);
                }
            }
            Effect::Unpoke => p.poked.set(v.index, 0),
            Effect::LiftMask => {
                v.before_lift = (v.get(Reg::Srr0, le), v.get(Reg::Srr1, le));
                v.set(Reg::Msr, v.get(Reg::Msr, le) | msr::EE, le);
                leave = Some(pc);
            }
            Effect::RestoreSavedMask { hypervisor } => {
                let saved = if hypervisor { Reg::Hsrr1 } else { Reg::Srr1 };
                v.set(saved, v.get(saved, le) & !msr::EE, le);
            }
            Effect::ForceExit => {
                let now = v.get(Reg::Msr, le);
                v.before_lift = (v.get(Reg::Srr0, le), v.get(Reg::Srr1, le));
                v.forced = (pc, now);
                leave = Some(pc | UNMAPPED);
            }
            Effect::TakeForced => {
                v.set(Reg::Hsrr0, v.forced.0, le);
                v.set(Reg::Hsrr1, v.forced.1 & !msr::SRR1_STATUS, le);
                seen = Event::Interrupt {
                    vector: HYPERVISOR_DOORBELL,
                    mode: Mode::from_msr(v.get(Reg::Msr, le)),
                };
                steps.push(Step::with_message(Stub::Clear, v));
                back = HYPERVISOR_DOORBELL.into();
            }
            Effect::RestoreForcedPc { hypervisor } => {
                v.set(if hypervisor { Reg::Hsrr0 } else { Reg::Srr0 }, v.forced.0, le);
            }
            Effect::UndoForced => {
                v.set(Reg::Srr0, v.before_lift.0, le);
                v.set(Reg::Srr1, v.before_lift.1, le);
                v.set(Reg::Msr, v.forced.1, le);
                seen = Event::Resume { mode: Mode::from_msr(v.forced.1), place: Place::Elsewhere };
                leave = Some(v.forced.0);
            }
            Effect::UndoInterrupt => {
                let interrupted = v.get(Reg::Srr1, le) & !msr::EE;
                v.set(Reg::Srr0, v.before_lift.0, le);
                v.set(Reg::Srr1, v.before_lift.1, le);
                v.set(Reg::Msr, interrupted, le);
                seen = Event::Resume { mode: Mode::from_msr(interrupted), place: Place::Elsewhere };
                leave = Some(pc);
            }
            Effect::TakeGuestInterrupt { vector } => leave = Some(take_in_guest(v, vector, le, pc)),
            Effect::ReturnGuestDoorbell { vector } => {
                steps.push(Step::with_message(Stub::Doorbell, v));
                back = vector.into();
            }
            Effect::TakeAtGuestEntry { vector } => {
                // As if the guest's first instruction had been interrupted: HSRR0 and HSRR1 stand already.
                v.set(Reg::Hsrr1, v.get(Reg::Hsrr1, le) & !msr::SRR1_STATUS, le);
                v.set(Reg::Msr, v.get(Reg::Msr, le) & (msr::SF | msr::HV | msr::ME | msr::LE), le);
                v.detour = None;
                v.instead_of_guest = Some(vector);
                leave = Some(u64::from(vector));
            }
            Effect::Give { value } => {
                v.set_general(register, value, le);
                leave = Some(pc + 4);
            }
            Effect::GiveInstructions { ahead } => {
                let count = p.sample(v.index).instructions.wrapping_add(ahead);
                v.set_general(register, count, le);
                leave = Some(pc + 4);
            }
            Effect::EnableMachineChecks => {
                let now = v.get(Reg::Msr, le);
                if now & msr::ME == 0 {
                    v.set(Reg::Msr, now | msr::ME, le);
                    v.corrections[*rule as usize] += 1;
                }
            }
            Effect::Skip => leave = Some(pc + 4),
            Effect::Apart { threads, ahead } => {
                for sibling in (0..8).filter(|t| threads >> t & 1 != 0).filter_map(|t| p.sibling(v, t)) {
                    p.apart.set(sibling, ahead);
                }
            }
            Effect::WriteHdec { ticks } => {
                steps.push(Step::hdec(p.sample(v.index).tb + u64::from(ticks)));
            }
            Effect::ReturnToGuest => {
                // The guest's registers are in HSRR0 and HSRR1 still. Nothing happened.
                back = Stub::Return.written(v, le);
                seen = Event::Resume { mode: v.seen.0, place: v.seen.1 };
                leave = Some(back);
            }
            Effect::ReadDoorbells { first, threads } => {
                steps.extend(Step::read_doorbells(register, first, threads));
            }
            Effect::WriteDoorbells { first, threads, value } => {
                steps.extend(Step::write_doorbells(first, threads, value));
            }
            Effect::SendTo { thread } => v.lend(p, register, Message { thread }.to_rb(), le),
        }
    }
    if !steps.is_empty() {
        leave = Some(stub::send(v, p.sample(v.index).tb, steps, back, again, le));
    }
    (seen, leave)
}

/// Records and tells the model what a thread took by hand: QEMU reports no discontinuity for it.
pub fn record_taken(p: &Plugin, v: &mut Vcpu, effects: &Effects) {
    for (rule, effect) in effects {
        let event = match *effect {
            Effect::TakeAtGuestEntry { vector } => Event::Interrupt { vector, mode: Mode::POWER_ON },
            Effect::TakeGuestInterrupt { vector } => {
                Event::Interrupt { vector, mode: Mode::from_msr(v.get(Reg::Msr, v.is_le())) }
            }
            Effect::UndoInterrupt | Effect::UndoForced if *rule == Rule::HvDoorbell => {
                Event::Resume { mode: v.seen.0, place: Place::Elsewhere }
            }
            _ => continue,
        };
        let tb = p.sample(v.index).tb;
        p.core(v.core).apply(v.thread, tb, &event);
        observe::record(p, v, &event);
    }
}

fn take_in_guest(v: &mut Vcpu, vector: u16, le: bool, pc: u64) -> u64 {
    let now = v.get(Reg::Msr, le);
    let lpcr = v.get(Reg::Lpcr, le);
    let relocated = now & (msr::IR | msr::DR) == msr::IR | msr::DR && lpcr::ail(lpcr) == 3;
    v.set(Reg::Srr0, pc, le);
    v.set(Reg::Srr1, now & !msr::SRR1_STATUS, le);
    let mut handler = msr::SF | now & msr::ME;
    if lpcr & lpcr::ILE != 0 {
        handler |= msr::LE;
    }
    if relocated {
        handler |= msr::IR | msr::DR;
    }
    v.set(Reg::Msr, handler, le);
    let base = if relocated { lpcr::AIL_3_BASE } else { 0 };
    base + u64::from(vector)
}
