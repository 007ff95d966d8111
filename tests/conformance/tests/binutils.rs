// SPDX-License-Identifier: GPL-2.0-or-later
//! Every instruction of every program is the word that binutils makes of it.
//!
//! They are Debian's cross binutils; a test without them fails.

use p8smt_conformance::asm::word::{Operand, word};
use std::process::Command;

use Operand::{Condition, Number, Register};

/// Instructions as they are written for binutils, and for the suite's assembler.
fn all() -> Vec<(String, &'static str, Vec<Operand>)> {
    let mut all = Vec::new();
    let mut add =
        |text: &str, name, operands: &[Operand]| all.push((text.to_owned(), name, operands.to_vec()));
    for name in [
        "doze", "nap", "sleep", "rvwinkle", "rfid", "hrfid", "slbia", "sync", "isync", "ptesync", "blr",
        "nop",
    ] {
        add(name, name, &[]);
    }
    for n in [0u8, 3, 17, 31] {
        let r = Register(n);
        for name in ["msgsnd", "msgclr", "msgsndp", "msgclrp", "tlbiel", "mtdec", "mfdec", "mfmsr"] {
            add(&format!("{name} {n}"), name, &[r]);
        }
        add(&format!("mfspr {n},268"), "mftb", &[r]);
        add(&format!("mtmsrd {n},1"), "mtmsrd", &[r, Number(1)]);
        add(&format!("mtmsrd {n},0"), "mtmsrd", &[r]);
        add(&format!("slbmte {n},4"), "slbmte", &[r, Register(4)]);
        for name in ["stbcix", "sthcix", "stwcix", "stdcix", "lbzcix", "lhzcix", "lwzcix", "ldcix"] {
            add(&format!("{name} {n},0,7"), name, &[r, Register(0), Register(7)]);
        }
        for name in ["add", "subf", "sub", "and", "or", "xor"] {
            add(&format!("{name} {n},5,6"), name, &[r, Register(5), Register(6)]);
        }
        for shift in [0u64, 1, 31, 32, 40, 63] {
            for name in ["sldi", "srdi", "clrldi"] {
                add(&format!("{name} {n},9,{shift}"), name, &[r, Register(9), Number(shift)]);
            }
        }
        for value in [0i64, 1, -1, 0x7fff, -0x8000] {
            add(&format!("li {n},{value}"), "li", &[r, Number(value as u64)]);
            add(&format!("addi {n},8,{value}"), "addi", &[r, Register(8), Number(value as u64)]);
            add(&format!("cmpdi 7,{n},{value}"), "cmpdi", &[Condition(7), r, Number(value as u64)]);
            add(&format!("cmpwi 7,{n},{value}"), "cmpwi", &[Condition(7), r, Number(value as u64)]);
        }
        for value in [0u64, 1, 0x8000, 0xffff] {
            add(&format!("lis {n},{}", value as i16), "lis", &[r, Number(value)]);
            for name in ["ori", "oris", "andi."] {
                add(&format!("{name} {n},8,{value}"), name, &[r, Register(8), Number(value)]);
            }
        }
        for name in ["ld", "std", "lwz", "stw", "lbz", "stb"] {
            add(&format!("{name} {n},0x78(4)"), name, &[r, Number(0x78), Register(4)]);
        }
        for number in [8u64, 25, 310, 318, 319, 1008] {
            add(&format!("mtspr {number},{n}"), "mtspr", &[Number(number), r]);
            add(&format!("mfspr {n},{number}"), "mfspr", &[r, Number(number)]);
        }
        add(&format!("cmpd 7,{n},5"), "cmpd", &[Condition(7), r, Register(5)]);
        add(&format!("cmpld 7,{n},5"), "cmpld", &[Condition(7), r, Register(5)]);
    }
    for lev in [0u64, 1] {
        add(&format!("sc {lev}"), "sc", &[Number(lev)]);
    }
    for distance in [-64i64, 8, 64] {
        for name in ["b", "bl"] {
            add(&format!("{name} .+({distance})"), name, &[Number(distance as u64)]);
        }
        for name in ["beq", "bne", "blt", "bgt", "bge", "ble"] {
            add(&format!("{name} 7,.+({distance})"), name, &[Condition(7), Number(distance as u64)]);
            add(&format!("{name} .+({distance})"), name, &[Number(distance as u64)]);
        }
    }
    all
}

#[test]
fn words_are_those_of_binutils() {
    let all = all();
    let dir = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (source, object, binary) = (dir.join("words.s"), dir.join("words.o"), dir.join("words.bin"));
    let lines: String = all.iter().map(|(text, ..)| format!("{text}\n")).collect();
    std::fs::write(&source, lines).unwrap();
    let run = |tool: &str, args: &[&str]| {
        let name = format!("powerpc64le-linux-gnu-{tool}");
        let status = Command::new(&name).args(args).status().unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(status.success(), "{name}: {status}");
    };
    let name = |path: &std::path::Path| path.to_str().unwrap().to_owned();
    run("as", &["-mpower8", "-a64", "-mbig", &name(&source), "-o", &name(&object)]);
    run("objcopy", &["-O", "binary", "-j", ".text", &name(&object), &name(&binary)]);
    let words: Vec<u32> = std::fs::read(&binary)
        .unwrap()
        .chunks(4)
        .map(|b| u32::from_be_bytes(b.try_into().unwrap()))
        .collect();
    assert_eq!(words.len(), all.len());
    for ((text, mnemonic, operands), expected) in all.iter().zip(words) {
        let word = word(mnemonic, operands).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(word, expected, "{text}: {word:#010x} is not {expected:#010x}");
    }
}
