// SPDX-License-Identifier: GPL-2.0-or-later
//! Programs drawn from a seed, to hold the emulator against the model where no rule has looked.
//!
//! A program is a list of steps in one order. A thread waits for the step before its own where that is another's, so that
//! what the threads see does not depend on how they are interleaved, nor on how fast they are.

mod act;
mod draw;
mod register;
mod shrink;
mod state;
mod text;

pub use shrink::shrink;

use act::Act;
use std::fmt;

/// How long a thread of one waits for another, in ticks. A step takes the others a few thousand.
pub const PATIENCE: u64 = 1 << 20;
/// The interrupts that have a handler, by the vector's name, and where that begins.
const HANDLERS: [(&str, &str); 7] = [
    ("vector.system_reset", "woken"),
    ("vector.external", "presented"),
    ("vector.system_call", "goes_on"),
    ("vector.decrementer", "expired"),
    ("vector.privileged_doorbell", "rung"),
    ("vector.hypervisor_doorbell", "called"),
    ("vector.hypervisor_decrementer", "called"),
];

/// What one thread does, and what the others wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Step {
    thread: u8,
    act: Act,
}

/// A program. Its text, for [`crate::frame::framed`], is what it displays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    steps: Vec<Step>,
    /// Which of [`HANDLERS`] it has.
    handlers: [bool; HANDLERS.len()],
}

impl Program {
    /// The program of a seed, the same for ever.
    ///
    /// ```
    /// use p8smt_conformance::{alone, frame::framed, random::Program};
    /// let program = framed(&Program::of_seed(1).to_string()).unwrap();
    /// assert!(alone::run(&program, alone::Conditions::default()).is_ok());
    /// ```
    pub fn of_seed(seed: u64) -> Program {
        Program { steps: draw::steps(seed), handlers: [true; HANDLERS.len()] }
    }

    /// How many steps it has.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        text::write(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{alone, frame};

    #[test]
    fn a_seed_has_one_text() {
        assert_eq!(Program::of_seed(7).to_string(), Program::of_seed(7).to_string());
        assert_ne!(Program::of_seed(7), Program::of_seed(8));
    }

    #[test]
    fn the_model_runs_them() {
        let mut vectors = std::collections::BTreeSet::new();
        for seed in 0..=300 {
            let text = Program::of_seed(seed).to_string();
            let program = frame::framed(&text).unwrap_or_else(|error| panic!("{seed}: {error}\n{text}"));
            let program = program.with_patience(PATIENCE);
            let seen = alone::run(&program, alone::Conditions::default())
                .unwrap_or_else(|error| panic!("{seed}: {error}\n{text}"));
            for value in seen.values().flatten() {
                assert_ne!(*value, frame::LATE, "{seed}: {text}");
                assert_ne!(value >> 48, frame::STOPPED >> 48, "{seed}: {value:#x}\n{text}");
                vectors.insert(*value);
            }
        }
        for vector in [0x100, 0x500, 0x900, 0x980, 0xa00, 0xc00, 0xe80] {
            assert!(vectors.contains(&vector), "{vector:#x} never came");
        }
    }
}
