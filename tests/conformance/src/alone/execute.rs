// SPDX-License-Identifier: GPL-2.0-or-later
//! One instruction. Those that only compute, load and store are executed here; the rest is the core's.
//!
//! Source: Power ISA 2.07B, Book I. What the suite's programs use is here, and no more.

use super::Machine;
use cpu_model::DoorbellKind::{Hypervisor, Privileged};
use cpu_model::insn::{Insn, decode};
use cpu_model::topology::thread_of_server;
use cpu_model::{THREADS_PER_CORE, icp, msr, speed, spr};
use powerpc::{Ins, Opcode};

impl Machine {
    /// Executes the instruction at the thread's pc.
    pub(super) fn instruction(&mut self, t: usize) -> Result<(), String> {
        let pc = self.threads[t].pc;
        let word = self.memory.load(self.real_mode_address(t, pc), 4) as u32;
        let word = if self.core.msr(t) & msr::LE != 0 { word.swap_bytes() } else { word };
        self.threads[t].pc = pc + 4;
        if word == ATTN {
            self.stopped = true;
            return Ok(());
        }
        if self.resync == Some(pc) {
            self.core.resync_timebase();
        }
        match decode(word) {
            Some(insn) => self.of_the_core(t, pc, insn),
            None => self.of_its_own(t, pc, word),
        }
    }

    fn get(&self, t: usize, register: u8) -> u64 {
        self.threads[t].general[usize::from(register)]
    }

    fn set(&mut self, t: usize, register: u8, value: u64) {
        self.threads[t].general[usize::from(register)] = value;
    }

    /// RA of an address or an immediate instruction: register 0 stands for none.
    fn base(&self, t: usize, register: u8) -> u64 {
        if register == 0 { 0 } else { self.get(t, register) }
    }

    fn of_the_core(&mut self, t: usize, pc: u64, insn: Insn) -> Result<(), String> {
        let mode = self.core.mode(t);
        let hypervisor = !mode.is_guest() && !mode.is_user();
        let needs_hypervisor = matches!(
            insn,
            Insn::PowerSaving(_)
                | Insn::Hrfid
                | Insn::Msgsnd { .. }
                | Insn::Msgclr { .. }
                | Insn::Tlbiel { .. }
                | Insn::Slbia { .. }
                | Insn::Stcix { .. }
        );
        if mode.is_user() || needs_hypervisor && !hypervisor {
            return Err(format!("{insn:?} where it may not be executed is not modelled"));
        }
        match insn {
            Insn::PowerSaving(level) => self.core.save_power(t, level),
            Insn::Rfid => self.threads[t].pc = self.core.rfid(t),
            Insn::Hrfid => self.threads[t].pc = self.core.hrfid(t),
            Insn::Mtmsrd { rs, l } => self.core.mtmsrd(t, self.get(t, rs), l),
            Insn::Sc { lev } => self.threads[t].pc = self.core.system_call(t, lev, pc),
            Insn::Mfspr { rt, spr } => {
                let value = self.core.read_spr(t, spr).map_err(|_| not_modelled(spr))?;
                self.set(t, rt, value);
            }
            Insn::Mtspr { rs, spr } => {
                self.core.write_spr(t, spr, self.get(t, rs)).map_err(|_| not_modelled(spr))?;
            }
            Insn::Msgsnd { rb } => self.core.send(t, Hypervisor, self.get(t, rb)),
            Insn::Msgclr { rb } => self.core.clear(t, Hypervisor, self.get(t, rb)),
            Insn::Msgsndp { rb } => self.core.send(t, Privileged, self.get(t, rb)),
            Insn::Msgclrp { rb } => self.core.clear(t, Privileged, self.get(t, rb)),
            Insn::Stcix { width, rs, ra, rb } => {
                let address = self.base(t, ra).wrapping_add(self.get(t, rb));
                let value = self.get(t, rs);
                self.store_inhibited(t, address, width.into(), value)?;
            }
            // No translation is kept.
            Insn::Tlbiel { .. } => {}
            Insn::Slbia { .. } => self.threads[t].segments.clear(),
            Insn::Priority(level) => self.threads[t].low = speed::is_low(level),
            other => return Err(format!("{other:?} is not modelled")),
        }
        Ok(())
    }

    fn of_its_own(&mut self, t: usize, pc: u64, word: u32) -> Result<(), String> {
        let insn = Ins::new(word, powerpc::Extension::Ppc64.into());
        let (rt, ra, rb) = (insn.field_rd(), insn.field_ra(), insn.field_rb());
        let (simm, uimm) = (insn.field_simm() as i64 as u64, u64::from(insn.field_uimm()));
        let (s, a, b) = (self.get(t, rt), self.get(t, ra), self.get(t, rb));
        match insn.op {
            Opcode::Addi => self.set(t, rt, self.base(t, ra).wrapping_add(simm)),
            Opcode::Addis => self.set(t, rt, self.base(t, ra).wrapping_add(simm << 16)),
            Opcode::Ori => self.set(t, ra, s | uimm),
            Opcode::Oris => self.set(t, ra, s | uimm << 16),
            Opcode::Andi_ => {
                self.set(t, ra, s & uimm);
                self.compare(t, 0, (s & uimm) as i64, 0);
            }
            Opcode::Add => self.set(t, rt, a.wrapping_add(b)),
            Opcode::Subf => self.set(t, rt, b.wrapping_sub(a)),
            Opcode::And => self.set(t, ra, s & b),
            Opcode::Or => self.set(t, ra, s | b),
            Opcode::Xor => self.set(t, ra, s ^ b),
            Opcode::Extsw => self.set(t, ra, s as i32 as u64),
            Opcode::Rldicl => {
                self.set(t, ra, s.rotate_left(insn.field_sh64().into()) & u64::MAX >> insn.field_mb64())
            }
            Opcode::Rldicr => {
                let mask = u64::MAX << (63 - insn.field_me64());
                self.set(t, ra, s.rotate_left(insn.field_sh64().into()) & mask);
            }
            Opcode::Cmpi | Opcode::Cmpli | Opcode::Cmp | Opcode::Cmpl => {
                self.compare_as(t, &insn, word, a, b)
            }
            Opcode::B => {
                let back = pc + 4;
                if word & 1 != 0 {
                    self.core.write_spr(t, spr::LR, back).map_err(|_| not_modelled(spr::LR))?;
                }
                self.threads[t].pc = pc.wrapping_add(insn.field_li() as i64 as u64);
            }
            Opcode::Bc => {
                if self.is_taken(t, &insn)? {
                    self.threads[t].pc = pc.wrapping_add(insn.field_bd() as i64 as u64);
                }
            }
            Opcode::Bclr => {
                self.threads[t].pc = self.core.read_spr(t, spr::LR).map_err(|_| not_modelled(spr::LR))?
            }
            Opcode::Mfmsr => self.set(t, rt, self.core.msr(t)),
            Opcode::Sync | Opcode::Isync => {}
            // Without a trap: what is a branch where the byte order is the other.
            Opcode::Tdi if rt == 0 => {}
            Opcode::Lbz | Opcode::Lwz | Opcode::Ld => {
                let (displacement, bytes) = access(&insn);
                let address = self.data_address(t, self.base(t, ra).wrapping_add(displacement))?;
                self.set(t, rt, self.memory.load(address, bytes));
            }
            Opcode::Stb | Opcode::Stw | Opcode::Std => {
                let (displacement, bytes) = access(&insn);
                let address = self.data_address(t, self.base(t, ra).wrapping_add(displacement))?;
                self.memory.store(address, bytes, s);
            }
            _ if word & !(0x1f << 21 | 0x1f << 11) == SLBMTE && !self.core.mode(t).is_guest() => {
                self.set_segment(t, s, b);
            }
            _ => match load_inhibited(word) {
                Some(bytes) if !self.core.mode(t).is_guest() => {
                    let value = self.load_inhibited(t, self.base(t, ra).wrapping_add(b), bytes)?;
                    self.set(t, rt, value);
                }
                _ => return Err(format!("{:?} ({word:#010x}) is not modelled", insn.op)),
            },
        }
        Ok(())
    }

    fn data_address(&self, t: usize, address: u64) -> Result<u64, String> {
        if self.core.msr(t) & msr::DR == 0 {
            return Ok(self.real_mode_address(t, address));
        }
        self.real_address(t, address)
    }

    /// With relocation off the hypervisor's addresses are offset by HRMOR, but for those with bit 0 on; a guest's have no
    /// offset here. Source: Power ISA 2.07B, Book III-S, section 5.7.3.
    fn real_mode_address(&self, t: usize, address: u64) -> u64 {
        let real = address & REAL;
        if self.core.mode(t).is_guest() || address & NO_OFFSET != 0 {
            return real;
        }
        real | self.core.read_spr(t, spr::HRMOR).expect("it is modelled")
    }

    fn store_inhibited(&mut self, t: usize, address: u64, bytes: u32, value: u64) -> Result<(), String> {
        let address = self.real_mode_address(t, address);
        if let Some((thread, register)) = icp_register(address) {
            return self
                .core
                .store_icp(thread, register, bytes, value)
                .ok_or_else(|| no_icp(register, bytes));
        }
        self.printed.extend(self.memory.store_inhibited(address, bytes, value));
        Ok(())
    }

    fn load_inhibited(&mut self, t: usize, address: u64, bytes: u32) -> Result<u64, String> {
        let address = self.real_mode_address(t, address);
        let Some((thread, register)) = icp_register(address) else {
            return Ok(self.memory.load(address, bytes));
        };
        self.core.load_icp(thread, register, bytes).ok_or_else(|| no_icp(register, bytes))
    }

    fn compare_as(&mut self, t: usize, insn: &Ins, word: u32, a: u64, b: u64) {
        let field = insn.field_crfd();
        let wide = word >> 21 & 1 != 0;
        let signed = |value: u64| if wide { value as i64 } else { value as i32 as i64 };
        let unsigned = |value: u64| if wide { value } else { u64::from(value as u32) };
        // Unsigned values keep their order with the top bit turned.
        let turned = |value: u64| (unsigned(value) ^ 1 << 63) as i64;
        match insn.op {
            Opcode::Cmpi => self.compare(t, field, signed(a), insn.field_simm().into()),
            Opcode::Cmpli => self.compare(t, field, turned(a), turned(insn.field_uimm().into())),
            Opcode::Cmp => self.compare(t, field, signed(a), signed(b)),
            _ => self.compare(t, field, turned(a), turned(b)),
        }
    }

    fn compare(&mut self, t: usize, field: u8, a: i64, b: i64) {
        let bits = match a.cmp(&b) {
            std::cmp::Ordering::Less => 8,
            std::cmp::Ordering::Greater => 4,
            std::cmp::Ordering::Equal => 2,
        };
        let shift = 28 - 4 * u32::from(field);
        let condition = &mut self.threads[t].condition;
        *condition = *condition & !(0xf << shift) | bits << shift;
    }

    /// Whether a conditional branch is; those that count CTR down are not modelled.
    fn is_taken(&self, t: usize, insn: &Ins) -> Result<bool, String> {
        let bit = self.threads[t].condition >> (31 - u32::from(insn.field_bi())) & 1 != 0;
        match insn.field_bo() & 0b11100 {
            0b01100 => Ok(bit),
            0b00100 => Ok(!bit),
            0b10100 => Ok(true),
            _ => Err("a branch that counts is not modelled".into()),
        }
    }
}

/// What of an address memory sees.
const REAL: u64 = (1 << 60) - 1;
/// Bit 0 of one to which HRMOR is not added.
const NO_OFFSET: u64 = 1 << 63;
/// Without its operands: the `powerpc` crate has none.
const SLBMTE: u32 = 31 << 26 | 402 << 1;
/// Stops the machine.
const ATTN: u32 = 0x200;

fn not_modelled(number: u16) -> String {
    let name = spr::by_number(number).map_or("?", |spr| spr.name);
    format!("register {number} ({name}) is not modelled")
}

/// The thread whose interrupt controller is at an address, and which of its registers.
fn icp_register(address: u64) -> Option<(usize, u64)> {
    let (server, register) = icp::register(address)?;
    Some((thread_of_server(server, THREADS_PER_CORE)?, register))
}

fn no_icp(register: u64, bytes: u32) -> String {
    format!("{bytes} bytes of an interrupt controller at {register:#x} are not modelled")
}

/// How many bytes a load that bypasses the caches loads, if that is what a word is: the `powerpc` crate has none.
fn load_inhibited(word: u32) -> Option<u32> {
    match (word >> 26, word >> 1 & 0x3ff) {
        (31, 789) => Some(4),
        (31, 821) => Some(2),
        (31, 853) => Some(1),
        (31, 885) => Some(8),
        _ => None,
    }
}

/// What is added to the base, and how many bytes.
fn access(insn: &Ins) -> (u64, u32) {
    match insn.op {
        Opcode::Ld | Opcode::Std => (insn.field_ds() as i64 as u64, 8),
        Opcode::Lwz | Opcode::Stw => (insn.field_offset() as i64 as u64, 4),
        _ => (insn.field_offset() as i64 as u64, 1),
    }
}
