// SPDX-License-Identifier: GPL-2.0-or-later
//! One hardware thread's account.

use super::Span;
use super::cede::{CedeLedger, Cedes};
use super::ipi::{Inbox, IpiKind, Ipis};
use super::nap::{NapLedger, Naps};
use crate::{DoorbellKind, Event, Landmark, Sample, State, WakeReason, thread::RunState, vector};
use enum_map::EnumMap;

/// What a thread's time comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ThreadAccount {
    /// Timebase ticks by state. They add up to the run's elapsed time.
    pub ticks: EnumMap<State, u64>,
    /// Instructions by state. They add up to what the thread executed.
    pub instructions: EnumMap<State, u64>,
    /// Its stays in power saving.
    pub naps: Naps,
    /// Times for which the host gave it to KVM.
    pub cedes: Cedes,
    /// What it sent to other threads and took from them.
    pub ipis: Ipis,
    /// How often it went from hypervisor state to a guest, returns from a call that KVM handled in real
    /// mode included.
    pub guest_entries: u64,
    /// How often an interrupt took it from a guest to hypervisor state.
    pub guest_exits: u64,
}

/// A thread while the run goes on.
#[derive(Clone, Debug)]
pub(super) struct ThreadLedger {
    index: usize,
    run: RunState,
    account: ThreadAccount,
    naps: NapLedger,
    cedes: CedeLedger,
    inbox: Inbox,
    last: Sample,
    /// Since when the thread has been in its state.
    since: u64,
}

impl ThreadLedger {
    pub(super) fn new(index: usize) -> ThreadLedger {
        ThreadLedger {
            index,
            run: RunState::default(),
            account: ThreadAccount::default(),
            naps: NapLedger::default(),
            cedes: CedeLedger::default(),
            inbox: Inbox::default(),
            last: Sample::default(),
            since: 0,
        }
    }

    pub(super) fn state(&self) -> State {
        self.run.state()
    }

    pub(super) fn last_tb(&self) -> u64 {
        self.last.tb
    }

    pub(super) fn sent(&mut self, kind: IpiKind) {
        self.account.ipis.sent[kind] += 1;
    }

    /// The thread's MFRR was written, by itself or another.
    pub(super) fn mfrr(&mut self, tb: u64, priority: u8) {
        if self.inbox.mfrr(tb, priority) {
            self.account.ipis.received[IpiKind::Xics] += 1;
        }
    }

    pub(super) fn apply(&mut self, at: Sample, event: &Event) -> Option<Span> {
        let before = self.run;
        self.charge(at);
        self.run.apply(event);
        match *event {
            Event::PowerSave { .. } => self.naps.begin(at.tb),
            Event::Wake { reason } => {
                self.naps.end(at.tb, reason);
                self.woken(at.tb, reason);
            }
            Event::Interrupt { vector, .. } => {
                self.naps.end(at.tb, WakeReason::Other);
                self.interrupted(at.tb, vector);
            }
            Event::Resume { .. } => self.naps.end(at.tb, WakeReason::Other),
            Event::DoorbellCleared { kind: DoorbellKind::Hypervisor } => {
                self.inbox.doorbell_cleared(IpiKind::Doorbell);
            }
            Event::DoorbellCleared { kind: DoorbellKind::Privileged } => {
                self.inbox.doorbell_cleared(IpiKind::GuestDoorbell);
            }
            Event::Landmark(Landmark::Cede) => self.cedes.begin(at.tb),
            Event::Landmark(Landmark::CedeReturn) => self.cedes.end(at.tb),
            // What is sent is counted where the receiver is known; the rest only the model looks at.
            _ => {}
        }
        match (before.mode().is_guest(), self.run.mode().is_guest()) {
            (false, true) => self.account.guest_entries += 1,
            (true, false) => self.account.guest_exits += 1,
            _ => {}
        }
        if before.state() == self.run.state() { None } else { self.span(before.state()) }
    }

    pub(super) fn finish(mut self, at: Sample) -> (ThreadAccount, Option<Span>) {
        self.charge(at);
        self.account.naps = self.naps.clone().finish(self.last.tb);
        self.account.cedes = self.cedes.clone().finish(self.last.tb);
        let span = self.span(self.run.state());
        (self.account, span)
    }

    /// What has passed since the last event is the state's that held until now.
    fn charge(&mut self, at: Sample) {
        let state = self.run.state();
        self.account.ticks[state] += at.tb.saturating_sub(self.last.tb);
        self.account.instructions[state] += at.instructions.saturating_sub(self.last.instructions);
        self.last.tb = self.last.tb.max(at.tb);
        self.last.instructions = self.last.instructions.max(at.instructions);
    }

    /// The stretch that ends now, unless it is empty.
    fn span(&mut self, state: State) -> Option<Span> {
        let from = std::mem::replace(&mut self.since, self.last.tb);
        (from < self.last.tb).then_some(Span { thread: self.index, state, from, to: self.last.tb })
    }

    fn woken(&mut self, tb: u64, reason: WakeReason) {
        let (kind, received) = match reason {
            WakeReason::HypervisorDoorbell => {
                (IpiKind::Doorbell, self.inbox.doorbell_wake(IpiKind::Doorbell))
            }
            WakeReason::PrivilegedDoorbell => {
                (IpiKind::GuestDoorbell, self.inbox.doorbell_wake(IpiKind::GuestDoorbell))
            }
            WakeReason::External => (IpiKind::Xics, self.inbox.external(tb)),
            _ => return,
        };
        self.account.ipis.received[kind] += u64::from(received);
    }

    fn interrupted(&mut self, tb: u64, vector: u16) {
        let (kind, received) = match vector {
            vector::HYPERVISOR_DOORBELL => {
                (IpiKind::Doorbell, self.inbox.doorbell_interrupt(IpiKind::Doorbell))
            }
            vector::PRIVILEGED_DOORBELL => {
                (IpiKind::GuestDoorbell, self.inbox.doorbell_interrupt(IpiKind::GuestDoorbell))
            }
            // One that stays in the guest was made by LPCR[MER], not by the thread's ICP.
            vector::EXTERNAL if !self.run.mode().is_guest() => (IpiKind::Xics, self.inbox.external(tb)),
            _ => return,
        };
        self.account.ipis.received[kind] += u64::from(received);
    }
}
