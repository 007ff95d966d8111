// SPDX-License-Identifier: GPL-2.0-or-later
//! What software does that is worth a word: looked at, counted, said once for each place.

use crate::plugin::Plugin;
use crate::symbols::Symbols;
use crate::vcpu::{Reg, Vcpu};
use cpu_model::lint::Act;
use cpu_model::recording::Found;
use cpu_model::{Event, insn::PowerSaving, spr};

/// Places that are said of a thread; more are only counted.
const MOST_PLACES: usize = 1000;

/// A thread does something at `pc`.
pub fn act(p: &Plugin, v: &mut Vcpu, pc: u64, act: &Act) {
    if !p.is_exact() {
        return;
    }
    for finding in p.lint(v.core).apply(v.thread, act) {
        if finding.deviation().is_none() && !p.options.lint {
            continue;
        }
        if let Some((_, count)) = v.findings.get_mut(&(finding, pc)) {
            *count += 1;
            continue;
        }
        let place = place(p, v, pc);
        if v.findings.len() < MOST_PLACES {
            tracing::warn!("{finding}: thread {} at {pc:#x} {place}: {}", v.index, finding.title());
        }
        v.findings.insert((finding, pc), (place, 1));
    }
}

/// Where that is, as far as it has a name.
fn place(p: &Plugin, v: &Vcpu, pc: u64) -> String {
    match v.seen.0 {
        mode if mode.is_guest() => "in a guest".into(),
        mode if mode.is_user() => "in a process".into(),
        _ => p.symbols.describe(pc),
    }
}

/// The same where it is only looked for on request.
pub fn asked(p: &Plugin, v: &mut Vcpu, pc: u64, of: impl FnOnce(&Vcpu) -> Act) {
    if p.options.lint {
        act(p, v, pc, &of(v));
    }
}

/// A power-saving instruction.
pub fn power_save(p: &Plugin, v: &mut Vcpu, level: PowerSaving, pc: u64, le: bool) {
    let before = p.options.lint.then(|| words_before(v, Symbols::without_mapping(pc), le)).flatten();
    act(p, v, pc, &Act::PowerSave { level, msr: v.get(Reg::Msr, le), before });
}

fn words_before(v: &Vcpu, real: u64, le: bool) -> Option<[u32; 4]> {
    let pair = |address| {
        let bytes = v.read_words(address)?;
        let (first, second) = bytes.split_at(4);
        let word = |bytes: &[u8]| {
            let bytes = bytes.try_into().expect("four");
            if le { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) }
        };
        Some((word(first), word(second)))
    };
    let (first, second) = pair(real.checked_sub(16)?)?;
    let (third, fourth) = pair(real - 8)?;
    Some([first, second, third, fourth])
}

/// `mtspr` in hypervisor state.
pub fn write(p: &Plugin, v: &mut Vcpu, pc: u64, event: &Event, le: bool) {
    if let Event::WriteSpr { spr, value } = *event
        && (spr == spr::TFMR || p.options.lint)
    {
        act(p, v, pc, &Act::Write { spr, value, lpcr: v.get(Reg::Lpcr, le) });
    }
}

/// `msgsnd` or `msgsndp`.
pub fn send(p: &Plugin, v: &mut Vcpu, pc: u64, rb: u64) {
    if rb >> 32 != 0 || p.options.lint {
        act(p, v, pc, &Act::Send { rb });
    }
}

/// All that was found, thread by thread.
pub fn found(p: &Plugin) -> Vec<Found> {
    let threads = p.present().map(|vcpu| (vcpu.index as u32, vcpu.findings.clone())).collect::<Vec<_>>();
    let all = threads.into_iter().flat_map(|(thread, findings)| {
        findings.into_iter().map(move |((finding, pc), (place, count))| Found {
            finding: finding.name().into(),
            thread,
            pc,
            place,
            count,
        })
    });
    all.collect()
}
