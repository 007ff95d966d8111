// SPDX-License-Identifier: GPL-2.0-or-later
//! Which step may come next. The order of the steps says enough of the core for that: handlers go back to where the
//! thread was.

use super::Step;
use super::act::Act;
use super::register::Access;
use cpu_model::doorbell::Message;
use cpu_model::{DoorbellKind, THREADS_PER_CORE, lpcr, msr};

/// What is known of a thread.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Thread {
    pub(super) guest: bool,
    /// Nothing has come that surely wakes it.
    pub(super) asleep: bool,
    /// MSR\[EE\] is on.
    interrupts: bool,
    /// DEC is negative.
    expired: bool,
    /// A hypervisor doorbell may be pending.
    doorbell: bool,
    /// It may have been sent back to its guest from an interrupt of HDEC, which leaves HSRR0 and HSRR1 (deviation 8).
    sent_back: bool,
    pub(super) lpcr: u64,
}

/// What is known of the core.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    pub(super) threads: [Thread; THREADS_PER_CORE],
    /// It has been split.
    split: bool,
}

impl State {
    /// Whether a step can be done, and is of use.
    pub(super) fn allows(&self, step: &Step) -> bool {
        let thread = &self.threads[usize::from(step.thread)];
        if thread.asleep {
            return false;
        }
        let hypervisor = !thread.guest;
        match step.act {
            Act::Write { register, .. } => hypervisor || register.access == Access::Guest,
            Act::Read { register } if register.name == "hsrr1" => hypervisor && !thread.sent_back,
            Act::Read { register } => hypervisor || register.access != Access::Hypervisor,
            Act::Msr | Act::Call { lev: 0 } => true,
            Act::Call { .. } => thread.guest,
            Act::Send { kind: DoorbellKind::Hypervisor, rb } => {
                hypervisor && receiver(rb).is_none_or(|to| !self.threads[to].is_stuck())
            }
            Act::Send { .. } => true,
            Act::Clear { kind, .. } => hypervisor || kind == DoorbellKind::Privileged,
            Act::Decrementer { hypervisor: of_hypervisor, .. } => hypervisor || !of_hypervisor,
            // An HDEC that interrupts the hypervisor is the emulator's (deviation 8).
            Act::Interrupts { on } => !on || thread.guest || thread.lpcr & lpcr::HDICE == 0,
            Act::Lpcr { bits } => hypervisor && (!thread.interrupts || bits & lpcr::HDICE == 0),
            // Where a program has all threads, the first prints.
            Act::Sleep { .. } => hypervisor && step.thread != 0,
            Act::EnterGuest { .. } => hypervisor && !(thread.doorbell && thread.expired),
            Act::Split { .. } | Act::Whole => hypervisor,
            // It may wake the receiver: nothing here relies on that.
            Act::Request { .. } | Act::Mask { .. } | Act::Presented | Act::Accept => hypervisor,
            Act::Doze { .. } => hypervisor && thread.lpcr & lpcr::PECE_DECREMENTER != 0,
        }
    }

    /// A step is done.
    pub(super) fn take(&mut self, step: &Step) {
        if let Act::Decrementer { hypervisor: true, .. } = step.act {
            let raises = self.threads[usize::from(step.thread)].lpcr & lpcr::HDICE != 0;
            let of_others = self.split || !raises;
            self.threads.iter_mut().for_each(|thread| thread.sent_back |= thread.guest && of_others);
        }
        self.split |= matches!(step.act, Act::Split { .. });
        let thread = &mut self.threads[usize::from(step.thread)];
        match step.act {
            Act::Interrupts { on } => thread.interrupts = on,
            Act::Lpcr { bits } => thread.lpcr = bits,
            Act::EnterGuest { bits } => {
                (thread.guest, thread.interrupts) = (true, bits & msr::EE != 0);
                thread.sent_back = false;
            }
            Act::Call { lev } => {
                thread.guest &= lev == 0;
                thread.interrupts = false;
            }
            Act::Sleep { .. } => (thread.asleep, thread.interrupts) = (true, false),
            Act::Doze { .. } => (thread.expired, thread.interrupts) = (false, false),
            Act::Decrementer { hypervisor: false, expires } => thread.expired = expires,
            Act::Clear { kind: DoorbellKind::Hypervisor, rb } => thread.doorbell &= receiver(rb).is_none(),
            Act::Send { kind: DoorbellKind::Hypervisor, rb } => {
                if let Some(to) = receiver(rb).map(|to| &mut self.threads[to]) {
                    to.doorbell = true;
                    to.asleep &= to.lpcr & lpcr::PECE_HYPERVISOR_DOORBELL == 0;
                    to.interrupted();
                }
            }
            _ => {}
        }
        self.threads[usize::from(step.thread)].interrupted();
    }
}

impl Thread {
    /// What may interrupt it has done so.
    fn interrupted(&mut self) {
        self.doorbell &= !self.interrupts && !self.guest;
        self.expired &= !self.interrupts;
        self.interrupts &= !self.guest || self.lpcr & lpcr::MER == 0;
    }

    /// Its decrementer waits for MSR\[EE\], or is about to interrupt a guest before a doorbell does. The plugin has no way
    /// out of a guest in real mode past that: it fetches from where nothing is mapped, and without LPCR\[VPM0\] that is the
    /// guest's to handle (deviation 4).
    fn is_stuck(&self) -> bool {
        self.guest && self.expired && !self.interrupts
    }
}

/// The thread of the core that a hypervisor doorbell with this RB goes to.
fn receiver(rb: u64) -> Option<usize> {
    Message::from_rb(rb).map(|to| usize::from(to.thread)).filter(|to| *to < THREADS_PER_CORE)
}

/// Those of some steps that can be done one after the other.
pub(super) fn possible(steps: &[Step]) -> Vec<Step> {
    let mut state = State::default();
    let mut possible = Vec::new();
    for step in steps {
        if state.allows(step) {
            state.take(step);
            possible.push(*step);
        }
    }
    possible
}
