// SPDX-License-Identifier: GPL-2.0-or-later
//! One instruction's word: from the `powerpc-asm` crate, or from a table of what that lacks, which is most of what only
//! a hypervisor executes.
//!
//! Source of the words: Power ISA 2.07B; each is held against binutils (`tests/binutils.rs`).

use cpu_model::spr;
use powerpc_asm::{Argument, assemble};

/// An operand, in the order that it is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// `r0` to `r31`.
    Register(u8),
    /// `cr0` to `cr7`.
    Condition(u8),
    /// A number; a branch's is the distance.
    Number(u64),
}

impl Operand {
    fn bits(self) -> u64 {
        match self {
            Operand::Register(n) | Operand::Condition(n) => n.into(),
            Operand::Number(n) => n,
        }
    }
}

/// Where an operand goes in a word: how far its lowest bit is shifted, and how many bits it has.
type Field = (u32, u32);

const RT: Field = (21, 5);
const RA: Field = (16, 5);
const RB: Field = (11, 5);
const L: Field = (16, 1);
const LEV: Field = (5, 7);

const fn x(primary: u32, extended: u32) -> u32 {
    primary << 26 | extended << 1
}

/// What `powerpc-asm` lacks: the word without its operands, and where those go.
const LACKING: &[(&str, u32, &[Field])] = &[
    ("attn", 0x200, &[]),
    ("doze", x(19, 402), &[]),
    ("nap", x(19, 434), &[]),
    ("sleep", x(19, 466), &[]),
    ("rvwinkle", x(19, 498), &[]),
    ("hrfid", x(19, 274), &[]),
    ("msgsnd", x(31, 206), &[RB]),
    ("msgclr", x(31, 238), &[RB]),
    ("msgsndp", x(31, 142), &[RB]),
    ("msgclrp", x(31, 174), &[RB]),
    ("tlbiel", x(31, 274), &[RB]),
    ("ptesync", x(31, 598) | 2 << 21, &[]),
    ("slbia", x(31, 498), &[]),
    ("slbmte", x(31, 402), &[RT, RB]),
    ("mtmsrd", x(31, 178), &[RT, L]),
    ("sc", 17 << 26 | 2, &[LEV]),
    ("stbcix", x(31, 981), &[RT, RA, RB]),
    ("sthcix", x(31, 949), &[RT, RA, RB]),
    ("stwcix", x(31, 917), &[RT, RA, RB]),
    ("stdcix", x(31, 1013), &[RT, RA, RB]),
    ("lbzcix", x(31, 853), &[RT, RA, RB]),
    ("lhzcix", x(31, 821), &[RT, RA, RB]),
    ("lwzcix", x(31, 789), &[RT, RA, RB]),
    ("ldcix", x(31, 885), &[RT, RA, RB]),
];

/// The word of an instruction.
///
/// # Errors
/// There is none of that name, or an operand does not fit.
pub fn word(mnemonic: &str, operands: &[Operand]) -> Result<u32, String> {
    if let Some((_, base, fields)) = LACKING.iter().find(|(name, ..)| *name == mnemonic) {
        // `mtmsrd r5` and `sc` leave the last out.
        let given = operands.len();
        if given > fields.len() || given + 1 < fields.len() {
            return Err(format!("{mnemonic} has {} operands, not {given}", fields.len()));
        }
        return operands.iter().zip(*fields).try_fold(*base, |word, (operand, (shift, size))| {
            let bits = operand.bits();
            if bits >> size != 0 {
                return Err(format!("{mnemonic}: {bits:#x} has no room in {size} bits"));
            }
            Ok(word | (bits as u32) << shift)
        });
    }
    use Operand::{Number, Register};
    match (mnemonic, operands) {
        ("sldi", &[a, s, Number(n @ 0..64)]) => word("rldicr", &[a, s, Number(n), Number(63 - n)]),
        ("srdi", &[a, s, Number(n @ 0..64)]) => word("rldicl", &[a, s, Number((64 - n) % 64), Number(n)]),
        ("clrldi", &[a, s, n]) => word("rldicl", &[a, s, Number(0), n]),
        ("sub", &[t, a, b]) => word("subf", &[t, b, a]),
        ("mtdec", &[s]) => word("mtspr", &[Number(spr::DEC.into()), s]),
        ("mfdec", &[t]) => word("mfspr", &[t, Number(spr::DEC.into())]),
        ("mftb", &[t @ Register(_)]) => word("mfspr", &[t, Number(spr::TB.into())]),
        _ => from_crate(mnemonic, operands),
    }
}

fn from_crate(mnemonic: &str, operands: &[Operand]) -> Result<u32, String> {
    let mut arguments = [Argument::None; 5];
    if operands.len() > arguments.len() {
        return Err(format!("{mnemonic} has no {} operands", operands.len()));
    }
    for (argument, operand) in arguments.iter_mut().zip(operands) {
        let bits = operand.bits();
        *argument = match (u32::try_from(bits), i32::try_from(bits as i64)) {
            (_, Ok(n)) if n < 0 => Argument::Signed(n),
            (Ok(n), _) => Argument::Unsigned(n),
            _ => return Err(format!("{mnemonic}: {bits:#x} does not fit an instruction")),
        };
    }
    assemble(mnemonic, &arguments).map_err(|error| format!("{mnemonic}: {error}"))
}
