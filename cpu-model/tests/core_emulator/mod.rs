// SPDX-License-Identifier: GPL-2.0-or-later
//! Eight threads that take interrupts as QEMU's do and obey the model's effects, beside what POWER8 would
//! have pending. Every interrupt that software sees is checked against that.

#[path = "../core_events/mod.rs"]
mod core_events;

use core_events::*;
use cpu_model::core::{Core, Effect, Effects};
use cpu_model::{Event, Rules};

#[derive(Clone, Copy, Debug)]
pub enum Step {
    HypervisorDoorbell { to: u8 },
    Clear,
    GuestDoorbell { to: u8 },
    ClearGuest,
    Enter { ee: bool },
    Hcall,
    SetEe(bool),
    Rfid,
    Decrementer(bool),
    Blocks(u8),
}

#[derive(Clone, Copy, Debug, Default)]
struct Pending {
    hypervisor: bool,
    guest: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Thread {
    in_guest: bool,
    /// As the guest has set it.
    ee: bool,
    /// The model's doing.
    lifted: bool,
    /// The model's doing: its next fetch is the hypervisor's to handle.
    forced: bool,
    /// A level: stays until the guest sets it anew.
    decrementer: bool,
    poked: bool,
    /// What QEMU has, and what POWER8 would have.
    qemu: Pending,
    power8: Pending,
}

pub struct Emulator {
    core: Core,
    threads: [Thread; 8],
    /// Blocks that guests were let run.
    pub blocks: usize,
    /// Interrupts that software took.
    pub taken: usize,
}

impl Emulator {
    pub fn new() -> Emulator {
        Emulator { core: Core::new(Rules::ALL), threads: [Thread::default(); 8], blocks: 0, taken: 0 }
    }

    /// One step of thread `t`, where it is possible.
    pub fn step(&mut self, t: usize, step: Step) {
        let in_guest = self.threads[t].in_guest;
        match step {
            Step::HypervisorDoorbell { to } if !in_guest => {
                self.tell(t, msgsnd(to));
                self.threads[usize::from(to)].qemu.hypervisor = true;
                self.threads[usize::from(to)].power8.hypervisor = true;
            }
            Step::Clear if !in_guest => {
                self.tell(t, msgclr());
                self.threads[t].qemu.hypervisor = false;
                self.threads[t].power8.hypervisor = false;
            }
            Step::GuestDoorbell { to } => {
                self.tell(t, msgsndp(to));
                self.threads[usize::from(to)].qemu.guest = true;
                self.threads[usize::from(to)].power8.guest = true;
            }
            Step::ClearGuest => {
                self.tell(t, msgclrp());
                self.threads[t].qemu.guest = false;
                self.threads[t].power8.guest = false;
            }
            Step::Enter { ee } if !in_guest => {
                self.tell(t, to_guest());
                self.threads[t].in_guest = true;
                self.threads[t].ee = ee;
            }
            Step::Hcall if in_guest => {
                self.threads[t].in_guest = false;
                self.tell(t, exit(0xc00));
            }
            Step::SetEe(ee) if in_guest => self.threads[t].ee = ee,
            Step::Rfid if in_guest => self.tell(t, to_guest()),
            Step::Decrementer(pending) => self.threads[t].decrementer = pending,
            Step::Blocks(count) => (0..count).for_each(|_| self.block(t)),
            _ => {}
        }
        self.check();
    }

    /// What is pending where no guest hides it is what POWER8 has: DPDES shows the truth.
    fn check(&self) {
        for (t, thread) in self.threads.iter().enumerate() {
            assert_eq!(thread.qemu.hypervisor, thread.power8.hypervisor, "thread {t}: {thread:?}");
            assert!(thread.power8.guest || !thread.qemu.guest, "thread {t}: one of two, {thread:?}");
            if !thread.in_guest {
                assert_eq!(thread.qemu.guest, thread.power8.guest, "thread {t}: {thread:?}");
            }
        }
    }

    /// Every guest takes interrupts: nothing may be pending in the end.
    pub fn drain(&mut self) {
        for t in 0..8 {
            self.step(t, Step::Decrementer(false));
            self.step(t, Step::Enter { ee: false });
            // Longer than the model lets a guest run.
            (0..1100).for_each(|_| self.block(t));
            assert!(!self.threads[t].power8.hypervisor, "thread {t}: lost or late");
            self.step(t, Step::Enter { ee: true });
            self.step(t, Step::SetEe(true));
            (0..3).for_each(|_| self.block(t));
            assert!(!self.threads[t].power8.guest, "thread {t}: lost");
        }
    }

    /// Interrupts, then the look at it that the model asked for, then a block.
    fn block(&mut self, t: usize) {
        if !self.threads[t].in_guest || self.interrupted(t) {
            return;
        }
        if self.threads[t].poked {
            self.tell(t, block(self.threads[t].ee));
            if self.threads[t].lifted {
                assert!(self.interrupted(t), "thread {t} would go on with its mask lifted");
                return;
            }
            if std::mem::take(&mut self.threads[t].forced) {
                return self.fetch_nothing(t);
            }
        }
        self.blocks += 1;
    }

    /// Nothing is mapped there, which the hypervisor is told; the model makes it the doorbell.
    fn fetch_nothing(&mut self, t: usize) {
        let effects = self.core.apply(t as u8, 0, &exit(0xe20));
        assert!(effects.iter().any(|(_, e)| *e == Effect::TakeForced), "{effects:?}");
        let thread = &mut self.threads[t];
        thread.in_guest = false;
        assert!(std::mem::take(&mut thread.qemu.hypervisor), "nothing to take");
        assert!(std::mem::take(&mut thread.power8.hypervisor), "doubled");
        self.taken += 1;
        self.perform(t, &effects);
    }

    /// Whether thread `t` runs in a guest.
    pub fn in_guest(&self, t: usize) -> bool {
        self.threads[t].in_guest
    }

    fn interrupted(&mut self, t: usize) -> bool {
        let thread = &mut self.threads[t];
        if !(thread.ee || thread.lifted) {
            return false;
        }
        let event = if thread.decrementer {
            in_guest(0x900)
        } else if std::mem::take(&mut thread.qemu.guest) {
            in_guest(0xa00)
        } else if std::mem::take(&mut thread.qemu.hypervisor) {
            thread.in_guest = false;
            exit(0xe80)
        } else {
            return false;
        };
        self.take(t, event);
        true
    }

    fn take(&mut self, t: usize, event: Event) {
        let lifted = std::mem::take(&mut self.threads[t].lifted);
        let effects = self.core.apply(t as u8, 0, &event);
        let has = |effect| effects.iter().any(|(_, e)| *e == effect);
        let Event::Interrupt { vector, .. } = event else { unreachable!() };
        if has(Effect::UndoInterrupt) {
            assert!(lifted && vector != 0xe80, "{vector:#x} is undone");
            self.perform(t, &effects);
            return self.tell(t, to_guest());
        }
        assert_eq!(lifted, has(Effect::RestoreSavedMask { hypervisor: true }), "saved EE at {vector:#x}");
        let thread = &mut self.threads[t];
        match vector {
            0xe80 => assert!(std::mem::take(&mut thread.power8.hypervisor), "doubled"),
            0xa00 => assert!(thread.ee && std::mem::take(&mut thread.power8.guest), "masked or doubled"),
            _ => assert!(thread.ee, "masked"),
        }
        thread.ee = false;
        self.taken += 1;
        self.perform(t, &effects);
    }

    fn tell(&mut self, t: usize, event: Event) {
        let effects = self.core.apply(t as u8, 0, &event);
        self.perform(t, &effects);
    }

    fn perform(&mut self, t: usize, effects: &Effects) {
        for (_, effect) in effects {
            match *effect {
                Effect::Poke(to) => self.threads[usize::from(to)].poked = true,
                Effect::Unpoke => self.threads[t].poked = false,
                Effect::LiftMask => self.threads[t].lifted = true,
                Effect::ForceExit => self.threads[t].forced = true,
                Effect::ReturnGuestDoorbell { .. } => {
                    assert!(!self.threads[t].in_guest);
                    self.threads[t].qemu.guest = true;
                }
                Effect::TakeGuestInterrupt { vector } => self.take(t, in_guest(vector)),
                _ => {}
            }
        }
    }
}
