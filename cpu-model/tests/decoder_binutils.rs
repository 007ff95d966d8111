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
