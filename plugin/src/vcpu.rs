// SPDX-License-Identifier: GPL-2.0-or-later
//! A vCPU: its registers by name, and what is remembered of it from one callback to the next.

use crate::inject::take::Forced;
use crate::plugin::Plugin;
use crate::qemu::{Bytes, Memory, Register, registers};
use crate::record::Track;
use crate::stub::Detour;
use cpu_model::insn::PowerSaving;
use cpu_model::lose::SPECIAL;
use cpu_model::{Finding, Mode, Place, Rule, msr, pvr, speed};
use std::collections::BTreeMap;

/// Registers that the plugin reads or writes by a fixed name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reg {
    /// Machine state.
    Msr,
    /// Save/restore 0.
    Srr0,
    /// Save/restore 1.
    Srr1,
    /// Hypervisor save/restore 0.
    Hsrr0,
    /// Hypervisor save/restore 1.
    Hsrr1,
    /// Logical partitioning control.
    Lpcr,
    /// Hypervisor facility status and control.
    Hfscr,
    /// Page table.
    Sdr1,
    /// Partition.
    Lpidr,
    /// Compatibility.
    Pcr,
    /// Data address.
    Dar,
    /// Data storage interrupt status.
    Dsisr,
    /// Hypervisor maintenance exceptions.
    Hmer,
    /// Implementation dependent 0.
    Hid0,
    /// Timebase, all 64 bits, as `mftb` would read it now.
    Tb,
    /// Decrementer, as `mfspr` would read it now.
    Dec,
    /// Condition.
    Cr,
    /// Link.
    Lr,
    /// Count.
    Ctr,
    /// Fixed-point exceptions.
    Xer,
    /// Program priority.
    Ppr,
}

const NAMES: [(Reg, &str); 21] = [
    (Reg::Msr, "msr"),
    (Reg::Srr0, "srr0"),
    (Reg::Srr1, "srr1"),
    (Reg::Hsrr0, "hsrr0"),
    (Reg::Hsrr1, "hsrr1"),
    (Reg::Lpcr, "lpcr"),
    (Reg::Hfscr, "hfscr"),
    (Reg::Sdr1, "sdr1"),
    (Reg::Lpidr, "lpidr"),
    (Reg::Pcr, "pcr"),
    (Reg::Dar, "dar"),
    (Reg::Dsisr, "dsisr"),
    (Reg::Hmer, "hmer"),
    (Reg::Hid0, "hid0"),
    (Reg::Tb, "tb"),
    (Reg::Dec, "dec"),
    (Reg::Cr, "cr"),
    (Reg::Lr, "lr"),
    (Reg::Ctr, "ctr"),
    (Reg::Xer, "xer"),
    (Reg::Ppr, "ppr"),
];

impl Reg {
    /// The register of an SPR number, if it is one of these.
    pub fn of_spr(spr: u16) -> Option<Reg> {
        let name = cpu_model::spr::by_number(spr)?.name;
        NAMES.iter().find(|(_, n)| *n == name).map(|(reg, _)| *reg)
    }
}

/// One vCPU.
pub struct Vcpu {
    /// QEMU's index.
    pub index: usize,
    /// Its core.
    pub core: usize,
    /// Its number in the core.
    pub thread: u8,
    general: Vec<Register>,
    named: Vec<Register>,
    /// Those that power saving may lose, by number.
    special: BTreeMap<u16, Register>,
    bytes: Bytes,
    /// Its events.
    pub track: Track,
    /// The power-saving mode that it is in, or was in last.
    pub napped: Option<PowerSaving>,
    /// What was found of it at each pc: where that is, and how often.
    pub findings: BTreeMap<(Finding, u64), (String, u64)>,
    /// The mode and place last recorded.
    pub seen: (Mode, Place),
    /// How often each correction was applied.
    pub corrections: [u64; Rule::ALL.len()],
    /// It runs through stubs, or has done so at the instruction that it comes to next.
    pub detour: Option<Detour>,
    /// The pc and MSR from which it was sent where nothing is mapped.
    pub forced: (u64, u64),
    /// It was sent there for a fault.
    pub forced_fault: Option<Forced>,
    /// It is at this vector in place of a guest's first instruction.
    pub instead_of_guest: Option<u16>,
    /// SRR0 and SRR1 when its mask was lifted.
    pub before_lift: (u64, u64),
    /// A general register holds another value for one instruction: which, and what it held.
    lent: Option<(u8, u64)>,
}

impl Vcpu {
    /// The vCPU of the calling thread; for its init callback.
    ///
    /// # Errors
    /// One line: the processor is no POWER8.
    pub fn new(index: usize, threads_per_core: usize) -> Result<Vcpu, String> {
        let list = registers();
        let bytes = Bytes::new();
        let pvr = list.iter().find(|(n, _)| n == "pvr").map(|(_, register)| bytes.read(*register).0);
        // Its version half is not 0, so that the bytes' order does not matter.
        let pvr =
            pvr.map(u64::from_le_bytes).map(|v| if v > u64::from(u32::MAX) { v.swap_bytes() } else { v });
        if !pvr.is_some_and(pvr::is_power8) {
            let what = pvr.map_or("no PVR".to_owned(), |v| format!("PVR {v:#x}"));
            return Err(format!("this machine's processor has {what} and is no POWER8; use -M powernv8"));
        }
        let find = |name: &str| {
            let found = list.iter().find(|(n, _)| n == name).map(|(_, register)| *register);
            found.ok_or_else(|| format!("QEMU gives no register '{name}'"))
        };
        Ok(Vcpu {
            index,
            core: index / threads_per_core,
            thread: (index % threads_per_core) as u8,
            general: (0..32).map(|n| find(&format!("r{n}"))).collect::<Result<_, _>>()?,
            named: NAMES.iter().map(|(_, name)| find(name)).collect::<Result<_, _>>()?,
            special: SPECIAL
                .iter()
                .filter_map(|spr| Some((*spr, find(cpu_model::spr::by_number(*spr)?.name).ok()?)))
                .collect(),
            bytes,
            track: Track::default(),
            napped: None,
            findings: BTreeMap::new(),
            seen: (Mode::POWER_ON, Place::Firmware),
            corrections: [0; Rule::ALL.len()],
            detour: None,
            forced: (0, 0),
            forced_fault: None,
            instead_of_guest: None,
            before_lift: (0, 0),
            lent: None,
        })
    }

    /// MSR\[LE\], in whose order registers come. Bit 63 is the lowest of the first byte only where the
    /// bytes are little-endian; else that byte's lowest is bit 7, which is always 0.
    pub fn is_le(&self) -> bool {
        let (bytes, _) = self.bytes.read(self.named[Reg::Msr as usize]);
        u64::from(bytes[0]) & msr::LE != 0
    }

    /// A general register.
    pub fn general(&self, number: u8, le: bool) -> u64 {
        self.read(self.general[usize::from(number)], le)
    }

    /// A named register.
    pub fn get(&self, reg: Reg, le: bool) -> u64 {
        self.read(self.named[reg as usize], le)
    }

    /// Whether it gives way to its siblings.
    pub fn is_at_low_priority(&self) -> bool {
        speed::is_low(speed::level(self.get(Reg::Ppr, self.is_le())))
    }

    /// Sets a general register.
    pub fn set_general(&self, number: u8, value: u64, le: bool) {
        self.write(self.general[usize::from(number)], value, le);
    }

    /// Sets a named register.
    pub fn set(&self, reg: Reg, value: u64, le: bool) {
        self.write(self.named[reg as usize], value, le);
    }

    /// Sets a register that power saving may lose; QEMU may lack it.
    pub fn set_special(&self, spr: u16, value: u64, le: bool) {
        if let Some(register) = self.special.get(&spr) {
            self.write(*register, value, le);
        }
    }

    /// Gives a general register another value for the instruction that comes now. It is taken back at the next, which
    /// in a guest may be the first of another block.
    pub fn lend(&mut self, p: &Plugin, number: u8, value: u64, le: bool) {
        self.lent = Some((number, self.general(number, le)));
        self.set_general(number, value, le);
        p.poked.set(self.index, 1);
    }

    /// Takes back what was lent.
    pub fn take_back(&mut self) {
        if let Some((number, value)) = self.lent.take() {
            self.set_general(number, value, self.is_le());
        }
    }

    fn write(&self, register: Register, value: u64, le: bool) {
        let len = self.bytes.read(register).1;
        let bytes = match (le, len) {
            (true, _) => value.to_le_bytes(),
            (false, 4) => ((value as u32).swap_bytes() as u64).to_le_bytes(),
            (false, _) => value.to_be_bytes(),
        };
        self.bytes.write(register, &bytes[..len]);
    }

    fn read(&self, register: Register, le: bool) -> u64 {
        let (bytes, len) = self.bytes.read(register);
        let value = u64::from_le_bytes(bytes);
        match (le, len) {
            (true, _) => value,
            (false, 4) => u64::from((value as u32).swap_bytes()),
            (false, _) => value.swap_bytes(),
        }
    }

    /// Two words of memory at a real address.
    pub fn read_words(&self, address: u64) -> Option<[u8; 8]> {
        Memory.read(address)
    }

    /// Writes two words at a real address; whether it could.
    pub fn write_words(&self, address: u64, words: &[u8; 8]) -> bool {
        Memory.write(address, words)
    }
}
