// SPDX-License-Identifier: GPL-2.0-or-later
//! What a step does, and its lines.

use super::register::{self, Register};
use cpu_model::DoorbellKind;
use std::fmt;

/// What a step does. Registers 5 and 6 are its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// Writes a register.
    Write { register: &'static Register, value: u64 },
    /// Sees what is in one.
    Read { register: &'static Register },
    /// Sees MSR.
    Msr,
    /// Writes LPCR.
    Lpcr { bits: u64 },
    /// Sends a doorbell with this RB.
    Send { kind: DoorbellKind, rb: u64 },
    /// Takes its own back.
    Clear { kind: DoorbellKind, rb: u64 },
    /// Writes MFRR of a thread's interrupt controller.
    Request { to: u8, priority: u8 },
    /// Writes CPPR of its own.
    Mask { priority: u8 },
    /// Sees what its own presents.
    Presented,
    /// Accepts that, if there is something, and ends it.
    Accept,
    /// Writes DEC or HDEC: it has just expired, or is far from it.
    Decrementer { hypervisor: bool, expires: bool },
    /// Turns MSR\[EE\] on or off.
    Interrupts { on: bool },
    /// Goes on as a guest, with these bits of MSR.
    EnterGuest { bits: u64 },
    /// Calls the operating system (`lev` 0) or the hypervisor (1), and goes on there.
    Call { lev: u8 },
    /// Saves power until something wakes it.
    Sleep { level: &'static str },
    /// The same with the decrementer set, which ends it at the latest.
    Doze { level: &'static str },
    /// Splits the core: a command of HID0.
    Split { command: u64 },
    /// Lets the core become whole.
    Whole,
}

/// Ticks: longer than a thread is kept from its next instruction by its siblings.
const DOZE: u64 = 8000;
/// What a decrementer is set to that does not expire.
pub(super) const FAR: u64 = 0x7fff_ffff;

impl Act {
    /// Its lines; `number` tells its label from the others'.
    pub(super) fn write(&self, number: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Act::Write { register, value } => {
                writeln!(f, "\tload\tr5, {value:#x}\n\tmtspr\t{}, r5", register.written)
            }
            Act::Read { register } => {
                writeln!(f, "\tli\tr5, 0\n\tmfspr\tr5, {}", register.name)?;
                see(register.sees, f)
            }
            Act::Msr => {
                writeln!(f, "\tmfmsr\tr5")?;
                see(register::MSR, f)
            }
            Act::Lpcr { bits } => writeln!(f, "\tload\tr5, {bits:#x}\n\tmtspr\tlpcr, r5"),
            Act::Send { kind, rb } => writeln!(f, "\tload\tr5, {rb:#x}\n\tmsgsnd{}\tr5", suffix(kind)),
            Act::Clear { kind, rb } => writeln!(f, "\tload\tr5, {rb:#x}\n\tmsgclr{}\tr5", suffix(kind)),
            Act::Decrementer { hypervisor, expires } => {
                let name = if hypervisor { "hdec" } else { "dec" };
                let value = if expires { "-1".into() } else { format!("{FAR:#x}") };
                writeln!(f, "\tload\tr5, {value}\n\tmtspr\t{name}, r5")
            }
            Act::Request { to, priority } => {
                writeln!(f, "\tload\tr5, icp.{to}.mfrr\n\tli\tr6, {priority}\n\tstbcix\tr6, r0, r5")
            }
            Act::Mask { priority } => {
                own_icp("icp.cppr", f)?;
                writeln!(f, "\tli\tr5, {priority}\n\tstbcix\tr5, r0, r6")
            }
            Act::Presented => {
                own_icp("icp.poll", f)?;
                writeln!(f, "\tlwzcix\tr5, r0, r6\n\tsee\tr5")
            }
            // Accepting nothing, no public text explains.
            Act::Accept => {
                own_icp("icp.poll", f)?;
                writeln!(f, "\tlwzcix\tr5, r0, r6\n\tandi.\tr5, r5, 0xff\n\tbeq\tnone{number}")?;
                own_icp("icp.xirr", f)?;
                writeln!(f, "\tlwzcix\tr5, r0, r6\n\tsee\tr5\n\tstwcix\tr5, r0, r6\nnone{number}:")
            }
            Act::Interrupts { on: true } => writeln!(f, "\tinterrupts_on"),
            Act::Interrupts { on: false } => writeln!(f, "\tli\tr5, 0\n\tmtmsrd\tr5, 1"),
            Act::EnterGuest { bits } => writeln!(f, "\tenter_guest guest{number}, {bits:#x}\nguest{number}:"),
            Act::Call { lev } => writeln!(f, "\tsc\t{lev}"),
            Act::Sleep { level } => writeln!(f, "\t{level}"),
            Act::Doze { level } => {
                writeln!(f, "\tli\tr5, {DOZE}\n\tmtdec\tr5\n\t{level}\n\tload\tr5, {FAR:#x}\n\tmtdec\tr5")
            }
            Act::Split { command } => {
                let bits = command | cpu_model::hid0::DYNAMIC_LPAR_DISABLE;
                hid0("or", bits, f)
            }
            Act::Whole => hid0("and", !cpu_model::hid0::DYNAMIC_LPAR_DISABLE, f),
        }
    }

    /// Whether something comes of it on other threads, or later on its own.
    pub(super) fn concerns_others(&self) -> bool {
        match self {
            Act::Send { .. }
            | Act::Request { .. }
            | Act::Sleep { .. }
            | Act::Decrementer { hypervisor: true, .. } => true,
            Act::Write { register, .. } => register.name == "dpdes",
            _ => false,
        }
    }

    /// Simpler acts of the same kind, the simplest first.
    pub(super) fn simpler(&self) -> Vec<Act> {
        match *self {
            Act::Write { register, value } => {
                let lowest = register.writes & register.writes.wrapping_neg();
                let less = |new: &u64| *new < value;
                [0, lowest, value & 0xff, value & u64::from(u32::MAX)]
                    .into_iter()
                    .filter(less)
                    .map(|value| Act::Write { register, value })
                    .collect()
            }
            Act::Lpcr { bits } => without_a_bit(bits).map(|bits| Act::Lpcr { bits }).collect(),
            Act::EnterGuest { bits } => without_a_bit(bits).map(|bits| Act::EnterGuest { bits }).collect(),
            Act::Sleep { level } if level != "nap" => vec![Act::Sleep { level: "nap" }],
            Act::Doze { level } if level != "nap" => vec![Act::Doze { level: "nap" }],
            _ => vec![],
        }
    }
}

/// The address of a register of the thread's own interrupt controller, in r6.
fn own_icp(register: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    writeln!(f, "\tmfspr\tr5, pir\n\tsldi\tr5, r5, 12\n\tload\tr6, icp.base | {register}\n\tadd\tr6, r6, r5")
}

fn without_a_bit(bits: u64) -> impl Iterator<Item = u64> {
    (0..u64::BITS).map(move |n| bits & !(1 << n)).filter(move |fewer| *fewer != bits)
}

fn suffix(kind: DoorbellKind) -> &'static str {
    match kind {
        DoorbellKind::Hypervisor => "",
        DoorbellKind::Privileged => "p",
    }
}

fn see(bits: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if bits != u64::MAX {
        writeln!(f, "\tload\tr6, {bits:#x}\n\tand\tr5, r5, r6")?;
    }
    writeln!(f, "\tsee\tr5")
}

fn hid0(instruction: &str, bits: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    writeln!(f, "\tmfspr\tr5, hid0\n\tload\tr6, {bits:#x}\n\t{instruction}\tr5, r5, r6")?;
    writeln!(f, "\tsync\n\tmtspr\thid0, r5\n\tisync")
}
