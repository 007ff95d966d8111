// SPDX-License-Identifier: GPL-2.0-or-later
//! Seeing to what the model answers.
//!
//! Where QEMU itself must act (a TLB flush), the thread is sent through a stub: two words at a real
//! address that the kernel does not use, an instruction and a `nop` whose hook sends it back.

use crate::observe;
use crate::plugin::{Plugin, die};
use crate::vcpu::{Detour, Reg, Vcpu};
use cpu_model::core::{Effect, Effects};
use cpu_model::doorbell::Message;
use cpu_model::{Event, Mode, Place, Rule, lpcr, msr};

/// Real addresses of the stubs, 8 bytes each: behind the entry code at 0 and before the first vector.
/// Linux leaves these bytes zero (`arch/powerpc/kernel/head_64.S`, the data words end at 0x88).
const STUBS: u64 = 0xc0;
/// The end of the terabyte (one segment) that a kernel's code is in.
pub const UNMAPPED: u64 = 0xff_ffff_f000;
const HYPERVISOR_DOORBELL: u16 = cpu_model::vector::HYPERVISOR_DOORBELL;
const NOP: u32 = 0x6000_0000;

#[derive(Clone, Copy)]
enum Stub {
    /// `tlbiel r0`: drops this thread's translations at its next context synchronisation.
    Thread = 0,
    /// `tlbie r0,r0`: drops those of all threads at the next `ptesync`.
    Core = 1,
    /// `msgsndp r0`: a doorbell for whatever guest runs here next.
    Doorbell = 2,
    /// `msgclr r0`: takes this thread's own hypervisor doorbell back.
    Clear = 3,
}

impl Stub {
    fn word(self) -> u32 {
        match self {
            Stub::Thread => 0x7c00_0224,
            Stub::Core => 0x7c00_0264,
            Stub::Doorbell => 0x7c00_011c,
            Stub::Clear => 0x7c00_01dc,
        }
    }

    fn address(self) -> u64 {
        STUBS + 8 * self as u64
    }

    /// Its two words as they stand in memory.
    fn words(self, le: bool) -> [u8; 8] {
        let bytes = |word: u32| if le { word.to_le_bytes() } else { word.to_be_bytes() };
        let mut words = [0; 8];
        words[..4].copy_from_slice(&bytes(self.word()));
        words[4..].copy_from_slice(&bytes(NOP));
        words
    }
}

/// Whether an address is in a stub.
pub fn in_stub(pc: u64) -> bool {
    (STUBS..STUBS + 32).contains(&pc)
}

/// Whether the `nop` of a stub is at an address.
pub fn ends_stub(pc: u64) -> bool {
    in_stub(pc) && pc & 4 != 0
}

/// Does what the model asks for. The event as software now finds it, and the pc to go on at if it is not
/// the one that QEMU has.
pub fn perform(
    p: &Plugin,
    v: &mut Vcpu,
    effects: &Effects,
    event: &Event,
    le: bool,
    pc: u64,
) -> (Event, Option<u64>) {
    let mut seen = *event;
    let mut leave = None;
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
            Effect::FlushThreadTlb => {
                v.detour = Some(Detour { back: pc, again: true, r0: None });
                leave = Some(stub(v, Stub::Thread, le));
            }
            Effect::FlushCoreTlb => {
                v.detour = Some(Detour { back: pc + 4, again: false, r0: None });
                leave = Some(stub(v, Stub::Core, le));
            }
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
                leave = Some(with_message(v, Stub::Clear, HYPERVISOR_DOORBELL, le));
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
                leave = Some(with_message(v, Stub::Doorbell, vector, le));
            }
            Effect::TakeAtGuestEntry { vector } => {
                // As if the guest's first instruction had been interrupted: HSRR0 and HSRR1 stand already.
                v.set(Reg::Hsrr1, v.get(Reg::Hsrr1, le) & !msr::SRR1_STATUS, le);
                v.set(Reg::Msr, v.get(Reg::Msr, le) & (msr::SF | msr::HV | msr::ME | msr::LE), le);
                v.detour = None;
                v.instead_of_guest = Some(vector);
                leave = Some(u64::from(vector));
            }
        }
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

/// Sends a thread through a stub that finds a message to this thread in r0, and then to a vector.
fn with_message(v: &mut Vcpu, which: Stub, vector: u16, le: bool) -> u64 {
    let r0 = Some(v.general(0, le));
    v.set_general(0, Message { thread: v.thread }.to_rb(), le);
    v.detour = Some(Detour { back: u64::from(vector), again: false, r0 });
    stub(v, which, le)
}

/// The address of a stub, written on first use and when the hypervisor's byte order changes.
fn stub(v: &Vcpu, stub: Stub, le: bool) -> u64 {
    let address = stub.address();
    let words = stub.words(le);
    match v.read_words(address) {
        Some(there) if there == words => {}
        Some(there) if (there == [0; 8] || there == stub.words(!le)) && v.write_words(address, &words) => {}
        _ => die(&format!(
            "real address {address:#x} is in use by this kernel, where corrections need 8 zero bytes; \
             run with correct=all,-tlb,-hv-doorbell to do without it"
        )),
    }
    address
}
