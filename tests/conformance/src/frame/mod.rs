// SPDX-License-Identifier: GPL-2.0-or-later
//! What every program of the suite stands in: how its threads begin, how they tell what they see, how the machine ends.
//!
//! All threads start at 0x10 in hypervisor real mode, big-endian, with LPCR 0 and
//! the decrementer as far from expiry as can be. Those that a program names begin at their
//! `.thread`; the last of the others (thread 0 where a program names all eight) waits until they have ended, prints what
//! each has seen and stops the machine; the rest nap. Beside the assembler's lines a program has
//!
//! | line | what it does |
//! | --- | --- |
//! | `see rN` | adds the register to what the thread has seen |
//! | `signal N` | says to all threads that this is reached |
//! | `await N` | spins until it is, for [`PATIENCE`] ticks; then the thread ends with [`LATE`] |
//! | `put WORD, N` | stores N to the word at this address, for all threads to see |
//! | `spin WORD, N` | spins until the word at this address is N; not by the timebase, so that this may be anything |
//! | `pause N` | executes so many instructions more |
//! | `give_way` | has the other threads come to where they wait, if exact time is theirs |
//! | `settle` | spins for a sixteenth of what `await` would: longer than a busy host is late with a timer |
//! | `interrupts_on` | turns MSR\[EE\] on |
//! | `hid0_on BITS` | turns these bits of HID0 on |
//! | `enter_guest LABEL, BITS` | goes on there as a guest in real mode, with these bits of MSR beside SF |
//! | `resync` | asks firmware for the timebase, as the host does, once in a program: it does nothing and is called [`RESYNC`] |
//! | `done` | the thread ends |
//!
//! An interrupt that the thread has no `.on` for ends it with [`STOPPED`] and the vector. Registers 27 to 31, cr5 to cr7,
//! HSPRG0 and SPRG3 are the frame's. In a handler r29 is the vector; what comes through HSRR0, which may interrupt another's
//! handler in a guest, leaves what it was in HSPRG0. Addresses 0xb0 to 0xef stay zero: the plugin puts its stubs there.

mod around;
mod words;

use crate::asm::{self, Line};
use around::around;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use words::expanded;

/// Seen where a thread has waited in vain.
pub const LATE: u64 = 0x1a7e << 48;
/// Seen where an interrupt ended a thread; its vector is added.
pub const STOPPED: u64 = 0x57a9 << 48;
/// How long a thread waits for another, in ticks; the machine runs for twice that at the most.
pub const PATIENCE: u64 = cpu_model::timebase::HZ / 64;
/// The same where time is a host's, which may be busy.
pub const PATIENCE_OF_A_HOST: u64 = cpu_model::timebase::HZ;

/// The host's name for the function that asks firmware for the timebase, which the plugin looks for, and how far behind its
/// start the plugin does.
pub const RESYNC: &str = "opal_resync_timebase";
/// See [`RESYNC`].
pub const LOCAL_ENTRY: u64 = 8;

/// A word: the last `signal`.
const FLAG: u64 = 0x7800;
/// A doubleword: [`PATIENCE`].
const PATIENCE_AT: u64 = 0x7880;

/// A program in its frame.
#[derive(Debug, Clone)]
pub struct Framed {
    /// What memory holds at the start, from address 0 on.
    pub image: Vec<u8>,
    /// The threads that it names.
    pub threads: Vec<u8>,
    /// Where it has the function that asks firmware for the timebase.
    pub resync: Option<u64>,
}

impl Framed {
    /// The same with threads that wait for so many ticks, up to 2^30.
    pub fn with_patience(mut self, ticks: u64) -> Framed {
        self.image[PATIENCE_AT as usize..][..8].copy_from_slice(&ticks.to_be_bytes());
        self
    }
}

/// Puts a program in its frame.
///
/// # Errors
/// The first line of the program that is none, and why.
///
/// # Panics
/// Where the frame itself is wrong.
pub fn framed(program: &str) -> Result<Framed, asm::Error> {
    let Parts { text, threads, handlers } = Parts::of(program)?;
    let observer = (0..8).rev().find(|t| !threads.contains(t)).unwrap_or(0);
    let (before, after) = around(&threads, observer, &handlers);
    let mut lines: Vec<Line<'_>> = Vec::new();
    for (part, is_program) in [(&before, false), (&text, true), (&after, false)] {
        for (mut line, of) in Line::all(part).zip(part.lines()) {
            line.number = if is_program { number_in_program(of) } else { 0 };
            lines.push(line);
        }
    }
    let asm::Assembled { image, names } = asm::assemble(&lines)?;
    let resync = names.get(RESYNC).copied();
    Ok(Framed { image, threads, resync }.with_patience(PATIENCE))
}

/// A line of the expanded text carries the number of the program's in a comment.
fn number_in_program(line: &str) -> usize {
    line.rsplit_once('#').and_then(|(_, number)| number.trim().parse().ok()).expect("it was put there")
}

struct Handler {
    thread: u8,
    vector: String,
    label: String,
}

/// A program without what the frame sees to.
struct Parts {
    text: String,
    threads: Vec<u8>,
    handlers: Vec<Handler>,
}

impl Parts {
    fn of(program: &str) -> Result<Parts, asm::Error> {
        let mut parts = Parts { text: String::new(), threads: vec![], handlers: vec![] };
        let mut thread = None;
        for line in Line::all(program) {
            let fail = |why: String| asm::Error { line: line.number, why };
            if let Some(label) = line.label {
                parts.push(&line, &format!("{label}:"));
            }
            match (line.mnemonic, &line.operands[..]) {
                (".thread", &[number]) => {
                    let number: u8 = number
                        .parse()
                        .ok()
                        .filter(|n| *n < 8)
                        .ok_or_else(|| fail(format!("'{number}' is no thread, 0 to 7")))?;
                    if parts.threads.contains(&number) {
                        return Err(fail(format!("there are two of thread {number}")));
                    }
                    parts.threads.push(number);
                    thread = Some(number);
                    parts.push(&line, &format!("thread{number}:"));
                }
                (".on", &[vector, label]) => {
                    let thread = thread.ok_or_else(|| fail("before the first .thread".into()))?;
                    parts.handlers.push(Handler { thread, vector: vector.into(), label: label.into() });
                }
                (".thread" | ".on", _) => return Err(fail(format!("{} of what?", line.mnemonic))),
                _ => expanded(&line).iter().for_each(|code| parts.push(&line, code)),
            }
        }
        Ok(parts)
    }

    fn push(&mut self, line: &Line<'_>, code: &str) {
        writeln!(self.text, "{code} # {}", line.number).expect("a String takes all");
    }
}

/// What the observer has printed: a line for each thread that has ended, its number and what it has seen, and a dot.
/// `None` where that is something else, or its end is missing.
pub fn seen(printed: &str) -> Option<BTreeMap<u8, Vec<u64>>> {
    let mut lines = printed.lines();
    let mut seen = BTreeMap::new();
    loop {
        let line = lines.next()?;
        if line == "." {
            return Some(seen);
        }
        let mut words = line.split(' ');
        let thread = words.next()?.parse().ok()?;
        let values = words.map(|word| u64::from_str_radix(word, 16).ok()).collect::<Option<_>>()?;
        seen.insert(thread, values);
    }
}
