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

use crate::asm::{self, Line};
use std::collections::BTreeMap;
use std::fmt::Write as _;

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

/// Where each thread's list of what it has seen begins, and how long it may be, in bytes.
const SEEN: u64 = 0x6000;
const SEEN_LEN: u64 = 0x200;
const FLAG: u64 = 0x7800;
/// A doubleword: [`PATIENCE`].
const PATIENCE_AT: u64 = 0x7880;
/// A doubleword for each thread: the end of its list once it has ended.
const ENDED: u64 = 0x7900;
const VECTORS: [u64; 26] = [
    0x100, 0x200, 0x300, 0x380, 0x400, 0x480, 0x500, 0x600, 0x700, 0x800, 0x900, 0x980, 0xa00, 0xc00, 0xd00,
    0xe00, 0xe20, 0xe40, 0xe60, 0xe80, 0xf00, 0xf20, 0xf40, 0xf60, 0xf80, 0x1500,
];

/// What a thread does when it wakes. Little-endian the first word is a branch to where the other words turn MSR[LE] off.
const WOKEN: &str = "
        tdi 0, r0, 0x48
        b woken_big
        le.li r28, woken_big
        le.mtspr hsrr0, r28
        le.mfmsr r28
        le.rldicr r28, r28, 0, 62
        le.mtspr hsrr1, r28
        le.hrfid
woken_big:
        mfspr r30, sprg3
        mfspr r31, pir
        clrldi r31, r31, 61
";

/// Those that save into HSRR0 and HSRR1.
const TO_HSRR: [u64; 7] = [0x980, 0xe00, 0xe20, 0xe40, 0xe60, 0xe80, 0xf80];

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
    let (before, after) = frame(&threads, observer, &handlers);
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
                _ => parts.expand(&line),
            }
        }
        Ok(parts)
    }

    fn push(&mut self, line: &Line<'_>, code: &str) {
        writeln!(self.text, "{code} # {}", line.number).expect("a String takes all");
    }

    /// What the frame has a name for, in instructions.
    fn expand(&mut self, line: &Line<'_>) {
        let n = line.number;
        let codes: Vec<String> = match (line.mnemonic, &line.operands[..]) {
            ("see", &[register]) => {
                vec![format!("std {register}, 0(r30)"), "addi r30, r30, 8".into(), "mtspr sprg3, r30".into()]
            }
            ("signal", &[number]) => {
                vec![
                    "sync".into(),
                    format!("load r28, {number}"),
                    format!("stw r28, {FLAG}(r0)"),
                    "sync".into(),
                ]
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
        };
        for code in codes {
            self.push(line, &code);
        }
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

/// What is before a program and behind it.
fn frame(threads: &[u8], observer: u8, handlers: &[Handler]) -> (String, String) {
    let mut before = String::from(".org 0x10\nb begin\n");
    for vector in VECTORS {
        let (save, by) = if TO_HSRR.contains(&vector) { ("mtspr hsprg0, r29\n", 5) } else { ("", 7) };
        // Power saving may have lost what the frame keeps in general registers.
        let find = if vector == 0x100 { WOKEN } else { "" };
        write!(before, ".org {vector}\n{save}{find}load r29, {vector}\nb handlers{by}\n")
            .expect("a String takes all");
    }
    before += "
        .org 0x2000
begin:  load r28, 0
        mtspr lpcr, r28
        mtspr rmor, r28
        load r28, 0x7fffffff
        mtdec r28
        mfspr r31, pir
        clrldi r31, r31, 61
";
    writeln!(before, "sldi r30, r31, {}\naddi r30, r30, {SEEN}\nmtspr sprg3, r30", SEEN_LEN.trailing_zeros())
        .expect("a String takes all");
    let mut begin = |thread: u8, label: &str| {
        writeln!(before, "cmpwi cr7, r31, {thread}\nbeq cr7, {label}").expect("a String takes all");
    };
    for thread in threads {
        begin(*thread, &format!("thread{thread}"));
    }
    if !threads.contains(&observer) {
        begin(observer, "observe");
    }
    before += "never: nap\nb never\n";
    // By condition fields of their own: one may interrupt the other.
    for by in [5, 7] {
        writeln!(before, "handlers{by}:").expect("a String takes all");
        for (n, Handler { thread, vector, label }) in handlers.iter().enumerate() {
            write!(
                before,
                "cmpwi cr{by}, r31, {thread}\nbne cr{by}, other{by}_{n}\n\
                 cmpwi cr{by}, r29, {vector}\nbeq cr{by}, {label}\nother{by}_{n}:\n"
            )
            .expect("a String takes all");
        }
        before += "b unexpected\n";
    }
    let rest = threads.len();
    let after = format!(
        "
        load r28, {STOPPED}
        or r28, r28, r29
        b last
late:   load r28, {LATE}
last:   std r28, 0(r30)
        addi r30, r30, 8
finish: sync
        sldi r28, r31, 3
        std r30, {ENDED}(r28)
        sync
        cmpwi cr7, r31, {observer}
        beq cr7, observe
ended:  or r1, r1, r1
        b ended

observe:
        ld r20, {PATIENCE_AT}(r0)
        add r20, r20, r20
        mtdec r20
watch:  or r1, r1, r1
        mfdec r20
        cmpwi cr7, r20, 0
        blt cr7, print_all
        li r22, 0
        li r23, 0
count:  sldi r24, r22, 3
        ld r24, {ENDED}(r24)
        cmpdi cr7, r24, 0
        beq cr7, more
        addi r23, r23, 1
more:   addi r22, r22, 1
        cmpwi cr7, r22, 8
        blt cr7, count
        cmpwi cr7, r23, {rest}
        blt cr7, watch

print_all:
        or r2, r2, r2
        li r22, 0
thread: sldi r24, r22, {shift}
        addi r24, r24, {SEEN}
        sldi r25, r22, 3
        ld r25, {ENDED}(r25)
        cmpdi cr7, r25, 0
        beq cr7, next
        addi r4, r22, 48
        bl print
value:  cmpld cr7, r24, r25
        bge cr7, line
        li r4, 32
        bl print
        ld r3, 0(r24)
        addi r24, r24, 8
        li r6, 16
digit:  rldicl r4, r3, 4, 60
        sldi r3, r3, 4
        cmpwi cr7, r4, 10
        blt cr7, small
        addi r4, r4, 39
small:  addi r4, r4, 48
        bl print
        addi r6, r6, -1
        cmpwi cr7, r6, 0
        bgt cr7, digit
        b value
line:   li r4, 10
        bl print
next:   addi r22, r22, 1
        cmpwi cr7, r22, 8
        blt cr7, thread
        li r4, 46
        bl print
        li r4, 10
        bl print
        load r5, 1 << 32
        mtspr hid0, r5
        isync
        attn

# The first serial port hangs on the LPC bus, which is behind XSCOM registers of the chip (skiboot hw/lpc.c, opb_write).
print:  load r7, 0x3fc0000b00218
        sldi r4, r4, 56
        sync
        stdcix r4, r0, r7
        addi r7, r7, -0x18
        load r8, 0xd1000000d00103f8
        stdcix r8, r0, r7
        sync
        blr
",
        shift = SEEN_LEN.trailing_zeros(),
    );
    // What no handler takes goes on behind the handlers.
    (before, after.replacen("\n        load r28, ", "\nunexpected: load r28, ", 1))
}
