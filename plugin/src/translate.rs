// SPDX-License-Identifier: GPL-2.0-or-later
//! Which instructions are looked at. Decided once, when a block is translated: QEMU keeps blocks of
//! different privilege, relocation and byte order apart, so that these are known then.

use crate::observe::Hook;
use crate::plugin::{Plugin, current_vcpu, plugin};
use crate::qemu::{Access, Block, Insn, When};
use crate::site::Site;
use crate::vcpu::Reg;
use cpu_model::core::LACKING;
use cpu_model::insn::{Insn as Decoded, decode};
use cpu_model::{Mode, speed, spr};

/// SPRs whose writes by the hypervisor mean something to the model, beside those that QEMU lacks.
const WRITTEN: [u16; 15] = [
    spr::SDR1,
    spr::LPIDR,
    spr::PCR,
    spr::HDEC,
    spr::LPCR,
    spr::HFSCR,
    spr::HID0,
    spr::TBU40,
    spr::VTB,
    spr::DPDES,
    spr::PURR,
    spr::SPURR,
    spr::IC,
    spr::RPR,
    spr::LDBAR,
];
/// SPRs that the hypervisor must read as the core has them, beside those that QEMU lacks.
const READ: [u16; 10] = [
    spr::SDR1,
    spr::LPIDR,
    spr::PCR,
    spr::HFSCR,
    spr::HID0,
    spr::HDEC,
    spr::DPDES,
    spr::IC,
    spr::RPR,
    spr::LDBAR,
];
/// SPRs that the operating system must read as its thread or sub-core has them.
const READ_BY_ALL: [u16; 4] = [spr::VTB, spr::TIR, spr::PURR, spr::SPURR];

const PTESYNC: u32 = 0x7c00_04ac | 2 << 21;
const ISYNC: u32 = 0x4c00_012c;

/// What an instruction's hook is told, beside the vCPU: the pc (a multiple of 4), with MSR\[LE\] in bit 0, or a
/// register's number, with MSR\[LE\] in bit 0. One that may be left out has a number ([`crate::site`]).
pub struct Told;

impl Told {
    /// A pc.
    pub fn pc(pc: u64, le: bool) -> u64 {
        pc | u64::from(le)
    }

    /// A register number.
    pub fn operand(register: u8, le: bool) -> u64 {
        u64::from(register) << 8 | u64::from(le)
    }

    /// What [`Told::operand`] took.
    pub fn take_operand(told: u64) -> (u8, bool) {
        ((told >> 8) as u8, told & 1 != 0)
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
        let access = if p.options.smt { Access::ReadWrite } else { Access::None };
        block.call_when(p.used, When::AtLeast, p.options.turn, Hook::QuantumEnd, access, block.pc());
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
    let mut insns = block.insns().peekable();
    while let Some(insn) = insns.next() {
        instruction(p, &insn, insns.peek(), mode, le);
    }
}

/// An instruction, and the one behind it in its block.
fn instruction(p: &Plugin, insn: &Insn, next: Option<&Insn>, mode: Mode, le: bool) {
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
        if p.symbols.is_resync(pc) && p.is_exact() {
            insn.call(Hook::Resync, Access::ReadWrite, 0);
        }
        if p.symbols.is_icp_code(pc) {
            insn.watch_stores();
        }
        if mode.is_real() && crate::stub::ends_stub(pc) {
            insn.call(Hook::StubEnd, Access::Pc, 0);
        }
    }
    let exact = p.is_exact();
    if p.options.lint && hypervisor {
        match word {
            PTESYNC => insn.call(Hook::Ptesync, Access::None, 0),
            ISYNC => insn.call(Hook::Isync, Access::None, 0),
            _ => {}
        }
    }
    let Some(decoded) = decode(word) else { return };
    let change = Access::ReadWrite;
    let site = |register, spr| p.sites.number(Site { pc, register, spr, le });
    match decoded {
        _ if hypervisor && mode.is_real() && crate::stub::in_stub(pc) => {}
        // Whoever asks for low or very low priority spins on somebody.
        Decoded::Priority(level) if exact && speed::is_low(level) => insn.call(Hook::Spin, Access::None, 0),
        Decoded::Mftb { rt, tbr: spr @ (spr::TB | spr::TBU) }
        | Decoded::Mfspr { rt, spr: spr @ (spr::TB | spr::TBU) }
            if exact =>
        {
            insn.call_when(p.apart, When::NotEqual, 0, Hook::Apart, Access::Pc, site(rt, spr));
        }
        _ if mode.is_user() => {}
        Decoded::Rfid => insn.call(Hook::Rfid, Access::Pc, Told::pc(pc, le)),
        Decoded::Hrfid if hypervisor => insn.call(Hook::Hrfid, Access::Pc, Told::pc(pc, le)),
        // With L set only EE and RI change.
        Decoded::Mtmsrd { rs, l: false } | Decoded::Mtmsr { rs, l: false } => {
            insn.call(Hook::Mtmsr, change, Told::operand(rs, le));
        }
        Decoded::Msgsndp { rb } => {
            insn.call(Hook::Msgsndp, Access::Pc, site(rb, 0));
            if let Some(next) = next {
                next.call(Hook::TakeBack, Access::ReadWrite, 0);
            }
        }
        Decoded::Msgclrp { rb } => insn.call(Hook::Msgclrp, change, site(rb, 0)),
        Decoded::Mfspr { rt, spr } if exact && READ_BY_ALL.contains(&spr) => {
            insn.call(Hook::Mfspr, Access::Pc, site(rt, spr));
        }
        Decoded::Mfspr { rt, spr: spr @ spr::DPDES } if exact && mode.is_guest() => {
            insn.call(Hook::Mfspr, Access::Pc, site(rt, spr));
        }
        _ if !hypervisor => {}
        Decoded::Mtspr { rs, spr: spr @ spr::TFMR } if exact => {
            insn.call(Hook::Noted, Access::ReadWrite, site(rs, spr));
        }
        Decoded::Mtspr { rs, spr } if WRITTEN.contains(&spr) || LACKING.contains(&spr) => {
            insn.call(Hook::Mtspr, Access::Pc, site(rs, spr));
        }
        Decoded::Mfspr { rt, spr } if exact && (READ.contains(&spr) || LACKING.contains(&spr)) => {
            insn.call(Hook::Mfspr, Access::Pc, site(rt, spr));
        }
        Decoded::Msgsnd { rb } => insn.call(Hook::Msgsnd, change, site(rb, 0)),
        Decoded::Msgclr { rb } => insn.call(Hook::Msgclr, change, site(rb, 0)),
        Decoded::Tlbiel { rb } if exact => {
            insn.call(Hook::Tlbiel, Access::Pc, site(rb, 0));
        }
        Decoded::PowerSaving(level) => {
            insn.call(Hook::PowerSave, Access::Pc, pc & !3 | level as u64);
        }
        Decoded::Stcix { .. } => insn.watch_stores(),
        _ => {}
    }
}
