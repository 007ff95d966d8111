// SPDX-License-Identifier: GPL-2.0-or-later
//! From a word to an [`Insn`].

use super::{Insn, PowerSaving};
use powerpc::{Ins, Opcode};

/// Which of the instructions that matter `word` is; `None` for all the others.
///
/// `word` is the instruction as a number, its primary opcode in the most significant bits, whatever byte
/// order it was fetched in.
///
/// Called for every instruction that is translated, so the primary opcode turns most words away, and one
/// `match` on the extended opcode those of opcode 19 and 31. Fields are taken apart by the `powerpc`
/// crate; its own table is searched in a line, knows no hypervisor instructions, and no `sc 1`, `slbia`
/// with a hint or `tlbie` with a partition.
///
/// Reserved bits: as in QEMU, which executes the word or calls it illegal. Hardware ignores them all.
///
/// | instruction | reserved bits that may be set |
/// | --- | --- |
/// | power saving, `sc`, `mtmsr(d)`, `mfspr`, `mftb`, thread priority | none |
/// | `rfid`, `hrfid` | 17:20 |
/// | `rfebb` | all but S and the opcode |
/// | `mtspr`, cache-inhibited stores | 31 |
/// | `msgsnd`, `msgclr`, `msgsndp`, `msgclrp` | 6:15, 31 |
/// | `tlbie` | 11:15, 31 (RIC, PRS and R of ISA 3.0 among them) |
/// | `tlbiel` | 6:15, 31 |
/// | `slbia` | 6:7, 11:20, 31 |
///
/// ```
/// use cpu_model::insn::{Insn, PowerSaving, decode};
/// assert_eq!(decode(0x4c00_0364), Some(Insn::PowerSaving(PowerSaving::Nap)));
/// assert_eq!(decode(0x7c79_03a6), Some(Insn::Mtspr { rs: 3, spr: 25 }));
/// assert_eq!(decode(0x6000_0000), None);
/// ```
#[inline]
pub fn decode(word: u32) -> Option<Insn> {
    match word >> 26 {
        17 => system_call(word),
        19 => xl_form(word),
        31 => x_form(word),
        _ => None,
    }
}

/// Primary opcode 17.
fn system_call(word: u32) -> Option<Insn> {
    // Bit 30 set and 31 clear tell `sc` from `scv`.
    (word & 0x03ff_f01f == 2).then_some(Insn::Sc { lev: (word >> 5 & 0x7f) as u8 })
}

/// Primary opcode 19.
fn xl_form(word: u32) -> Option<Insn> {
    let exact = |insn| (word & 0x03ff_f801 == 0).then_some(insn);
    let returns = |insn| (word & 0x03ff_8001 == 0).then_some(insn);
    match extended_opcode(word) {
        18 => returns(Insn::Rfid),
        146 => Some(Insn::Rfebb),
        274 => returns(Insn::Hrfid),
        402 => exact(Insn::PowerSaving(PowerSaving::Doze)),
        434 => exact(Insn::PowerSaving(PowerSaving::Nap)),
        466 => exact(Insn::PowerSaving(PowerSaving::Sleep)),
        498 => exact(Insn::PowerSaving(PowerSaving::Rvwinkle)),
        _ => None,
    }
}

/// Primary opcode 31.
fn x_form(word: u32) -> Option<Insn> {
    // Fields only: what instruction it is, is known here.
    let f = Ins { code: word, op: Opcode::Illegal };
    let rb = f.field_rb();
    let store = |width| Some(Insn::Stcix { width, rs: f.field_rs(), ra: f.field_ra(), rb });
    match extended_opcode(word) {
        142 => Some(Insn::Msgsndp { rb }),
        146 => msr_write(word).then(|| Insn::Mtmsr { rs: f.field_rs(), l: f.field_mtmsrd_l() == 1 }),
        174 => Some(Insn::Msgclrp { rb }),
        178 => msr_write(word).then(|| Insn::Mtmsrd { rs: f.field_rs(), l: f.field_mtmsrd_l() == 1 }),
        206 => Some(Insn::Msgsnd { rb }),
        238 => Some(Insn::Msgclr { rb }),
        274 => Some(Insn::Tlbiel { rb }),
        306 => Some(Insn::Tlbie { rb, rs: f.field_rs() }),
        339 => (!f.field_rc()).then(|| Insn::Mfspr { rt: f.field_rd(), spr: f.field_spr() }),
        371 => (!f.field_rc()).then(|| Insn::Mftb { rt: f.field_rd(), tbr: f.field_tbr() }),
        444 => priority(f),
        467 => Some(Insn::Mtspr { rs: f.field_rs(), spr: f.field_spr() }),
        498 => Some(Insn::Slbia { ih: f.field_rs() & 7 }),
        917 => store(4),
        949 => store(2),
        981 => store(1),
        1013 => store(8),
        _ => None,
    }
}

fn extended_opcode(word: u32) -> u32 {
    word >> 1 & 0x3ff
}

/// `mtmsr` and `mtmsrd`: no bit set beside RS and L.
fn msr_write(word: u32) -> bool {
    word & 0x001e_f801 == 0
}

fn priority(f: Ins) -> Option<Insn> {
    let x = f.field_rs();
    if f.field_rc() || x != f.field_ra() || x != f.field_rb() {
        return None;
    }
    Some(Insn::Priority(match x {
        31 => 1,
        1 => 2,
        6 => 3,
        2 => 4,
        5 => 5,
        3 => 6,
        7 => 7,
        _ => return None,
    }))
}
