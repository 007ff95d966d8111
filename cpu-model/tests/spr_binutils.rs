// SPDX-License-Identifier: GPL-2.0-or-later
//! The SPR table against binutils: a number that the disassembler has a name for has the same name here.

mod binutils;

use cpu_model::spr::{self, SPRS, Scope};

/// `mfspr 3,number`.
fn mfspr(number: u16) -> u32 {
    0x7c60_02a6 | u32::from(number & 0x1f) << 16 | u32::from(number >> 5) << 11
}

/// `mtspr number,3`.
fn mtspr(number: u16) -> u32 {
    mfspr(number) | 0x100
}

/// The disassembler's name of a register, from `mfsdr1 r3` or `mfsprg r3,1`; `None` for a mere number.
fn register(disassembled: &str) -> Option<String> {
    let (mnemonic, operands) = disassembled.split_once(' ')?;
    let name = mnemonic.strip_prefix("mf").or_else(|| mnemonic.strip_prefix("mt"))?;
    match name {
        "spr" => None,
        "sprg" => operands.split(',').find(|operand| !operand.starts_with('r')).map(|n| format!("sprg{n}")),
        _ => Some(name.to_owned()),
    }
}

/// Names that binutils and the table have for one register, and why both are right.
const OTHER_NAMES: [(&str, &str); 6] = [
    // One name for a number that reads and one that writes.
    ("ctrl", "ctrlf"),
    ("ctrl", "ctrlt"),
    ("tbl", "tbwl"),
    ("tbu", "tbwu"),
    // A slip of binutils.
    ("hdisr", "hdsisr"),
    // ISA 3.0's name: on POWER8 it is the implementation's own, and Linux calls it so.
    ("pidr", "pid"),
];

/// Asserts that the table has binutils' names, and returns how many there were to compare.
fn compare(name: &str, word: fn(u16) -> u32) -> usize {
    let words: Vec<u32> = SPRS.iter().map(|spr| word(spr.number)).collect();
    // ISA 3.1's names are a superset of those of POWER8.
    let listing = binutils::disassemble(name, "power10", &words);
    let mut compared = 0;
    for (spr, line) in SPRS.iter().zip(&listing) {
        let Some(theirs) = register(line) else { continue };
        let same = theirs == spr.name || OTHER_NAMES.contains(&(theirs.as_str(), spr.name));
        assert!(same, "SPR {} is `{theirs}` in binutils, `{}` here", spr.number, spr.name);
        compared += 1;
    }
    compared
}

#[test]
fn names_are_those_of_binutils() {
    let compared = compare("spr-read", mfspr) + compare("spr-write", mtspr);
    assert!(compared > 130, "only {compared} names");
}

#[test]
fn mnemonics_assemble_to_the_numbers() {
    let with_mnemonic = ["sdr1", "dec", "srr0", "srr1", "hsrr0", "hsrr1", "lpcr", "lpidr", "hdec", "hfscr"];
    let more = ["pcr", "dpdes", "purr", "spurr", "hrmor", "amor", "amr", "iamr", "fscr", "rpr", "pspb"];
    let names: Vec<&str> = with_mnemonic.into_iter().chain(more).collect();
    let lines: Vec<String> = names.iter().map(|name| format!("mt{name} 3")).collect();
    for (word, name) in binutils::assemble("spr-names", "power10", &lines).into_iter().zip(names) {
        let spr = spr::by_name(name).unwrap_or_else(|| panic!("no {name}"));
        assert_eq!(word, mtspr(spr.number), "mt{name}");
    }
}

#[test]
fn the_table_is_sound() {
    assert!(SPRS.is_sorted_by(|a, b| a.number < b.number), "numbers ascend, none twice");
    for spr in SPRS {
        assert!(spr.number < 1024, "{}", spr.name);
        assert!([32, 64].contains(&spr.width_bits), "{} is {} bits wide", spr.name, spr.width_bits);
        assert!(!spr.source.is_empty(), "{} has no source", spr.name);
        assert_eq!(spr.name, spr.name.to_lowercase());
        assert_eq!(spr::by_name(spr.name), Some(spr), "a second {}", spr.name);
        assert_eq!(spr::by_number(spr.number), Some(spr));
    }
    assert_eq!(spr::by_number(464), None, "ptcr came with ISA 3.0");
    assert_eq!(spr::by_name("SDR1"), None);
}

/// What the corrections and KVM rest on.
#[test]
fn what_a_core_shares() {
    let scope = |number| spr::by_number(number).map(|spr| (spr.scope, spr.verified));
    let shared = [spr::SDR1, spr::LPIDR, spr::PCR, spr::HDEC, spr::DPDES, spr::TB, spr::VTB, spr::RPR];
    for number in shared {
        assert_eq!(scope(number), Some((Scope::SubCore, true)), "{number}");
    }
    let own = [spr::DEC, spr::LPCR, spr::HFSCR, spr::SRR0, spr::HSRR1, spr::TIR, spr::PIR, spr::PURR];
    for number in own {
        assert_eq!(scope(number), Some((Scope::Thread, true)), "{number}");
    }
    for number in [spr::HID0, spr::HMEER, spr::TSCR, spr::HRMOR, spr::WORC] {
        assert_eq!(scope(number), Some((Scope::Core, true)), "{number}");
    }
    assert_eq!(scope(spr::TFMR), Some((Scope::Mixed, true)));
}
