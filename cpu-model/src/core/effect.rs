// SPDX-License-Identifier: GPL-2.0-or-later
//! What must be done to the emulated thread so that software finds what POWER8 would show it.

use crate::{Rule, WakeReason};
use arrayvec::ArrayVec;

/// One correction of the thread whose event was applied (or, for [`Effect::Poke`], of a sibling).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Its copy of a shared register is out of date: it gets this value.
    SetSpr {
        /// The register's number.
        spr: u16,
        /// Its value.
        value: u64,
    },
    /// Bits of a register are set or cleared.
    ChangeSpr {
        /// The register's number.
        spr: u16,
        /// Bits to set.
        set: u64,
        /// Bits to clear.
        clear: u64,
    },
    /// Before it goes on, this thread's translations are dropped.
    FlushThreadTlb,
    /// Instead of the `tlbiel` alone, the translations of all threads are dropped.
    FlushCoreTlb,
    /// MSR\[ME\] must be on. It counts as a correction where it was not.
    EnableMachineChecks,
    /// SRR1 must give this reason for the wake.
    SetWakeReason(WakeReason),
    /// A sibling, 0 to 7, must be looked at before its next block in a guest ([`crate::Event::GuestBlock`]).
    Poke(u8),
    /// This thread need not be looked at any more.
    Unpoke,
    /// A pending hypervisor interrupt is due although MSR\[EE\] is 0: let it be delivered now.
    LiftMask,
    /// A hypervisor doorbell is due, and lifting the mask brings the guest's decrementer first: the guest is
    /// sent to fetch an instruction where nothing is mapped, which is the hypervisor's to handle.
    ForceExit,
    /// The fetch went to the hypervisor: it becomes the doorbell's interrupt, which consumes the doorbell.
    TakeForced,
    /// Another interrupt came before the fetch: it must have saved where the guest was.
    RestoreForcedPc {
        /// Saved in HSRR0 and HSRR1 instead of SRR0 and SRR1.
        hypervisor: bool,
    },
    /// The fetch went to the guest: back to where it was.
    UndoForced,
    /// The interrupt came because the mask was lifted and was due: the MSR it saved must show EE 0.
    RestoreSavedMask {
        /// Saved in HSRR1 instead of SRR1.
        hypervisor: bool,
    },
    /// The interrupt came because the mask was lifted and was not due: back to where the guest was.
    UndoInterrupt,
    /// An interrupt within the guest that is now due is taken by hand.
    TakeGuestInterrupt {
        /// Offset of its vector.
        vector: u16,
    },
    /// The thread has left a guest that is still owed a directed privileged doorbell: it is pending again,
    /// for DPDES to show it and the guest's next nap or entry to find it. The handler goes on at `vector`.
    ReturnGuestDoorbell {
        /// Offset of the vector that the thread has arrived at, in hypervisor real mode.
        vector: u16,
    },
    /// Instead of entering the guest, the thread takes this interrupt to the hypervisor from the guest's
    /// first instruction.
    TakeAtGuestEntry {
        /// Offset of its vector.
        vector: u16,
    },
    /// The instruction reads this value and does nothing else.
    Give {
        /// The value.
        value: u64,
    },
    /// The instruction reads the count of instructions that the thread has executed, and so much more.
    GiveInstructions {
        /// How much, modulo 2^64.
        ahead: u64,
    },
    /// The instruction does nothing.
    Skip,
    /// The timebase of these threads is not the emulator's.
    Apart {
        /// A bit for each thread, that of thread 0 the lowest.
        threads: u8,
        /// How many ticks it is ahead, modulo 2^64.
        ahead: u64,
    },
    /// The emulator's HDEC must be set: in place of the instruction that writes it, before a guest is entered, or before
    /// the thread returns to one.
    WriteHdec {
        /// To this.
        ticks: u32,
    },
    /// The interrupt was another's: back to the guest, as if it had not come.
    ReturnToGuest,
    /// The instruction reads the doorbells of these threads only, from bit 0 on.
    ReadDoorbells {
        /// The first.
        first: u8,
        /// A bit for each thread.
        threads: u8,
    },
    /// The instruction writes the doorbells of these threads only, from bit 0 on.
    WriteDoorbells {
        /// The first.
        first: u8,
        /// A bit for each thread.
        threads: u8,
        /// What it writes.
        value: u64,
    },
    /// The instruction sends its doorbell to this thread of the core.
    SendTo {
        /// 0 to 7.
        thread: u8,
    },
}

impl Effect {
    /// Whether software finds something else than it would without: what reports count.
    pub fn corrects(&self) -> bool {
        !matches!(
            self,
            Effect::Poke(_)
                | Effect::Unpoke
                | Effect::LiftMask
                | Effect::UndoInterrupt
                | Effect::ForceExit
                | Effect::UndoForced
                | Effect::Apart { .. }
                | Effect::EnableMachineChecks
                | Effect::ReturnToGuest
        )
    }
}

/// What one event asks for. In order.
pub type Effects = ArrayVec<(Rule, Effect), MOST_EFFECTS>;

/// The most that one event asks for: a thread that enters a guest gets SDR1, LPIDR and PCR, and either its
/// translations are dropped, HDEC is set anew and its blocks are looked at, or an interrupt takes the place of the guest.
pub const MOST_EFFECTS: usize = 6;
