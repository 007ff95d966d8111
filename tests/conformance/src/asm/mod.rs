// SPDX-License-Identifier: GPL-2.0-or-later
//! The suite's assembler: text in, an image of the first 32 KiB of memory out, which `qemu -bios` starts without firmware.
//!
//! A line has a label (`name:`), an instruction or a directive, and a comment (`# …`). Operands are `r0` to `r31`, `cr0` to
//! `cr7`, numbers ([`expr`]) and, for `mtspr` and `mfspr`, the model's names of registers. Beside the instructions
//! ([`word`]) there are
//!
//! | line | what it does |
//! | --- | --- |
//! | `.set NAME, NUMBER` | names a number |
//! | `.org NUMBER` | goes on at an address, further on |
//! | `.thread N` | what follows is hardware thread N's, which begins there |
//! | `.on VECTOR, LABEL` | that thread's handler of an interrupt |
//! | `load rN, NUMBER` | as many instructions as it takes |
//! | `le.…` | an instruction, little-endian |
//!
//! and those that [`crate::frame`] makes of others.

pub mod expr;
mod name;
pub mod word;

use std::collections::BTreeMap;
use word::Operand;

/// How long an image is, in bytes: what `li` reaches.
pub const IMAGE_LEN: usize = 0x8000;

/// A line that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct Error {
    /// From 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: String,
}

/// What a program says beside its instructions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assembled {
    /// Memory from address 0 on.
    pub image: Vec<u8>,
    /// Where each label and `.set` is.
    pub names: BTreeMap<String, u64>,
}

/// Assembles lines.
///
/// # Errors
/// The first line that is none, and why.
pub fn assemble(lines: &[Line<'_>]) -> Result<Assembled, Error> {
    let mut names = BTreeMap::new();
    // Labels are known once every line's length is. A number that a later label is in counts as an address.
    for last in [false, true] {
        let mut image = vec![0u8; IMAGE_LEN];
        let mut at = 0usize;
        for line in lines {
            let fail = |why: String| Error { line: line.number, why };
            if let Some(label) = line.label
                && !last
                && names.insert(label.to_owned(), at as u64).is_some()
            {
                return Err(fail(format!("there are two of '{label}'")));
            }
            let words = match line.mnemonic {
                "" => vec![],
                ".org" => {
                    let &[to] = &line.operands[..] else { return Err(fail(".org NUMBER".into())) };
                    let to = number(to, &names, last).map_err(fail)? as usize;
                    if to < at || to > IMAGE_LEN {
                        return Err(fail(format!("{to:#x} is behind, the program is at {at:#x}")));
                    }
                    at = to;
                    vec![]
                }
                ".set" => {
                    let &[name, value] = &line.operands[..] else {
                        return Err(fail(".set NAME, NUMBER".into()));
                    };
                    let value = number(value, &names, last).map_err(fail)?;
                    if names.insert(name.to_owned(), value).is_some_and(|old| !last || old != value) {
                        return Err(fail(format!("there are two of '{name}'")));
                    }
                    vec![]
                }
                "load" => load(line, &names, last).map_err(fail)?,
                mnemonic => match mnemonic.strip_prefix("le.") {
                    Some(mnemonic) => {
                        let line = Line { mnemonic, ..line.clone() };
                        vec![instruction(&line, at as u64, &names, last).map_err(fail)?.swap_bytes()]
                    }
                    None => vec![instruction(line, at as u64, &names, last).map_err(fail)?],
                },
            };
            for word in words {
                if at + 4 > IMAGE_LEN {
                    return Err(fail(format!("the program is longer than {IMAGE_LEN:#x} bytes")));
                }
                image[at..at + 4].copy_from_slice(&word.to_be_bytes());
                at += 4;
            }
        }
        if last {
            return Ok(Assembled { image, names });
        }
    }
    unreachable!("the second pass is the last")
}

/// A line in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line<'a> {
    /// From 1.
    pub number: usize,
    /// What stands before a colon.
    pub label: Option<&'a str>,
    /// Instruction or directive; empty where there is none.
    pub mnemonic: &'a str,
    /// Between commas.
    pub operands: Vec<&'a str>,
}

impl Line<'_> {
    /// The lines of a text.
    pub fn all(text: &str) -> impl Iterator<Item = Line<'_>> {
        text.lines().enumerate().map(|(n, line)| Line::of(n + 1, line))
    }

    fn of(number: usize, line: &str) -> Line<'_> {
        let code = line.split('#').next().unwrap_or_default().trim();
        let (label, code) = match code.split_once(':') {
            Some((label, rest)) => (Some(label.trim()), rest.trim()),
            None => (None, code),
        };
        let (mnemonic, operands) = code.split_once(char::is_whitespace).unwrap_or((code, ""));
        let operands = operands.split(',').map(str::trim).filter(|o| !o.is_empty()).collect();
        Line { number, label, mnemonic, operands }
    }
}

/// A number. In the first pass a name that is not known yet is 0.
fn number(text: &str, names: &BTreeMap<String, u64>, last: bool) -> Result<u64, String> {
    expr::value(text, &|word| {
        names.get(word).copied().or_else(|| name::value(word)).or_else(|| (!last).then_some(0))
    })
}

fn register(text: &str, prefix: &str, count: u8) -> Option<u8> {
    text.strip_prefix(prefix)?.parse().ok().filter(|n| *n < count)
}

const BRANCHES: [&str; 10] = ["b", "bl", "beq", "bne", "blt", "bgt", "ble", "bge", "bdnz", "bdz"];

fn instruction(line: &Line<'_>, at: u64, names: &BTreeMap<String, u64>, last: bool) -> Result<u32, String> {
    let mut operands = Vec::new();
    for (n, text) in line.operands.iter().enumerate() {
        let displaced =
            text.strip_suffix(')').and_then(|t| t.rsplit_once('(')).filter(|(before, _)| !before.is_empty());
        if let Some(n) = register(text, "r", 32) {
            operands.push(Operand::Register(n));
        } else if let Some(n) = register(text, "cr", 8) {
            operands.push(Operand::Condition(n));
        } else if let Some((displacement, base)) =
            displaced.filter(|(_, base)| register(base, "r", 32).is_some())
        {
            operands.push(Operand::Number(number(displacement, names, last)?));
            operands.push(Operand::Register(register(base, "r", 32).unwrap_or_default()));
        } else if let Some(spr) = spr_operand(line.mnemonic, n, text) {
            operands.push(Operand::Number(spr));
        } else {
            let value = number(text, names, last)?;
            let is_target = BRANCHES.contains(&line.mnemonic) && n + 1 == line.operands.len();
            operands.push(Operand::Number(if is_target && last { value.wrapping_sub(at) } else { value }));
        }
    }
    word::word(line.mnemonic, &operands)
}

fn spr_operand(mnemonic: &str, n: usize, text: &str) -> Option<u64> {
    let is_there = matches!((mnemonic, n), ("mtspr", 0) | ("mfspr", 1));
    is_there.then(|| cpu_model::spr::by_name(text)).flatten().map(|spr| spr.number.into())
}

fn load(line: &Line<'_>, names: &BTreeMap<String, u64>, last: bool) -> Result<Vec<u32>, String> {
    use Operand::{Number, Register};
    let &[target, value] = &line.operands[..] else { return Err("load rN, NUMBER".into()) };
    let target = register(target, "r", 32).ok_or_else(|| format!("'{target}' is no register"))?;
    let value = number(value, names, last)?;
    let r = Register(target);
    let part = |shift: u32| Number(value >> shift & 0xffff);
    if i16::try_from(value as i64).is_ok() {
        return Ok(vec![word::word("li", &[r, Number(value)])?]);
    }
    let high = |shift: u32| word::word("lis", &[r, part(shift)]);
    if i32::try_from(value as i64).is_ok() {
        return Ok(vec![high(16)?, word::word("ori", &[r, r, part(0)])?]);
    }
    Ok(vec![
        high(48)?,
        word::word("ori", &[r, r, part(32)])?,
        word::word("sldi", &[r, r, Number(32)])?,
        word::word("oris", &[r, r, part(16)])?,
        word::word("ori", &[r, r, part(0)])?,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Result<Vec<u32>, Error> {
        let lines: Vec<Line<'_>> = Line::all(text).collect();
        let image = assemble(&lines)?.image;
        Ok(image
            .chunks(4)
            .map(|w| u32::from_be_bytes(w.try_into().unwrap()))
            .take_while(|w| *w != 0)
            .collect())
    }

    #[test]
    fn branches_go_both_ways() {
        assert_eq!(words("a: b c\n b a\nc: b a"), Ok(vec![0x4800_0008, 0x4bff_fffc, 0x4bff_fff8]));
    }

    #[test]
    fn loads_take_what_they_need() {
        assert_eq!(words("load r5, -1").unwrap().len(), 1);
        assert_eq!(words("load r5, 0x8000").unwrap().len(), 2);
        assert_eq!(words("load r5, 5 << 27 | 1").unwrap(), [0x3ca0_2800, 0x60a5_0001]);
        assert_eq!(words("load r5, 1 << 60").unwrap().len(), 5);
    }

    #[test]
    fn an_instruction_may_be_little_endian() {
        assert_eq!(words("le.hrfid").unwrap(), [words("hrfid").unwrap()[0].swap_bytes()]);
    }

    #[test]
    fn registers_have_the_models_names() {
        assert_eq!(words("mtspr lpidr, r3\nmfspr r4, lpidr"), words("mtspr 319, r3\nmfspr r4, 319"));
        assert_eq!(words("li r3, lpcr.hdice"), words("li r3, 1"));
    }

    #[test]
    fn says_which_line_is_wrong_and_why() {
        for (text, says) in [
            ("nop\nfrobnicate r3", "line 2: frobnicate: unknown instruction mnemonic"),
            (".org", "line 1: .org NUMBER"),
            ("b nowhere", "line 1: 'nowhere' is no number and no name"),
            ("a: nop\na: nop", "line 2: there are two of 'a'"),
            ("msgsnd r1, r2", "line 1: msgsnd has 1 operands, not 2"),
            (".org 0x100\n.org 0x10", "line 2: 0x10 is behind, the program is at 0x100"),
            ("li r3, 1 << 40", "line 1: li: 0x10000000000 does not fit an instruction"),
        ] {
            assert_eq!(words(text).unwrap_err().to_string(), says, "{text}");
        }
    }
}
