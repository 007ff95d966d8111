// SPDX-License-Identifier: GPL-2.0-or-later
//! A program's text.

use super::act::{Act, FAR};
use super::state::State;
use super::{HANDLERS, Program};
use std::fmt;

/// Blocks that a thread runs before its step, in which it takes what was sent to it before.
const TAKES: u32 = 40;

pub(super) fn write(program: &Program, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let steps = &program.steps;
    let mut state = State::default();
    steps.iter().for_each(|step| state.take(step));
    for thread in (0..8).filter(|t| steps.iter().any(|step| step.thread == *t)) {
        writeln!(f, ".thread {thread}")?;
        for ((vector, label), _) in HANDLERS.iter().zip(program.handlers).filter(|(_, has)| *has) {
            writeln!(f, "\t.on\t{vector}, {label}")?;
        }
        for (n, step) in steps.iter().enumerate().filter(|(_, step)| step.thread == thread) {
            // Nobody says where HDEC is at power-on.
            if n == 0 {
                writeln!(f, "\tload\tr5, {FAR:#x}\n\tmtspr\thdec, r5")?;
            }
            let is_other = |other: Option<&super::Step>| other.is_some_and(|other| other.thread != thread);
            let before = n.checked_sub(1).map(|n| &steps[n]);
            if is_other(before) {
                writeln!(f, "\tawait\t{n}\n\tpause\t{TAKES}")?;
            }
            // A thread that has said so is about to sleep, or one takes what was sent to it.
            if before.is_some_and(|step| step.act.concerns_others()) {
                writeln!(f, "\tgive_way")?;
            }
            let signals = is_other(steps.get(n + 1));
            let sleeps = matches!(step.act, Act::Sleep { .. });
            if signals && sleeps {
                writeln!(f, "\tsignal\t{}", n + 1)?;
            }
            step.act.write(n + 1, f)?;
            // An interrupt that is due now comes here.
            writeln!(f, "\tisync")?;
            if signals && !sleeps {
                writeln!(f, "\tsignal\t{}", n + 1)?;
            }
        }
        // Whoever ends may have to print.
        if state.threads[usize::from(thread)].guest {
            writeln!(f, "\tsc\t1")?;
        }
        writeln!(f, "\tli\tr5, 0\n\tmtmsrd\tr5, 1\n\tdone")?;
    }
    handlers(program, f)
}

fn handlers(program: &Program, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let has = |name: &str| HANDLERS.iter().zip(program.handlers).any(|((_, l), has)| *l == name && has);
    // To the hypervisor, which lets no more come; a mediated one is the guest's.
    if has("presented") {
        writeln!(f, "presented:\tsee\tr29\n\tmfmsr\tr24\n\trldicl\tr24, r24, 4, 63\n\tcmpdi\tcr7, r24, 0")?;
        writeln!(f, "\tbeq\tcr7, behind\n\tmfspr\tr24, pir\n\tsldi\tr24, r24, 12")?;
        writeln!(f, "\tload\tr29, icp.base | icp.cppr\n\tadd\tr24, r24, r29\n\tli\tr29, 0")?;
        writeln!(f, "\tstbcix\tr29, r0, r24\n\thrfid")?;
    }
    if has("woken") {
        writeln!(f, "woken:\tsee\tr29\n\tmfspr\tr24, srr1\n\tsrdi\tr24, r24, 16\n\tandi.\tr29, r24, 0x3f")?;
    }
    // Behind what it interrupted, in the mode that it brought.
    if has("woken") || has("goes_on") || has("presented") {
        writeln!(f, "goes_on:\tsee\tr29\nbehind:\tmfspr\tr24, srr0\n\tmtspr\tlr, r24\n\tblr")?;
    }
    if has("expired") {
        writeln!(f, "expired:\tload\tr24, {FAR:#x}\n\tmtdec\tr24")?;
    }
    if has("expired") || has("rung") {
        writeln!(f, "rung:\tsee\tr29\n\trfid")?;
    }
    if has("called") {
        writeln!(f, "called:\tsee\tr29\n\tmfspr\tr29, hsprg0\n\thrfid")?;
    }
    Ok(())
}
