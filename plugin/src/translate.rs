// SPDX-License-Identifier: GPL-2.0-or-later
//! Which instructions are looked at. Decided once, when a block is translated: QEMU keeps blocks of
//! different privilege, relocation and byte order apart, so that these are known then.

use crate::observe::Hook;
use crate::plugin::{Plugin, current_vcpu, plugin};
use crate::qemu::{Access, Block, Insn, When};
use crate::vcpu::Reg;
use cpu_model::insn::{Insn as Decoded, decode};
use cpu_model::{Mode, spr};

/// SPRs whose writes by the hypervisor mean something to the model.
const WRITTEN: [u16; 6] = [spr::SDR1, spr::LPIDR, spr::PCR, spr::HDEC, spr::LPCR, spr::HFSCR];
/// SPRs that the hypervisor must read as the core has them.
const READ: [u16; 4] = [spr::SDR1, spr::LPIDR, spr::PCR, spr::HFSCR];

/// What an instruction's hook is told, beside the vCPU: the pc (a multiple of 4), with MSR\[LE\] in bit 0,
/// or the operands, with MSR\[LE\] in bit 0.
pub struct Told;

impl Told {
    /// A pc.
    pub fn pc(pc: u64, le: bool) -> u64 {
        pc | u64::from(le)
    }

    /// A register number, an SPR number, a flag.
    pub fn operands(register: u8, spr: u16, le: bool) -> u64 {
        u64::from(spr) << 16 | u64::from(register) << 8 | u64::from(le)
    }

    /// What [`Told::operands`] took.
    pub fn take_operands(told: u64) -> (u8, u16, bool) {
        ((told >> 8) as u8, (told >> 16) as u16, told & 1 != 0)
    }

    /// What [`Told::pc`] took.
    pub fn take_pc(told: u64) -> (u64, bool) {
        (told & !3, told & 1 != 0)
    }
}

/// A block is being translated.
pub fn translate(block: &Block) {
    let p = plugin();
    let Some(index) = current_vcpu() else { return };
    let (le, msr) = {
        let vcpu = p.vcpu(index);
        let le = vcpu.is_le();
        (le, vcpu.get(Reg::Msr, le))
    };
    let mode = Mode::from_msr(msr);
    if p.is_exact() {
        block.call_when(p.used, When::AtLeast, p.options.turn, Hook::QuantumEnd, Access::None, block.pc());
        // Behind the end of a turn, which a stalled thread must come to. Before what may deliver an interrupt to the
        // guest: a fault that is due comes first.
        if let Some(injector) = &p.injector {
            let told = Told::pc(block.pc(), le);
            block.call_when(injector.due, When::NotEqual, 0, Hook::FaultDue, Access::Pc, told);
            block.call_when(injector.stalled, When::NotEqual, 0, Hook::Stalled, Access::Pc, told);
        }
        if mode.is_guest() {
            block.call_when(
                p.poked,
                When::NotEqual,
                0,
                Hook::GuestBlock,
                Access::Pc,
                Told::pc(block.pc(), le),
            );
        }
    }
    block.add(p.used, block.len() as u64);
    for insn in block.insns() {
        instruction(p, &insn, mode, le);
    }
}

fn instruction(p: &Plugin, insn: &Insn, mode: Mode, le: bool) {
    let bytes = insn.bytes();
    let word = if le { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) };
    let pc = insn.pc();
    let hypervisor = !mode.is_guest() && !mode.is_user();
    if hypervisor {
        if let Some(landmark) = p.symbols.landmark(pc, word) {
            insn.call(Hook::Landmark, Access::None, landmark as u64);
        }
        if p.injector.as_ref().is_some_and(|injector| injector.awaits(pc)) {
            insn.call(Hook::Awaited, Access::Pc, Told::pc(pc, le));
        }
        if p.symbols.is_icp_code(pc) {
            insn.watch_stores();
        }
        if mode.is_real() && crate::enforce::ends_stub(pc) {
            insn.call(Hook::StubEnd, Access::Pc, 0);
        }
    }
    let Some(decoded) = decode(word) else { return };
    let exact = p.is_exact();
    let change = Access::ReadWrite;
    match decoded {
        // Whoever asks for low or very low priority spins on somebody.
        Decoded::Priority(1 | 2) if exact => insn.call(Hook::Spin, Access::None, 0),
        _ if mode.is_user() => {}
        Decoded::Rfid => insn.call(Hook::Rfid, Access::Pc, Told::pc(pc, le)),
        Decoded::Hrfid if hypervisor => insn.call(Hook::Hrfid, Access::Pc, Told::pc(pc, le)),
        // With L set only EE and RI change.
        Decoded::Mtmsrd { rs, l: false } | Decoded::Mtmsr { rs, l: false } => {
            insn.call(Hook::Mtmsr, change, Told::operands(rs, 0, le));
        }
        _ if hypervisor && crate::enforce::in_stub(pc) => {}
        Decoded::Msgsndp { rb } => insn.call(Hook::Msgsndp, change, Told::operands(rb, 0, le)),
        Decoded::Msgclrp { rb } => insn.call(Hook::Msgclrp, change, Told::operands(rb, 0, le)),
        _ if !hypervisor => {}
        Decoded::Mtspr { rs, spr } if WRITTEN.contains(&spr) => {
            insn.call(Hook::Mtspr, change, Told::operands(rs, spr, le));
        }
        Decoded::Mfspr { rt, spr } if exact && READ.contains(&spr) => {
            insn.call(Hook::Mfspr, change, Told::operands(rt, spr, le));
        }
        Decoded::Msgsnd { rb } => insn.call(Hook::Msgsnd, change, Told::operands(rb, 0, le)),
        Decoded::Msgclr { rb } => insn.call(Hook::Msgclr, change, Told::operands(rb, 0, le)),
        Decoded::Tlbiel { .. } if exact && mode.is_real() => {
            insn.call(Hook::Tlbiel, Access::Pc, Told::pc(pc, le));
        }
        Decoded::PowerSaving(level) => {
            insn.call(Hook::PowerSave, Access::Pc, pc & !3 | level as u64);
        }
        Decoded::Stcix { .. } => insn.watch_stores(),
        _ => {}
    }
}
