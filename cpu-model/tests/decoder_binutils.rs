// SPDX-License-Identifier: GPL-2.0-or-later
//! The decoder against binutils, in both directions.

mod binutils;

use cpu_model::insn::{Insn, PowerSaving, decode};

/// Assembly for an instruction, registers and SPRs by number.
fn text(insn: Insn) -> String {
    match insn {
        Insn::PowerSaving(PowerSaving::Doze) => "doze".into(),
        Insn::PowerSaving(PowerSaving::Nap) => "nap".into(),
        Insn::PowerSaving(PowerSaving::Sleep) => "sleep".into(),
        Insn::PowerSaving(PowerSaving::Rvwinkle) => "rvwinkle".into(),
        Insn::Rfid => "rfid".into(),
        Insn::Hrfid => "hrfid".into(),
        Insn::Rfebb => "rfebb 1".into(),
        Insn::Mtmsr { rs, l } => format!("mtmsr {rs},{}", u8::from(l)),
        Insn::Mtmsrd { rs, l } => format!("mtmsrd {rs},{}", u8::from(l)),
        Insn::Sc { lev } => format!("sc {lev}"),
        Insn::Mfspr { rt, spr } => format!("mfspr {rt},{spr}"),
        Insn::Mtspr { rs, spr } => format!("mtspr {spr},{rs}"),
        Insn::Mftb { rt, tbr } => format!("mftb {rt},{tbr}"),
        Insn::Msgsnd { rb } => format!("msgsnd {rb}"),
        Insn::Msgclr { rb } => format!("msgclr {rb}"),
        Insn::Msgsndp { rb } => format!("msgsndp {rb}"),
        Insn::Msgclrp { rb } => format!("msgclrp {rb}"),
        Insn::Tlbie { rb, rs } => format!("tlbie {rb},{rs}"),
        Insn::Tlbiel { rb } => format!("tlbiel {rb}"),
        Insn::Slbia { ih } => format!("slbia {ih}"),
        Insn::Stcix { width, rs, ra, rb } => format!("st{}cix {rs},{ra},{rb}", letter(width)),
        Insn::Priority(level) => {
            let x = [31, 1, 6, 2, 5, 3, 7][usize::from(level) - 1];
            format!("or {x},{x},{x}")
        }
    }
}

fn letter(width: u8) -> char {
    match width {
        1 => 'b',
        2 => 'h',
        4 => 'w',
        8 => 'd',
        _ => panic!("no store is {width} bytes wide"),
    }
}

/// Every instruction that matters with every value of every operand, but `mftb`.
fn every_form() -> Vec<Insn> {
    use PowerSaving::{Doze, Nap, Rvwinkle, Sleep};
    let mut all = vec![Insn::Rfid, Insn::Hrfid, Insn::Rfebb];
    all.extend([Doze, Nap, Sleep, Rvwinkle].map(Insn::PowerSaving));
    all.extend((0..128).map(|lev| Insn::Sc { lev }));
    all.extend((0..8).map(|ih| Insn::Slbia { ih }));
    all.extend((1..8).map(Insn::Priority));
    for a in 0..32 {
        for l in [false, true] {
            all.extend([Insn::Mtmsr { rs: a, l }, Insn::Mtmsrd { rs: a, l }]);
        }
        all.extend([Insn::Msgsnd { rb: a }, Insn::Msgclr { rb: a }, Insn::Msgsndp { rb: a }]);
        all.extend([Insn::Msgclrp { rb: a }, Insn::Tlbiel { rb: a }]);
        all.extend((0..32).map(|rs| Insn::Tlbie { rb: a, rs }));
        all.extend((0..1024).flat_map(|spr| [Insn::Mfspr { rt: a, spr }, Insn::Mtspr { rs: a, spr }]));
        for width in [1, 2, 4, 8] {
            let pairs = (0..32).flat_map(|ra| (0..32).map(move |rb| (ra, rb)));
            all.extend(pairs.map(|(ra, rb)| Insn::Stcix { width, rs: a, ra, rb }));
        }
    }
    all
}

/// Asserts that each of `insns`, assembled, is what it was.
fn assert_assembled_decodes(name: &str, cpu: &str, insns: &[Insn]) {
    let lines: Vec<String> = insns.iter().map(|i| text(*i)).collect();
    for ((word, line), insn) in binutils::assemble(name, cpu, &lines).into_iter().zip(&lines).zip(insns) {
        assert_eq!(decode(word), Some(*insn), "`{line}` is {word:#010x}");
    }
}

#[test]
fn what_the_assembler_makes_is_decoded() {
    let insns = every_form();
    assert!(insns.len() > 196_000, "only {} forms", insns.len());
    assert_assembled_decodes("decoder-forms", "power8", &insns);
}

#[test]
fn the_old_mftb_is_decoded() {
    // For POWER4 and later the assembler makes `mfspr` of it.
    let insns: Vec<Insn> = (0..32).flat_map(|rt| [268, 269].map(|tbr| Insn::Mftb { rt, tbr })).collect();
    assert_assembled_decodes("decoder-mftb", "ppc64", &insns);
}

#[test]
fn simplified_mnemonics_are_decoded() {
    let cases = [
        ("mfsdr1 3", Insn::Mfspr { rt: 3, spr: 25 }),
        ("mtsdr1 4", Insn::Mtspr { rs: 4, spr: 25 }),
        ("mflr 0", Insn::Mfspr { rt: 0, spr: 8 }),
        ("mtctr 12", Insn::Mtspr { rs: 12, spr: 9 }),
        ("mftb 5", Insn::Mfspr { rt: 5, spr: 268 }),
        ("sc", Insn::Sc { lev: 0 }),
        ("mtmsrd 9", Insn::Mtmsrd { rs: 9, l: false }),
        ("slbia", Insn::Slbia { ih: 0 }),
        ("rfebb 0", Insn::Rfebb),
    ];
    let lines: Vec<String> = cases.iter().map(|(line, _)| (*line).to_owned()).collect();
    for (word, (line, insn)) in binutils::assemble("decoder-short", "power8", &lines).into_iter().zip(cases) {
        assert_eq!(decode(word), Some(insn), "`{line}` is {word:#010x}");
    }
}

/// The mnemonic that covers every spelling of an instruction that matters; `None` for another one.
fn family(disassembled: &str) -> Option<&str> {
    let (mnemonic, operands) = disassembled.split_once(' ').unwrap_or((disassembled, ""));
    let fpscr = mnemonic.starts_with("mffs") || mnemonic.starts_with("mtfs");
    let spr_move = |family| (!fpscr && !NO_SPR_MOVE.contains(&mnemonic)).then_some(family);
    match mnemonic {
        "doze" | "nap" | "sleep" | "rvwinkle" | "rfid" | "hrfid" | "rfebb" | "sc" | "mtmsr" | "mtmsrd" => {
            Some(mnemonic)
        }
        "msgsnd" | "msgclr" | "msgsndp" | "msgclrp" | "tlbie" | "tlbiel" | "slbia" => Some(mnemonic),
        "stbcix" | "sthcix" | "stwcix" | "stdcix" => Some(mnemonic),
        "mr" | "or" => {
            let mut x = operands.split(',');
            let first = x.next()?;
            let sets = ["r31", "r1", "r6", "r2", "r5", "r3", "r7"].contains(&first);
            (sets && x.all(|y| y == first)).then_some("or")
        }
        _ if mnemonic.starts_with("mf") => spr_move("mfspr"),
        _ if mnemonic.starts_with("mt") => spr_move("mtspr"),
        _ => None,
    }
}

/// Mnemonics with the letters of an SPR move that are none; those of FPSCR are told by their first letters.
const NO_SPR_MOVE: [&str; 31] = [
    "mfbhrbe", "mfcr", "mffprd", "mffprwz", "mfmsr", "mfocrf", "mfsr", "mfsrin", "mfvrd", "mfvrwz", "mfvscr",
    "mfvsrd", "mfvsrwz", "mtcr", "mtcrf", "mtfprd", "mtfprwa", "mtfprwz", "mtocrf", "mtsle", "mtsr", "mtsrd",
    "mtsrdin", "mtsrin", "mtvrd", "mtvrwa", "mtvrwz", "mtvscr", "mtvsrd", "mtvsrwa", "mtvsrwz",
];

/// Bits of an instruction's word that the decoder says it ignores.
fn ignored(insn: Insn) -> u32 {
    match insn {
        Insn::Rfid | Insn::Hrfid => 0x0000_7800,
        Insn::Rfebb => 0x03ff_f801,
        Insn::Mtspr { .. } | Insn::Stcix { .. } => 1,
        Insn::Msgsnd { .. } | Insn::Msgclr { .. } | Insn::Msgsndp { .. } | Insn::Msgclrp { .. } => {
            0x03ff_0001
        }
        Insn::Tlbie { .. } => 0x001f_0001,
        Insn::Tlbiel { .. } => 0x03ff_0001,
        Insn::Slbia { .. } => 0x031f_f801,
        _ => 0,
    }
}

/// Words of the primary opcodes that matter, each extended opcode with a few values of all other bits, and
/// some of any primary opcode.
fn sample() -> Vec<u32> {
    let mut rest: Vec<u32> = (0..15).map(|bit| 1 << bit).collect();
    rest.extend([0, 0x7fff, 0x4210, 0x0c41, 0x00f9, 0x7ffa]);
    rest.extend((0..32).map(|x| x << 10 | x << 5 | x));
    rest.extend((1..100).map(|n: u32| n.wrapping_mul(2_654_435_761) >> 17));
    let mut words = Vec::new();
    for primary in [17, 19, 31] {
        for low in 0..2048 {
            words.extend(rest.iter().map(|operands| primary << 26 | operands << 11 | low));
        }
    }
    // Knuth's multiplier is odd, so no word comes twice.
    words.extend((0..100_000_u32).map(|n| n.wrapping_mul(2_654_435_761)));
    words
}

#[test]
fn the_disassembler_names_the_same_instructions() {
    let is_old_mftb = |word: u32| word >> 26 == 31 && word >> 1 & 0x3ff == 371;
    let words: Vec<u32> = sample().into_iter().filter(|word| !is_old_mftb(*word)).collect();
    let decoded: Vec<Insn> = words.iter().filter_map(|word| decode(*word)).collect();
    let lines: Vec<String> = decoded.iter().map(|insn| text(*insn)).collect();
    let mut plain = binutils::assemble("decoder-plain", "power8", &lines).into_iter();
    let mut with_reserved_bits = 0;
    for (word, theirs) in words.iter().zip(binutils::disassemble("decoder-words", "power8", &words)) {
        let Some(ours) = decode(*word) else {
            // The one instruction whose reserved bits the disassembler passes over and QEMU does not.
            let refused = theirs.starts_with("sc") && word & 0x03ff_f01d != 0;
            let none = refused || family(&theirs).is_none();
            assert!(none, "{word:#010x} is `{theirs}`, decoded as nothing that matters");
            continue;
        };
        let plain = plain.next().expect("one for each decoded word");
        let line = text(ours);
        let mnemonic = line.split(' ').next().expect("a mnemonic");
        if plain == *word {
            assert_eq!(family(&theirs), Some(mnemonic), "{word:#010x} is `{theirs}`, decoded as {ours:?}");
        } else {
            with_reserved_bits += 1;
            let differ = plain ^ word;
            assert_eq!(differ & !ignored(ours), 0, "{word:#010x} is not `{line}`, which is {plain:#010x}");
            let other = family(&theirs).is_none_or(|theirs| theirs == mnemonic);
            assert!(other, "{word:#010x} is `{theirs}`, decoded as {ours:?}");
        }
    }
    assert!(decoded.len() > 4_000 && with_reserved_bits > 2_000, "{with_reserved_bits} of {}", decoded.len());
}
