// SPDX-License-Identifier: GPL-2.0-or-later
//! A program on the model alone, without an emulator: what POWER8 would show it.
//!
//! The threads take turns of one instruction, and each round is a tick of the timebase. A program that waits for what it
//! depends on ends the same whatever the order is.

mod execute;
mod memory;
mod translate;

use crate::frame::{Framed, LOCAL_ENTRY};
use cpu_model::lose::{LOST, Lose};
use cpu_model::power8::Power8;
use cpu_model::speed;
use memory::Memory;
use std::collections::BTreeMap;

/// What each thread of a program has seen; of one that has not ended there is nothing.
pub type Seen = BTreeMap<u8, Vec<u64>>;

/// Why a program cannot be run on the model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("thread {thread} at {pc:#x}: {why}")]
pub struct Error {
    /// Of the core.
    pub thread: usize,
    /// Where it was.
    pub pc: u64,
    /// What is not modelled.
    pub why: String,
}

/// More rounds than the observer lets a program take.
const MOST_ROUNDS: u64 = cpu_model::timebase::HZ / 16;

/// A thread's registers that the core's model has nothing to do with.
#[derive(Debug, Clone, Default)]
struct Registers {
    general: [u64; 32],
    condition: u32,
    segments: translate::Segments,
    pc: u64,
    /// It has asked for low or very low priority.
    low: bool,
    /// Of an instruction, in thousandths: what it has not executed yet.
    credit: u64,
}

impl Registers {
    fn lose(&mut self) {
        self.general = std::array::from_fn(|number| LOST | number as u64);
        self.condition = LOST as u32;
    }
}

/// What a core may do and need not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Conditions {
    /// What power saving loses.
    pub lose: Option<Lose>,
    /// Threads share the core's speed.
    pub shares_speed: bool,
}

/// Runs a program to its end.
///
/// # Errors
/// What it does that is not modelled, or that it has no end.
pub fn run(program: &Framed, conditions: Conditions) -> Result<Seen, Error> {
    let mut machine = Machine {
        core: Power8::new(),
        memory: Memory::new(&program.image),
        threads: std::array::from_fn(|_| Registers { pc: 0x10, ..Registers::default() }),
        printed: String::new(),
        stopped: false,
        shares_speed: conditions.shares_speed,
        resync: program.resync.map(|function| function + LOCAL_ENTRY),
    };
    machine.core.set_lose(conditions.lose);
    for _ in 0..MOST_ROUNDS {
        machine.round()?;
        if machine.stopped {
            return Ok(crate::frame::seen(&machine.printed).expect("the frame prints what it reads"));
        }
    }
    Err(Error { thread: 0, pc: machine.threads[0].pc, why: "the program has no end".into() })
}

struct Machine {
    core: Power8,
    memory: Memory,
    threads: [Registers; cpu_model::THREADS_PER_CORE],
    printed: String,
    stopped: bool,
    shares_speed: bool,
    /// The instruction at which firmware is asked for the timebase.
    resync: Option<u64>,
}

impl Machine {
    fn round(&mut self) -> Result<(), Error> {
        for t in 0..self.threads.len() {
            let pc = self.threads[t].pc;
            if let Some(to) = self.core.poll(t, pc) {
                self.threads[t].pc = to;
                if self.core.has_lost_general(t) {
                    self.threads[t].lose();
                }
            }
            if !self.core.is_saving_power(t) && self.may_execute(t) {
                let pc = self.threads[t].pc;
                self.instruction(t).map_err(|why| Error { thread: t, pc, why })?;
                self.core.executed(t);
            }
        }
        self.core.tick();
        Ok(())
    }

    /// Whether the thread comes to execute an instruction in this round: as the core's speed is shared, and rarely at low
    /// priority beside siblings that are in earnest.
    fn may_execute(&mut self, t: usize) -> bool {
        let others = (0..self.threads.len())
            .filter(|other| *other != t && !self.core.is_saving_power(*other) && !self.threads[*other].low)
            .count();
        let speed = match (self.threads[t].low, self.shares_speed) {
            (true, _) if others > 0 => speed::at_low_priority(1 + others),
            (_, true) => speed::of(1 + others),
            (_, false) => speed::ALONE,
        };
        let credit = &mut self.threads[t].credit;
        *credit += speed;
        let may = *credit >= speed::ALONE;
        if may {
            *credit -= speed::ALONE;
        }
        may
    }
}
