// SPDX-License-Identifier: GPL-2.0-or-later
//! The instructions that change more than their own thread's registers.
//!
//! [`decode`] tells them from all others. Which instruction needs which privilege is not its business:
//! a word is what it is, whoever executes it.
//!
//! Source: Power ISA 2.07B, Book III-S and, for thread priority, Book II ("or" instruction);
//! Linux `arch/powerpc/include/asm/ppc-opcode.h` for the words, QEMU `target/ppc/insn32.decode` and
//! `target/ppc/translate.c` for what of a word is ignored.

mod decode;

pub use decode::decode;

use serde::{Deserialize, Serialize};

/// The four power-saving instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PowerSaving {
    /// `doze`.
    Doze,
    /// `nap`.
    Nap,
    /// `sleep`.
    Sleep,
    /// `rvwinkle`.
    Rvwinkle,
}

/// An instruction that matters. Registers are GPR numbers, 0 to 31; fields have the manual's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Insn {
    /// `doze`, `nap`, `sleep`, `rvwinkle`: hypervisor.
    PowerSaving(PowerSaving),
    /// `rfid`: return from an interrupt through SRR0 and SRR1.
    Rfid,
    /// `hrfid`: return from an interrupt through HSRR0 and HSRR1; hypervisor.
    Hrfid,
    /// `rfebb`: return from an event-based branch. Its operand S is not kept.
    Rfebb,
    /// `mtmsr`.
    Mtmsr {
        /// The new value.
        rs: u8,
        /// Only EE and RI change.
        l: bool,
    },
    /// `mtmsrd`.
    Mtmsrd {
        /// The new value.
        rs: u8,
        /// Only EE and RI change.
        l: bool,
    },
    /// `sc`.
    Sc {
        /// 0 calls the operating system, 1 the hypervisor; up to 127, reserved.
        lev: u8,
    },
    /// `mfspr`, and so every `mf…` that is short for it.
    Mfspr {
        /// Target.
        rt: u8,
        /// Register number, 0 to 1023, its halves in order ([`crate::spr`]).
        spr: u16,
    },
    /// `mtspr`, and so every `mt…` that is short for it.
    Mtspr {
        /// Source.
        rs: u8,
        /// Register number, 0 to 1023, its halves in order ([`crate::spr`]).
        spr: u16,
    },
    /// `mftb`, the instruction that today's assemblers no longer emit: they make it `mfspr`.
    Mftb {
        /// Target.
        rt: u8,
        /// 268 or 269; any other is reserved, and QEMU reads it as `mfspr` would.
        tbr: u16,
    },
    /// `msgsnd`: directed hypervisor doorbell to a thread of the core; hypervisor.
    Msgsnd {
        /// Message type and receiver.
        rb: u8,
    },
    /// `msgclr`: takes this thread's own back; hypervisor.
    Msgclr {
        /// Message type.
        rb: u8,
    },
    /// `msgsndp`: directed privileged doorbell to a thread of the sub-core.
    Msgsndp {
        /// Message type and receiver.
        rb: u8,
    },
    /// `msgclrp`: takes this thread's own back.
    Msgclrp {
        /// Message type.
        rb: u8,
    },
    /// `tlbie`: on every thread of the system.
    Tlbie {
        /// Which entry.
        rb: u8,
        /// The partition (LPID), in its low 32 bits.
        rs: u8,
    },
    /// `tlbiel`: in this core's TLB.
    Tlbiel {
        /// Which entry or set.
        rb: u8,
    },
    /// `slbia`: in this thread's SLB.
    Slbia {
        /// Which entries and lookaside information stay, 0 to 7.
        ih: u8,
    },
    /// `stbcix`, `sthcix`, `stwcix`, `stdcix`: a store that bypasses the caches; hypervisor real mode.
    #[doc(alias = "stbcix")]
    #[doc(alias = "sthcix")]
    #[doc(alias = "stwcix")]
    #[doc(alias = "stdcix")]
    Stcix {
        /// Bytes stored: 1, 2, 4 or 8.
        width: u8,
        /// The value.
        rs: u8,
        /// Base of the address; 0 stands for no register.
        ra: u8,
        /// The rest of the address.
        rb: u8,
    },
    /// `or x,x,x` that sets the thread's priority to PPR\[11:13\] = 1 to 7.
    ///
    /// | word | priority | who may |
    /// | --- | --- | --- |
    /// | `or 31,31,31` | 1, very low | anyone (QEMU: not in problem state) |
    /// | `or 1,1,1` | 2, low | anyone |
    /// | `or 6,6,6` | 3, medium low | anyone |
    /// | `or 2,2,2` | 4, medium | anyone |
    /// | `or 5,5,5` | 5, medium high | privileged; problem state while PSPB is not 0 |
    /// | `or 3,3,3` | 6, high | privileged |
    /// | `or 7,7,7` | 7, very high | hypervisor |
    ///
    /// To anyone else the word does nothing. Source: Power ISA 2.07B, Book II, "or" instruction; QEMU
    /// `target/ppc/translate/fixedpoint-impl.c.inc` (`trans_OR`).
    Priority(u8),
}
