// SPDX-License-Identifier: GPL-2.0-or-later
//! The decoder over all words there are, and against the `powerpc` and `powerpc-asm` crates.

use cpu_model::insn::{Insn, decode};
use powerpc::{Extension, Extensions, Ins, Opcode};
use powerpc_asm::{Argument, assemble};
use std::collections::BTreeMap;

fn name(insn: Insn) -> &'static str {
    match insn {
        Insn::PowerSaving(_) => "power saving",
        Insn::Rfid => "rfid",
        Insn::Hrfid => "hrfid",
        Insn::Rfebb => "rfebb",
        Insn::Mtmsr { .. } => "mtmsr",
        Insn::Mtmsrd { .. } => "mtmsrd",
        Insn::Sc { .. } => "sc",
        Insn::Mfspr { .. } => "mfspr",
        Insn::Mtspr { .. } => "mtspr",
        Insn::Mftb { .. } => "mftb",
        Insn::Msgsnd { .. } => "msgsnd",
        Insn::Msgclr { .. } => "msgclr",
        Insn::Msgsndp { .. } => "msgsndp",
        Insn::Msgclrp { .. } => "msgclrp",
        Insn::Tlbie { .. } => "tlbie",
        Insn::Tlbiel { .. } => "tlbiel",
        Insn::Slbia { .. } => "slbia",
        Insn::Stcix { .. } => "stcix",
        Insn::Priority(_) => "or",
    }
}

/// How many of all words are which instruction: what is strict and what is not, in one table.
#[test]
fn all_words() {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for word in 0..=u32::MAX {
        if let Some(insn) = decode(word) {
            *counts.entry(name(insn)).or_default() += 1;
        }
    }
    // Free bits: operands, and what is ignored.
    let expected = BTreeMap::from([
        ("power saving", 4),
        ("rfid", 1 << 4),
        ("hrfid", 1 << 4),
        ("rfebb", 1 << 16),
        ("mtmsr", 1 << 6),
        ("mtmsrd", 1 << 6),
        ("sc", 1 << 7),
        ("mfspr", 1 << 15),
        ("mtspr", 1 << 16),
        ("mftb", 1 << 15),
        ("msgsnd", 1 << 16),
        ("msgclr", 1 << 16),
        ("msgsndp", 1 << 16),
        ("msgclrp", 1 << 16),
        ("tlbie", 1 << 16),
        ("tlbiel", 1 << 16),
        ("slbia", 1 << 16),
        ("stcix", 4 << 16),
        ("or", 7),
    ]);
    assert_eq!(counts, expected);
}

/// What the `powerpc` crate knows by name and the decoder is to know as well.
fn as_the_crate_sees_it(ins: Ins) -> Option<Insn> {
    Some(match ins.op {
        Opcode::Rfid => Insn::Rfid,
        Opcode::Sc => Insn::Sc { lev: 0 },
        Opcode::Mtmsr => Insn::Mtmsr { rs: ins.field_rs(), l: false },
        Opcode::Mtmsrd => Insn::Mtmsrd { rs: ins.field_rs(), l: ins.field_mtmsrd_l() == 1 },
        Opcode::Mfspr => Insn::Mfspr { rt: ins.field_rd(), spr: ins.field_spr() },
        Opcode::Mtspr => Insn::Mtspr { rs: ins.field_rs(), spr: ins.field_spr() },
        Opcode::Mftb => Insn::Mftb { rt: ins.field_rd(), tbr: ins.field_tbr() },
        Opcode::Tlbie => Insn::Tlbie { rb: ins.field_rb(), rs: 0 },
        Opcode::Slbia => Insn::Slbia { ih: 0 },
        _ => return None,
    })
}

#[test]
fn the_powerpc_crate_agrees() {
    let ppc64 = Extensions::from_extension(Extension::Ppc64);
    let mut known = 0;
    for primary in [17, 19, 31] {
        // Odd and not a power of two, so that every bit takes part.
        for rest in (0..1 << 26).step_by(31) {
            let ins = Ins::new(primary << 26 | rest, ppc64);
            let theirs = as_the_crate_sees_it(ins);
            let ours = decode(ins.code);
            if theirs.is_some() {
                known += 1;
                assert_eq!(ours, theirs, "{:#010x}", ins.code);
            } else if ours.is_some() && !matches!(ours, Some(Insn::Priority(_))) {
                assert_eq!(ins.op, Opcode::Illegal, "{:#010x} is {ours:?}", ins.code);
            }
        }
    }
    assert!(known > 3_000, "only {known} words known to both");
}

#[test]
fn what_powerpc_asm_makes_is_decoded() {
    let check = |mnemonic: &str, operands: &[u32], insn: Insn| {
        let mut args = [Argument::None; 5];
        for (arg, operand) in args.iter_mut().zip(operands) {
            *arg = Argument::Unsigned(*operand);
        }
        let word = assemble(mnemonic, &args).unwrap_or_else(|e| panic!("{mnemonic} {operands:?}: {e}"));
        assert_eq!(decode(word), Some(insn), "{mnemonic} {operands:?} is {word:#010x}");
    };
    check("rfid", &[], Insn::Rfid);
    check("sc", &[], Insn::Sc { lev: 0 });
    check("slbia", &[], Insn::Slbia { ih: 0 });
    for (x, level) in [(31, 1), (1, 2), (6, 3), (2, 4), (5, 5), (3, 6), (7, 7)] {
        check("or", &[x, x, x], Insn::Priority(level));
    }
    for r in 0..32_u8 {
        let operand = u32::from(r);
        check("mtmsr", &[operand], Insn::Mtmsr { rs: r, l: false });
        check("mtmsrd", &[operand, 0], Insn::Mtmsrd { rs: r, l: false });
        check("mtmsrd", &[operand, 1], Insn::Mtmsrd { rs: r, l: true });
        check("tlbie", &[operand], Insn::Tlbie { rb: r, rs: 0 });
        for number in 0..1024_u16 {
            let spr = u32::from(number);
            check("mfspr", &[operand, spr], Insn::Mfspr { rt: r, spr: number });
            check("mtspr", &[spr, operand], Insn::Mtspr { rs: r, spr: number });
            check("mftb", &[operand, spr], Insn::Mftb { rt: r, tbr: number });
        }
    }
}
