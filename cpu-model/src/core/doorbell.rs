// SPDX-License-Identifier: GPL-2.0-or-later
//! Doorbells between the threads of a core.

use super::{Core, Effect, Effects, hdec};
use crate::vector::{
    DECREMENTER, EXTERNAL, HYPERVISOR_DOORBELL, HYPERVISOR_INSTRUCTION_STORAGE, HYPERVISOR_MAINTENANCE,
    MACHINE_CHECK, PRIVILEGED_DOORBELL, SYSTEM_RESET,
};
use crate::{DoorbellKind, Event, Mode, Rule, spr};

/// Interrupts of the instruction itself that save into HSRR0 and HSRR1: hypervisor data storage,
/// instruction storage, emulation assistance, maintenance, facility unavailable.
const TO_HSRR: [u16; 5] = [0xe00, 0xe20, 0xe40, 0xe60, 0xf80];
/// Blocks that a guest gets when the decrementer came in place of a doorbell: at first (the emulator enters a
/// block twice for an instruction that it executes exclusively), doubled each time, so many times.
const FIRST_RUN: u16 = 4;
const MOST_TRIES: u32 = 8;
/// HFSCR\[MSGP\], which POWER8 does not have and QEMU wants. Source: QEMU `target/ppc/cpu.h` (`HFSCR_MSGP`).
const HFSCR_MSGP: u64 = 1 << 10;

/// What is pending on one thread.
#[derive(Clone, Debug, Default)]
pub(super) struct Doorbells {
    /// Sent by `msgsnd`, neither taken nor cleared.
    pub(super) hypervisor: bool,
    /// Sent by `msgsndp`, neither taken nor cleared.
    pub(super) privileged: bool,
    /// The guest's mask was lifted for a hypervisor doorbell, and no interrupt has come yet.
    lifted: bool,
    /// The decrementer came in place of the doorbell: there is another way.
    force: bool,
    /// The guest was sent where nothing is mapped, and no interrupt has come yet.
    forced: bool,
    /// Blocks that the guest runs before its mask is lifted again.
    let_run: u16,
    /// How often in a row the decrementer came in place of the doorbell.
    tries: u32,
    /// A privileged doorbell was consumed while it was not due. Until the thread has left the guest, or is where
    /// it can be given back, the hypervisor's doorbell is pending as well.
    owed: bool,
    /// HFSCR\[MSGP\] was set for this thread.
    facility: bool,
}

impl Core {
    pub(super) fn pass_doorbells(&mut self, t: usize, event: &Event, effects: &mut Effects) {
        match *event {
            Event::DoorbellSent { kind: DoorbellKind::Hypervisor, to } => {
                let Some(target) = self.threads.get_mut(usize::from(to)) else { return };
                target.doorbells.hypervisor = true;
                if self.rules.has(Rule::HvDoorbell) {
                    effects.push((Rule::HvDoorbell, Effect::Poke(to)));
                }
            }
            Event::DoorbellSent { kind: DoorbellKind::Privileged, to } => {
                if let Some(target) = self.threads.get_mut(usize::from(to)) {
                    // One bit: with the one that is owed it makes one doorbell, which the emulator has.
                    target.doorbells.privileged = true;
                    target.doorbells.owed = false;
                }
                self.allow_privileged(t, effects);
            }
            Event::DoorbellCleared { kind: DoorbellKind::Hypervisor } => {
                self.threads[t].doorbells.end_hypervisor();
            }
            Event::DoorbellCleared { kind: DoorbellKind::Privileged } => {
                self.threads[t].doorbells.privileged = false;
                self.threads[t].doorbells.owed = false;
                self.allow_privileged(t, effects);
            }
            // QEMU asks for the same bit, has all threads of a split core, and not what is owed.
            Event::ReadSpr { spr: spr::DPDES }
                if self.threads[t].run.mode().is_guest() && self.rules.has(Rule::Msgsndp) =>
            {
                let of_part = self.threads[self.sub_cores.range(t)].iter().enumerate();
                let value = of_part.map(|(n, of)| u64::from(of.doorbells.privileged) << n).sum();
                effects.push((Rule::Msgsndp, Effect::Give { value }));
            }
            Event::WriteSpr { spr: spr::DPDES, value } => {
                for (n, of) in self.threads[self.sub_cores.range(t)].iter_mut().enumerate() {
                    of.doorbells.privileged = value >> n & 1 != 0;
                    of.doorbells.owed = false;
                }
            }
            Event::ReadSpr { spr: spr::HFSCR } if self.threads[t].doorbells.facility => {
                self.threads[t].doorbells.facility = false;
                effects.push((Rule::Msgsndp, change(0, HFSCR_MSGP)));
            }
            Event::WriteSpr { spr: spr::HFSCR, .. } => self.threads[t].doorbells.facility = false,
            Event::GuestBlock { ee } if self.rules.has(Rule::HvDoorbell) => {
                self.look_at_guest(t, ee, effects)
            }
            Event::Interrupt { vector, mode } => {
                self.return_owed(t, vector, mode, effects);
                self.take_interrupt(t, vector, effects);
            }
            _ => {}
        }
    }

    fn allow_privileged(&mut self, t: usize, effects: &mut Effects) {
        let doorbells = &mut self.threads[t].doorbells;
        if self.rules.has(Rule::Msgsndp) && !doorbells.facility {
            doorbells.facility = true;
            effects.push((Rule::Msgsndp, change(HFSCR_MSGP, 0)));
        }
    }

    fn look_at_guest(&mut self, t: usize, ee: bool, effects: &mut Effects) {
        let doorbells = &mut self.threads[t].doorbells;
        if doorbells.owed && ee {
            doorbells.owed = false;
            doorbells.privileged = false;
            let vector = PRIVILEGED_DOORBELL;
            effects.push((Rule::HvDoorbell, Effect::TakeGuestInterrupt { vector }));
        } else if doorbells.let_run > 0 {
            doorbells.let_run -= 1;
        } else if doorbells.hypervisor && !ee && doorbells.force {
            doorbells.force = false;
            doorbells.forced = true;
            effects.push((Rule::HvDoorbell, Effect::Unpoke));
            effects.push((Rule::HvDoorbell, Effect::ForceExit));
        } else if doorbells.hypervisor && !ee {
            doorbells.lifted = true;
            effects.push((Rule::HvDoorbell, Effect::Unpoke));
            effects.push((Rule::HvDoorbell, Effect::LiftMask));
        } else if !doorbells.hypervisor {
            effects.push((Rule::HvDoorbell, Effect::Unpoke));
        }
    }

    pub(super) fn take_interrupt(&mut self, t: usize, vector: u16, effects: &mut Effects) {
        let doorbells = &mut self.threads[t].doorbells;
        if std::mem::take(&mut doorbells.forced) {
            return doorbells.forced_interrupt(t, vector, effects);
        }
        let lifted = std::mem::take(&mut doorbells.lifted);
        match vector {
            HYPERVISOR_DOORBELL => doorbells.end_hypervisor(),
            PRIVILEGED_DOORBELL if !lifted => doorbells.privileged = false,
            _ => {}
        }
        if !lifted {
            return;
        }
        let effect = match vector {
            HYPERVISOR_DOORBELL | hdec::VECTOR | EXTERNAL => Effect::RestoreSavedMask { hypervisor: true },
            // The guest's own, which its EE still masks. A doorbell was consumed by its delivery and is owed. A
            // decrementer is a level, and the emulator would deliver it before the hypervisor's doorbell again
            // and again.
            PRIVILEGED_DOORBELL => {
                doorbells.owed = true;
                Effect::UndoInterrupt
            }
            DECREMENTER => {
                // With a doorbell owed the thread is busy enough on its way to the hypervisor.
                if doorbells.owed {
                    doorbells.back_off();
                } else {
                    doorbells.force = true;
                }
                Effect::UndoInterrupt
            }
            _ => Effect::RestoreSavedMask { hypervisor: TO_HSRR.contains(&vector) },
        };
        if doorbells.hypervisor {
            effects.push((Rule::HvDoorbell, Effect::Poke(t as u8)));
        }
        effects.push((Rule::HvDoorbell, effect));
    }

    /// KVM takes the guest's doorbells from DPDES when its partition leaves the core and naps a ceded thread
    /// until one comes (Linux `book3s_hv_rmhandlers.S`): what is owed must be pending there.
    fn return_owed(&mut self, t: usize, vector: u16, mode: Mode, effects: &mut Effects) {
        let doorbells = &mut self.threads[t].doorbells;
        if doorbells.owed && !mode.is_guest() {
            doorbells.owed = false;
            effects.push((Rule::HvDoorbell, Effect::ReturnGuestDoorbell { vector }));
        }
    }
}

impl Doorbells {
    fn back_off(&mut self) {
        self.let_run = FIRST_RUN << self.tries;
        self.tries = (self.tries + 1).min(MOST_TRIES);
    }

    fn forced_interrupt(&mut self, t: usize, vector: u16, effects: &mut Effects) {
        let effect = match vector {
            HYPERVISOR_INSTRUCTION_STORAGE => {
                self.end_hypervisor();
                effects.push((Rule::HvDoorbell, Effect::TakeForced));
                return;
            }
            // A fault that nobody sent, of the doorbell's own kind: the one that was sent is one with it.
            HYPERVISOR_DOORBELL => {
                self.end_hypervisor();
                effects.push((Rule::HvDoorbell, Effect::RestoreForcedPc { hypervisor: true }));
                return;
            }
            hdec::VECTOR | EXTERNAL | HYPERVISOR_MAINTENANCE => Effect::RestoreForcedPc { hypervisor: true },
            SYSTEM_RESET | MACHINE_CHECK => Effect::RestoreForcedPc { hypervisor: false },
            // The guest has no segment there: it must get on to where it takes its decrementer or sets DEC.
            _ => {
                self.back_off();
                Effect::UndoForced
            }
        };
        effects.push((Rule::HvDoorbell, Effect::Poke(t as u8)));
        effects.push((Rule::HvDoorbell, effect));
    }

    /// Delivered or cleared: the next one starts anew.
    fn end_hypervisor(&mut self) {
        self.hypervisor = false;
        self.let_run = 0;
        self.force = false;
        self.tries = 0;
    }
}

fn change(set: u64, clear: u64) -> Effect {
    Effect::ChangeSpr { spr: spr::HFSCR, set, clear }
}
