// SPDX-License-Identifier: GPL-2.0-or-later
//! The registers that random programs write and read, and which of their bits.

/// A register. What is read of it does not depend on time.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Register {
    /// The name that reads it.
    pub(super) name: &'static str,
    /// The name that writes it.
    pub(super) written: &'static str,
    /// Bits that a value may have; 0: it is not written.
    pub(super) writes: u64,
    /// Bits that are seen.
    pub(super) sees: u64,
    /// Who may.
    pub(super) access: Access,
}

/// Who may read and write a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// The hypervisor.
    Hypervisor,
    /// A guest may read it.
    GuestReads,
    /// A guest may read and write it.
    Guest,
}

const fn kept(name: &'static str, bits: u64, access: Access) -> Register {
    Register { name, written: name, writes: bits, sees: bits, access }
}

const fn read(name: &'static str, bits: u64, access: Access) -> Register {
    Register { name, written: name, writes: 0, sees: bits, access }
}

const ALL: u64 = u64::MAX;
const LOW: u64 = u32::MAX as u64;
/// Of a count: far above what it comes to in a program.
const HIGH: u64 = 0xffff << 40;
/// SDR1 of a table at a multiple of 256 KiB, of the smallest size.
const SDR1: u64 = 0xffff << 18;
/// The sign of a decrementer.
const SIGN: u64 = 1 << 31;

use Access::{Guest, GuestReads, Hypervisor};

/// Left out: CFAR, which every branch writes; TBU40, since waiting threads read the timebase; what the program itself
/// works with; PPR (deviation 12); RPR, which does not begin with 0; DHDES (18); the performance monitor.
pub(super) static REGISTERS: &[Register] = &[
    kept("sdr1", SDR1, Hypervisor),
    kept("lpidr", 0x3ff, Hypervisor),
    kept("pcr", ALL, Hypervisor),
    kept("sprg0", ALL, Guest),
    kept("sprg1", ALL, Guest),
    kept("sprg2", ALL, Guest),
    kept("hsprg1", ALL, Hypervisor),
    kept("dar", ALL, Guest),
    kept("dsisr", LOW, Guest),
    kept("hdar", ALL, Hypervisor),
    kept("hdsisr", LOW, Hypervisor),
    kept("ctr", ALL, Guest),
    kept("dscr", 0x1ff_ffff, Guest),
    kept("pid", LOW, Guest),
    kept("worc", ALL, Hypervisor),
    kept("pmmar", ALL, Hypervisor),
    kept("pmcr", ALL, Hypervisor),
    kept("hid1", ALL, Hypervisor),
    kept("hid4", ALL, Hypervisor),
    kept("hid5", ALL, Hypervisor),
    kept("purr", HIGH, GuestReads),
    kept("spurr", HIGH, GuestReads),
    kept("ldbar", ALL, Hypervisor),
    kept("vtb", HIGH, GuestReads),
    kept("ic", HIGH, Hypervisor),
    kept("dpdes", 0xff, GuestReads),
    Register { name: "ctrlf", written: "ctrlt", writes: 1, sees: 1, access: Guest },
    read("srr1", MSR, Guest),
    read("hsrr1", MSR, Hypervisor),
    read("hid0", HID0, Hypervisor),
    read("pir", ALL, Hypervisor),
    read("tir", ALL, GuestReads),
    read("dec", SIGN, Guest),
    read("hdec", SIGN, Hypervisor),
    read("lpcr", ALL, Hypervisor),
];

/// What of MSR, and of what an interrupt saves of it, is seen.
pub(super) const MSR: u64 = {
    use cpu_model::msr::{DR, EE, HV, IR, LE, ME, PR, RI, SF};
    SF | HV | EE | PR | ME | IR | DR | RI | LE
};
const HID0: u64 = {
    use cpu_model::hid0::{COMMANDS, DYNAMIC_LPAR_DISABLE, STATUS};
    COMMANDS | STATUS | DYNAMIC_LPAR_DISABLE
};
