// SPDX-License-Identifier: GPL-2.0-or-later
//! Faults put on hardware threads (`inject=`).
//!
//! An injection that has come due waits on its thread until the thread is in a state that takes it. A thread
//! that runs is looked at before each block; one that naps is woken ([`controller`]).

pub mod controller;
mod spec;
pub mod stall;
pub mod take;

pub use spec::{Kind, Named, Spec, When};

use crate::qemu::Slots;
use crate::symbols::{NO_SYMBOLS, Symbols};
use cpu_model::Event;
use cpu_model::fault::Fault;
use spec::Repeat;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard};

/// What is to be put on threads, and how far that is.
pub struct Injector {
    specs: Vec<Spec>,
    /// Instructions (without the linear mapping's bits) that an injection waits for.
    addresses: Vec<(u64, usize)>,
    /// Not 0: the vCPU has something due.
    pub due: Slots,
    /// Not 0: the vCPU executes nothing.
    pub stalled: Slots,
    /// The next time that something waits for; `u64::MAX` for none.
    next_tb: AtomicU64,
    /// Whether a presentation controller is to be asked: to wake a controller, or for an external interrupt.
    ask: AtomicBool,
    threads_per_core: usize,
    state: Mutex<State>,
}

struct State {
    /// How often each specification's moment came; of a time, the next one.
    counts: Vec<u64>,
    threads: Vec<Thread>,
    /// External interrupts to be requested.
    external: Vec<usize>,
}

#[derive(Clone, Default)]
struct Thread {
    due: VecDeque<(usize, Fault)>,
    stall: stall::Stall,
    in_guest: bool,
    /// LPCR, while it naps.
    naps: Option<u64>,
    wake: Wake,
}

/// How far waking a controller is.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Wake {
    #[default]
    No,
    Wanted,
    /// Done, with the MFRR that it had.
    Done(u8),
}

impl Injector {
    /// Those that `specs` name; `None` where there are none and it `holds` no thread for other reasons.
    ///
    /// # Errors
    /// One line that names the injection, what is wrong with it and what would be right.
    pub fn new(
        specs: Vec<Spec>,
        symbols: &Symbols,
        threads: usize,
        threads_per_core: usize,
        holds: bool,
    ) -> Result<Option<Injector>, String> {
        let mut addresses = Vec::new();
        for (index, spec) in specs.iter().enumerate() {
            let asked = &spec.asked;
            let wrong =
                |why: String| format!("inject={}@cpu{}:{}: {why}", asked.kind, asked.thread, asked.at);
            if spec.thread >= threads {
                return Err(wrong(format!(
                    "this machine's threads are cpu0 to cpu{}",
                    threads.saturating_sub(1)
                )));
            }
            match &spec.when {
                When::Symbol { name, offset } => {
                    let address = symbols.address(name, *offset).map_err(wrong)?;
                    addresses.push((address, index));
                }
                When::Event(Named::Landmark(landmark)) if !symbols.has(*landmark) => {
                    const WHY: &str = "the event is found by a name of the host kernel";
                    let rest = if symbols.is_known() { " that the symbols do not have" } else { NO_SYMBOLS };
                    return Err(wrong(format!("{WHY}{rest}")));
                }
                When::Event(_) | When::Tb(_) => {}
            }
        }
        if specs.is_empty() && !holds {
            return Ok(None);
        }
        let times = |spec: &Spec| if let When::Tb(at) = spec.when { at } else { 0 };
        let injector = Injector {
            addresses,
            due: Slots::new(),
            stalled: Slots::new(),
            next_tb: AtomicU64::new(0),
            ask: AtomicBool::new(false),
            threads_per_core,
            state: State {
                counts: specs.iter().map(times).collect(),
                threads: vec![Thread::default(); threads],
                external: Vec::new(),
            }
            .into(),
            specs,
        };
        Ok(Some(injector))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("a panic ends the run")
    }

    fn at(&self, pc: u64) -> impl Iterator<Item = usize> {
        let real = Symbols::without_mapping(pc);
        self.addresses.iter().filter(move |(address, _)| *address == real).map(|(_, index)| *index)
    }

    /// Whether an injection waits for the instruction.
    pub fn awaits(&self, pc: u64) -> bool {
        self.at(pc).next().is_some()
    }

    /// A thread executes nothing for a while; no fault of the specifications.
    pub fn hold(&self, thread: usize, stall: stall::Stall) {
        let held = &mut self.state().threads[thread].stall;
        if !held.is_due() {
            *held = stall;
            self.stalled.set(thread, 1);
        }
    }

    /// It is `tb` ticks since power-on. Asked once a turn.
    pub fn time(&self, tb: u64) {
        if tb < self.next_tb.load(Relaxed) {
            return;
        }
        let mut state = self.state();
        for (index, spec) in self.specs.iter().enumerate() {
            let When::Tb(_) = spec.when else { continue };
            if state.counts[index] > tb {
                continue;
            }
            state.counts[index] = match spec.repeat {
                Repeat::Nth(_) => u64::MAX,
                Repeat::Every(ticks) => (tb - (tb - state.counts[index]) % ticks).saturating_add(ticks),
            };
            self.make_due(&mut state, index);
        }
        let times = self.specs.iter().zip(&state.counts).filter(|(s, _)| matches!(s.when, When::Tb(_)));
        self.next_tb.store(times.map(|(_, at)| *at).min().unwrap_or(u64::MAX), Relaxed);
    }

    /// A thread reached an instruction that an injection waits for.
    pub fn reached(&self, thread: usize, pc: u64) {
        if self.state().threads[thread].stall.ended_at(pc) {
            return;
        }
        for index in self.at(pc).filter(|index| self.specs[*index].thread == thread) {
            self.occurs(&mut self.state(), index);
        }
    }

    /// Something happened to a thread. `lpcr`: asked for where it begins to nap.
    pub fn happened(&self, thread: usize, event: &Event, lpcr: impl FnOnce() -> u64) {
        let state = &mut self.state();
        let was_in_guest = state.threads[thread].in_guest;
        match *event {
            Event::Resume { mode, .. } | Event::Interrupt { mode, .. } => {
                state.threads[thread].in_guest = mode.is_guest();
                state.threads[thread].naps = None;
            }
            Event::Wake { .. } => state.threads[thread].naps = None,
            Event::PowerSave { .. } => state.threads[thread].naps = Some(lpcr()),
            Event::Landmark(_) => {}
            _ => return,
        }
        if state.threads[thread].naps.is_none() && state.threads[thread].wake == Wake::Wanted {
            state.threads[thread].wake = Wake::No;
        }
        let is_in_guest = state.threads[thread].in_guest;
        for (index, spec) in self.specs.iter().enumerate() {
            let When::Event(named) = spec.when else { continue };
            let mine = spec.thread == thread;
            let occurs = match (named, event) {
                (Named::GuestEntry, _) => mine && !was_in_guest && is_in_guest,
                (Named::GuestExit, _) => mine && was_in_guest && !is_in_guest,
                (Named::Nap, Event::PowerSave { .. }) | (Named::Wake, Event::Wake { .. }) => mine,
                (Named::Landmark(wanted), Event::Landmark(reached)) => mine && wanted == *reached,
                (Named::NapWhileSiblingInGuest, Event::PowerSave { .. }) => {
                    mine && self.siblings_in_guest(state, thread) > 0
                }
                (Named::NapWhileSiblingInGuest, Event::Resume { .. }) => {
                    !was_in_guest
                        && is_in_guest
                        && spec.thread / self.threads_per_core == thread / self.threads_per_core
                        && state.threads[spec.thread].naps.is_some()
                        && self.siblings_in_guest(state, spec.thread) == 1
                }
                _ => false,
            };
            if occurs {
                self.occurs(state, index);
            }
        }
    }

    fn siblings_in_guest(&self, state: &State, thread: usize) -> usize {
        let first = thread / self.threads_per_core * self.threads_per_core;
        let last = (first + self.threads_per_core).min(state.threads.len());
        state.threads[first..last].iter().filter(|t| t.in_guest).count()
    }

    fn occurs(&self, state: &mut State, index: usize) {
        state.counts[index] += 1;
        if self.specs[index].repeat.includes(state.counts[index]) {
            self.make_due(state, index);
        }
    }

    fn make_due(&self, state: &mut State, index: usize) {
        let spec = &self.specs[index];
        let thread = &mut state.threads[spec.thread];
        let fault = match spec.kind {
            Kind::Fault(fault) => fault,
            Kind::External => {
                state.external.push(index);
                self.ask.store(true, Relaxed);
                return;
            }
            Kind::Stall(ns) => {
                thread.stall.begin(index, ns);
                self.stalled.set(spec.thread, 1);
                return;
            }
        };
        // What still waits for its state becomes one with it, as a bit that is set twice.
        if !thread.due.iter().any(|(waiting, _)| *waiting == index) {
            thread.due.push_back((index, fault));
        }
        self.due.set(spec.thread, 1);
        if thread.wake == Wake::No && thread.naps.is_some_and(|lpcr| controller::can_wake(fault, lpcr)) {
            thread.wake = Wake::Wanted;
            self.ask.store(true, Relaxed);
        }
    }

    /// Takes what is due on a thread and that `may` come, the first by rank and age; its number.
    fn take(&self, thread: usize, may: impl Fn(Fault) -> bool) -> Option<(u16, Fault)> {
        let mut state = self.state();
        let due = &mut state.threads[thread].due;
        let possible = due.iter().enumerate().filter(|(_, (_, fault))| may(*fault));
        let (place, _) = possible.min_by_key(|(_, (_, fault))| fault.rank())?;
        let (index, fault) = due.remove(place)?;
        if due.is_empty() {
            self.due.set(thread, 0);
        }
        Some((index as u16, fault))
    }

    /// What was taken could not be put on the thread yet.
    fn give_back(&self, thread: usize, (index, fault): (u16, Fault)) {
        self.state().threads[thread].due.push_front((usize::from(index), fault));
        self.due.set(thread, 1);
    }
}
