// SPDX-License-Identifier: GPL-2.0-or-later
//! What a program may say beside the assembler's lines.

use super::{FLAG, PATIENCE_AT, RESYNC};
use crate::asm::Line;

/// A line of a program in the assembler's instructions.
pub fn expanded(line: &Line<'_>) -> Vec<String> {
    let n = line.number;
    match (line.mnemonic, &line.operands[..]) {
        ("see", &[register]) => {
            vec![format!("std {register}, 0(r30)"), "addi r30, r30, 8".into(), "mtspr sprg3, r30".into()]
        }
        ("signal", &[number]) => {
            vec!["sync".into(), format!("load r28, {number}"), format!("stw r28, {FLAG}(r0)"), "sync".into()]
        }
        ("await", &[number]) => vec![
            "mfspr r27, tb".into(),
            format!("ld r28, {PATIENCE_AT}(r0)"),
            "add r27, r27, r28".into(),
            format!("await_{n}: or r1, r1, r1"),
            "mfspr r28, tb".into(),
            "cmpld cr6, r28, r27".into(),
            "bgt cr6, late".into(),
            format!("lwz r28, {FLAG}(r0)"),
            format!("cmpwi cr6, r28, {number}"),
            format!("blt cr6, await_{n}"),
            "or r2, r2, r2".into(),
        ],
        ("put", &[word, number]) => {
            vec![format!("load r28, {number}"), format!("stw r28, {word}(r0)"), "sync".into()]
        }
        ("spin", &[word, number]) => vec![
            format!("spin_{n}: or r1, r1, r1"),
            format!("lwz r28, {word}(r0)"),
            format!("cmpwi cr6, r28, {number}"),
            format!("bne cr6, spin_{n}"),
            "or r2, r2, r2".into(),
        ],
        ("pause", &[number]) => pause(number, n),
        // Two turns, for whose ends a thread has been that is not where it waits.
        ("give_way", &[]) => {
            let turn = || "or r1, r1, r1".to_owned();
            [vec![turn(), turn()], pause("40", n), vec!["or r2, r2, r2".into()]].concat()
        }
        ("settle", &[]) => vec![
            format!("ld r28, {PATIENCE_AT}(r0)"),
            "srdi r28, r28, 4".into(),
            "mfspr r27, tb".into(),
            "add r27, r27, r28".into(),
            format!("settle_{n}: mfspr r28, tb"),
            "cmpld cr6, r28, r27".into(),
            format!("blt cr6, settle_{n}"),
        ],
        ("interrupts_on", &[]) => vec!["load r28, msr.ee".into(), "mtmsrd r28, 1".into()],
        ("hid0_on", &[bits]) => vec![
            "mfspr r27, hid0".into(),
            format!("load r28, {bits}"),
            "or r27, r27, r28".into(),
            "sync".into(),
            "mtspr hid0, r27".into(),
            "isync".into(),
        ],
        ("enter_guest", &[label, bits]) => vec![
            format!("load r28, {label}"),
            "mtspr hsrr0, r28".into(),
            format!("load r28, msr.sf | {bits}"),
            "mtspr hsrr1, r28".into(),
            "hrfid".into(),
        ],
        ("resync", &[]) => {
            let nop = || "ori r0, r0, 0".to_owned();
            vec![format!("{RESYNC}: {}", nop()), nop(), nop()]
        }
        ("done", &[]) => vec!["b finish".into()],
        (mnemonic, operands) => vec![format!("{mnemonic} {}", operands.join(", "))],
    }
}

fn pause(instructions: &str, line: usize) -> Vec<String> {
    vec![
        format!("load r28, {instructions}"),
        format!("pause_{line}: addi r28, r28, -2"),
        "cmpdi cr6, r28, 0".into(),
        format!("bgt cr6, pause_{line}"),
    ]
}
