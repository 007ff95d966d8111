// SPDX-License-Identifier: GPL-2.0-or-later
//! Draws steps.

use super::Step;
use super::act::Act;
use super::register::REGISTERS;
use super::state::State;
use cpu_model::doorbell::Message;
use cpu_model::{DoorbellKind, THREADS_PER_CORE, hid0, icp, lpcr, msr};
use fastrand::Rng;
use std::ops::RangeInclusive;

const THREADS: RangeInclusive<usize> = 2..=THREADS_PER_CORE;
const STEPS: RangeInclusive<usize> = 8..=40;
/// As many as a thread's list has room for with what its handlers see.
const MOST_OF_A_THREAD: usize = 20;
const LEVELS: [&str; 3] = ["doze", "nap", "sleep"];
const LPCR: [u64; 7] = [
    lpcr::PECE_PRIVILEGED_DOORBELL,
    lpcr::PECE_HYPERVISOR_DOORBELL,
    lpcr::PECE_EXTERNAL,
    lpcr::PECE_DECREMENTER,
    lpcr::PECE_OTHER,
    lpcr::MER,
    lpcr::HDICE,
];
const GUEST: [u64; 3] = [msr::EE, msr::ME, msr::RI];

/// The steps of a seed.
pub(super) fn steps(seed: u64) -> Vec<Step> {
    let mut drawing = Drawing { rng: Rng::with_seed(seed), state: State::default(), steps: Vec::new() };
    let mut threads: Vec<u8> = (0..THREADS_PER_CORE as u8).collect();
    drawing.rng.shuffle(&mut threads);
    threads.truncate(drawing.rng.usize(THREADS));
    let count = drawing.rng.usize(STEPS);
    let mut thread = threads[0];
    while drawing.steps.len() < count {
        if drawing.rng.bool() {
            thread = *drawing.rng.choice(&threads).expect("two at the least");
        }
        let whole = threads.len() == THREADS_PER_CORE && drawing.rng.u8(0..24) == 0;
        if whole {
            drawing.all_but_the_first_sleep();
        } else if !drawing.step(thread, &threads) {
            // Asleep, or at its end: another, and somebody wakes those that sleep.
            drawing.wake(&threads);
            if threads.iter().all(|t| drawing.is_over(*t)) {
                break;
            }
        }
    }
    drawing.wake(&threads);
    drawing.steps
}

struct Drawing {
    rng: Rng,
    state: State,
    steps: Vec<Step>,
}

impl Drawing {
    fn is_over(&self, thread: u8) -> bool {
        let done = self.steps.iter().filter(|step| step.thread == thread).count();
        done >= MOST_OF_A_THREAD || self.state.threads[usize::from(thread)].asleep
    }

    /// Whether it could be done.
    fn push(&mut self, thread: u8, act: Act) -> bool {
        let step = Step { thread, act };
        let allowed = !self.is_over(thread) && self.state.allows(&step);
        if allowed {
            self.state.take(&step);
            self.steps.push(step);
        }
        allowed
    }

    /// A step of `thread`, if it can do one.
    fn step(&mut self, thread: u8, threads: &[u8]) -> bool {
        !self.is_over(thread)
            && loop {
                let act = self.act(threads);
                let wakes =
                    self.state.threads[usize::from(thread)].lpcr & lpcr::PECE_HYPERVISOR_DOORBELL != 0;
                // Few sleep for ever: the machine waits for those.
                let waits = matches!(act, Act::Sleep { .. }) && !wakes && self.rng.u8(..8) != 0;
                if !waits && self.push(thread, act) {
                    break true;
                }
            }
    }

    fn act(&mut self, threads: &[u8]) -> Act {
        let kind = if self.rng.bool() { DoorbellKind::Hypervisor } else { DoorbellKind::Privileged };
        let rng = &mut self.rng;
        let register = rng.choice(REGISTERS).expect("there are some");
        // Most registers hold what they began with: every other time one is read that does not.
        let written: Vec<_> = (self.steps.iter())
            .filter_map(|step| match step.act {
                Act::Write { register, .. } => Some(register),
                _ => None,
            })
            .collect();
        let to_read = if rng.bool() { rng.choice(written).unwrap_or(register) } else { register };
        let level = LEVELS[rng.usize(..LEVELS.len())];
        match rng.u8(..37) {
            0..=3 if register.writes != 0 => Act::Write { register, value: value(rng, register.writes) },
            0..=7 => Act::Read { register: to_read },
            8 => Act::Msr,
            9..=11 => Act::Lpcr { bits: some_of(rng, &LPCR) },
            12..=15 => Act::Send { kind, rb: message(rng, threads) },
            16 => Act::Clear { kind, rb: message(rng, threads) },
            17..=20 => Act::Decrementer { hypervisor: rng.bool(), expires: rng.u8(..4) != 0 },
            21..=23 => Act::Interrupts { on: rng.u8(..3) != 0 },
            24..=25 => Act::EnterGuest { bits: some_of(rng, &GUEST) },
            26 => Act::Call { lev: u8::from(rng.u8(..4) != 0) },
            27..=28 => Act::Sleep { level },
            29 => Act::Doze { level },
            30 if rng.u8(..3) == 0 => Act::Whole,
            30 => Act::Split { command: [hid0::ONE_TO_TWO_LPAR, hid0::ONE_TO_FOUR_LPAR][rng.usize(..2)] },
            31..=32 => Act::Request {
                to: *rng.choice(threads).expect("there is one"),
                priority: if rng.u8(..4) == 0 { icp::MFRR_NONE } else { icp::MFRR_IPI },
            },
            33..=34 => Act::Mask { priority: [0, icp::MFRR_IPI + 1, icp::MFRR_NONE][rng.usize(..3)] },
            35 if rng.bool() => Act::Presented,
            35 => Act::Accept,
            _ => Act::Call { lev: 1 },
        }
    }

    /// Wakes what sleeps and can be woken, or most of it.
    fn wake(&mut self, threads: &[u8]) {
        for to in threads {
            if self.state.threads[usize::from(*to)].asleep && self.rng.u8(..8) != 0 {
                let awake = |t: &&u8| {
                    let thread = &self.state.threads[usize::from(**t)];
                    !thread.asleep && !thread.guest
                };
                let Some(by) = threads.iter().find(awake) else { return };
                let rb = Message { thread: *to }.to_rb();
                let act = Act::Send { kind: DoorbellKind::Hypervisor, rb };
                let step = Step { thread: *by, act };
                self.state.take(&step);
                self.steps.push(step);
            }
        }
    }

    /// What makes a split core whole.
    fn all_but_the_first_sleep(&mut self) {
        self.push(0, Act::Call { lev: 1 });
        self.push(0, Act::Whole);
        for thread in 1..THREADS_PER_CORE as u8 {
            self.push(thread, Act::Call { lev: 1 });
            self.push(thread, Act::Interrupts { on: false });
            let bits = some_of(&mut self.rng, &LPCR) | lpcr::PECE_HYPERVISOR_DOORBELL;
            self.push(thread, Act::Lpcr { bits });
            self.push(thread, Act::Sleep { level: "nap" });
        }
        for _ in 0..2 {
            self.step(0, &[0]);
        }
        let register = REGISTERS.iter().find(|register| register.name == "hid0").expect("it is there");
        self.push(0, Act::Read { register });
    }
}

/// Each of some bits with a chance of a half.
fn some_of(rng: &mut Rng, bits: &[u64]) -> u64 {
    bits.iter().filter(|_| rng.bool()).sum()
}

fn value(rng: &mut Rng, bits: u64) -> u64 {
    match rng.u8(..4) {
        0 => 0,
        1 => bits,
        _ => rng.u64(..) & bits,
    }
}

/// RB of a doorbell: mostly to one of the threads, or none of the core's, or of another type.
fn message(rng: &mut Rng, threads: &[u8]) -> u64 {
    let to = match rng.u8(..8) {
        0 => rng.u8(..128),
        1 => rng.u8(..8),
        _ => *rng.choice(threads).expect("there is one"),
    };
    match rng.u8(..12) {
        // What the manual reserves, but for RB[0:31], which the emulator takes for a part of the type (deviation 19).
        0 => Message { thread: to }.to_rb() | u64::from(rng.u32(..)) & !0xf800_007f,
        1 => u64::from(to) | u64::from(rng.u8(..32)) << 27,
        _ => Message { thread: to }.to_rb(),
    }
}
