// SPDX-License-Identifier: GPL-2.0-or-later
//! Split cores: two or four sub-cores, each with shared registers and thread numbers of its own.
//!
//! The emulator knows none: what is shared it writes for all eight threads. What a sub-core writes is therefore kept
//! from it, or combined with what the others need, and what a thread reads is given to it.

use super::hdec::Hdec;
use super::partition::Shared;
use super::{Core, Effect, Effects};
use crate::{DoorbellKind, Event, Rule, THREADS_PER_CORE, hid0, spr};

/// As many as a core can be split in.
const MOST: usize = 4;

/// How a core is split, and what each of its parts has of its own. A whole core is one part.
#[derive(Clone, Debug)]
pub(super) struct SubCores {
    /// 1, 2 or 4.
    count: usize,
    /// HID0 as last written; `None` before the first write.
    hid0: Option<u64>,
    parts: [Part; MOST],
    /// Of RPR and LDBAR: a part has written it, and the emulator's, which it writes for all threads, is not every part's.
    strayed: [bool; 2],
}

#[derive(Clone, Debug, Default)]
pub(super) struct Part {
    pub(super) shared: Shared,
    pub(super) hdec: Hdec,
    /// How many ticks its timebase is ahead of the emulator's.
    ahead: u64,
    /// VTB as written while the core was split, and when; `None`: as the emulator has it.
    vtb: Option<(u64, u64)>,
    /// RPR and LDBAR as last written.
    kept: [u64; 2],
}

impl Default for SubCores {
    fn default() -> SubCores {
        SubCores {
            count: 1,
            hid0: None,
            parts: std::array::from_fn(|_| Part::default()),
            strayed: Default::default(),
        }
    }
}

impl SubCores {
    pub(super) fn is_split(&self) -> bool {
        self.count > 1
    }

    /// How many threads each has.
    fn size(&self) -> usize {
        THREADS_PER_CORE / self.count
    }

    /// The number of the first thread of the part that `t` is in.
    fn first(&self, t: usize) -> usize {
        t / self.size() * self.size()
    }

    /// The threads of the part that `t` is in, a bit for each.
    fn threads(&self, t: usize) -> u8 {
        (((1u16 << self.size()) - 1) << self.first(t)) as u8
    }

    /// The threads of the part that `t` is in.
    pub(super) fn range(&self, t: usize) -> std::ops::Range<usize> {
        self.first(t)..self.first(t) + self.size()
    }

    /// The part that thread `t` is in.
    pub(super) fn of(&self, t: usize) -> &Part {
        &self.parts[t / self.size()]
    }

    /// The part that thread `t` is in, to be changed.
    pub(super) fn of_mut(&mut self, t: usize) -> &mut Part {
        &mut self.parts[t / self.size()]
    }

    /// All parts.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Part> {
        self.parts[..self.count].iter()
    }

    /// Every part's timebase is so many ticks ahead of the emulator's. Whether one was not.
    pub(super) fn set_ahead(&mut self, ahead: u64) -> bool {
        let parts = &mut self.parts[..self.count];
        let changes = parts.iter().any(|part| part.ahead != ahead);
        parts.iter_mut().for_each(|part| part.ahead = ahead);
        changes
    }

    /// HID0 as it reads.
    fn hid0(&self) -> Option<u64> {
        let status = match self.count {
            2 => hid0::TWO_LPAR_MODE,
            4 => hid0::FOUR_LPAR_MODE,
            _ => 0,
        };
        self.hid0.map(|written| written & !(hid0::COMMANDS | hid0::STATUS) | status)
    }

    /// From 2 to 4, and back, a core has to be whole in between (Linux `platforms/powernv/subcore.c`).
    fn split(&mut self, command: u64) {
        self.count = match command {
            _ if self.is_split() => return,
            _ if command & hid0::ONE_TO_TWO_LPAR != 0 => 2,
            _ if command & hid0::ONE_TO_FOUR_LPAR != 0 => 4,
            _ => return,
        };
        let (whole, others) = self.parts.split_at_mut(1);
        others.fill(whole[0].clone());
    }
}

impl Core {
    /// What concerns the split itself, and what is each sub-core's own.
    pub(super) fn split(&mut self, t: usize, tb: u64, event: &Event, effects: &mut Effects) {
        if !self.rules.has(Rule::SubCore) {
            return;
        }
        let subs = &mut self.sub_cores;
        let mut ask = |effect| effects.push((Rule::SubCore, effect));
        match *event {
            Event::WriteSpr { spr: spr::HID0, value } => {
                subs.hid0 = Some(value);
                let was_whole = !subs.is_split();
                subs.split(value);
                if was_whole && subs.is_split() {
                    self.split_lacking();
                }
            }
            Event::ReadSpr { spr: spr::HID0 } => {
                if let Some(value) = subs.hid0().filter(|value| subs.hid0 != Some(*value)) {
                    ask(Effect::Give { value });
                }
            }
            Event::WriteTimebase { ahead } if subs.is_split() => {
                subs.of_mut(t).ahead = ahead;
                ask(Effect::Apart { threads: subs.threads(t), ahead });
                ask(Effect::Skip);
            }
            Event::WriteSpr { spr: spr::VTB, value } => {
                let split = subs.is_split();
                subs.of_mut(t).vtb = split.then_some((value, tb));
                if split {
                    ask(Effect::Skip);
                }
            }
            Event::ReadSpr { spr: spr::VTB } => {
                if let Some((value, at)) = subs.of(t).vtb {
                    ask(Effect::Give { value: value.wrapping_add(tb.wrapping_sub(at)) });
                }
            }
            Event::WriteSpr { spr: number @ (spr::RPR | spr::LDBAR), value } => {
                let n = usize::from(number == spr::LDBAR);
                subs.of_mut(t).kept[n] = value;
                subs.strayed[n] = subs.is_split();
            }
            Event::ReadSpr { spr: number @ (spr::RPR | spr::LDBAR) } => {
                let n = usize::from(number == spr::LDBAR);
                if subs.strayed[n] {
                    ask(Effect::Give { value: subs.of(t).kept[n] });
                }
            }
            // The hypervisor reads the thread's number in the core.
            Event::ReadSpr { spr: spr::TIR } if self.threads[t].run.mode().is_guest() => {
                let number = t - subs.first(t);
                if number != t {
                    ask(Effect::Give { value: number as u64 });
                }
            }
            Event::ReadSpr { spr: spr::DPDES }
                if subs.is_split() && !self.threads[t].run.mode().is_guest() =>
            {
                ask(Effect::ReadDoorbells { first: subs.first(t) as u8, threads: subs.threads(t) });
            }
            Event::WriteSpr { spr: spr::DPDES, value } if subs.is_split() => {
                let (first, threads) = (subs.first(t) as u8, subs.threads(t));
                ask(Effect::WriteDoorbells { first, threads, value });
            }
            _ => {}
        }
    }

    /// A directed privileged doorbell names a thread of its sub-core. The event as the rest of the core has it; `None`
    /// where there is no such thread.
    pub(super) fn within_sub_core(&self, t: usize, event: &Event, effects: &mut Effects) -> Option<Event> {
        let Event::DoorbellSent { kind: DoorbellKind::Privileged, to } = *event else { return Some(*event) };
        let subs = &self.sub_cores;
        if !subs.is_split() {
            return Some(*event);
        }
        if usize::from(to) >= subs.size() {
            effects.push((Rule::SubCore, Effect::Skip));
            return None;
        }
        let there = to + subs.first(t) as u8;
        if there != to {
            effects.push((Rule::SubCore, Effect::SendTo { thread: there }));
        }
        Some(Event::DoorbellSent { kind: DoorbellKind::Privileged, to: there })
    }

    /// A split core becomes whole once all its threads but the first are in power saving, unless that is disabled. What
    /// it has is what its first sub-core had.
    pub(super) fn merge(&mut self, effects: &mut Effects) {
        let subs = &mut self.sub_cores;
        let allowed = subs.hid0.is_some_and(|written| written & hid0::DYNAMIC_LPAR_DISABLE == 0);
        if !subs.is_split() || !allowed || !self.threads[1..].iter().all(|t| t.run.is_power_saving()) {
            return;
        }
        let apart = subs.iter().any(|part| part.ahead != subs.parts[0].ahead);
        subs.count = 1;
        if apart {
            let ahead = subs.parts[0].ahead;
            effects.push((Rule::SubCore, Effect::Apart { threads: u8::MAX, ahead }));
        }
    }
}
