// SPDX-License-Identifier: GPL-2.0-or-later
//! What happens to a hardware thread, as far as another thread, the model or a report cares.

use crate::{Mode, Place, WakeReason, insn::PowerSaving};
use serde::{Deserialize, Serialize};

/// When something happened, by the two counts every thread has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// Timebase ticks since power-on.
    pub tb: u64,
    /// Instructions this thread has executed since power-on.
    pub instructions: u64,
}

/// `msgsnd` or `msgsndp`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DoorbellKind {
    /// Sent by `msgsnd`, delivered at 0xE80.
    Hypervisor,
    /// Sent by `msgsndp`, delivered at 0xA00.
    Privileged,
}

/// A place in the kernel whose name says what a thread is about to do. Found by symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Landmark {
    /// The idle loop naps next.
    Idle,
    /// The thread is being taken offline, or naps as an offline one.
    Offline,
    /// A secondary thread starts to work for KVM.
    KvmEntry,
    /// A secondary thread has no more work for KVM.
    KvmNoGuest,
    /// The primary thread enters a vcore.
    VcoreRun,
    /// A host thread gives itself to KVM, whose guest wants its core.
    Cede,
    /// KVM has given it back.
    CedeReturn,
}

impl Landmark {
    /// Every landmark, in order.
    pub const ALL: [Landmark; 7] = [
        Landmark::Idle,
        Landmark::Offline,
        Landmark::KvmEntry,
        Landmark::KvmNoGuest,
        Landmark::VcoreRun,
        Landmark::Cede,
        Landmark::CedeReturn,
    ];
}

/// One thing that happened to one hardware thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// `rfid`, `hrfid` or `mtmsr(d)` left the thread in another mode or place.
    Resume {
        /// The mode it goes on in.
        mode: Mode,
        /// Where it goes on.
        place: Place,
    },
    /// An interrupt was taken (not one that ended a power-saving mode).
    Interrupt {
        /// Offset of the vector, 0x100 to 0xfff.
        vector: u16,
        /// The mode of the handler.
        mode: Mode,
    },
    /// `doze`, `nap`, `sleep` or `rvwinkle` is executed.
    PowerSave {
        /// Which.
        level: PowerSaving,
        /// Where.
        place: Place,
    },
    /// A power-saving mode ended at 0x100.
    Wake {
        /// SRR1\[42:45\], as software sees it.
        reason: WakeReason,
    },
    /// `msgsnd` or `msgsndp` to a thread of the same core.
    DoorbellSent {
        /// Which.
        kind: DoorbellKind,
        /// The receiver, 0 to 7 in its core (TIR).
        to: u8,
    },
    /// `msgclr` or `msgclrp` of this thread's own doorbell.
    DoorbellCleared {
        /// Which.
        kind: DoorbellKind,
    },
    /// A store to an interrupt presentation controller's MFRR (inter-processor interrupt request).
    Mfrr {
        /// Server number of the receiving thread (its PIR).
        server: u32,
        /// Requested priority; 0xff withdraws the request.
        priority: u8,
    },
    /// A known place in the kernel was reached.
    Landmark(Landmark),
    /// `mtspr` in hypervisor state.
    WriteSpr {
        /// The register's number.
        spr: u16,
        /// What is written.
        value: u64,
    },
    /// `mfspr` in hypervisor state is about to read.
    ReadSpr {
        /// The register's number.
        spr: u16,
    },
    /// `tlbiel` in hypervisor state.
    TlbInvalidateLocal,
    /// A block of a guest is about to run on a thread that the model asked to look at.
    GuestBlock {
        /// MSR\[EE\].
        ee: bool,
    },
    /// A fault is put on the thread ([`crate::recording::Recipe::injections`]), and the interrupt that it takes
    /// follows; or this thread was the one that executed when an external interrupt was requested for another.
    Injected {
        /// Which of the recipe's injections, from 0.
        injection: u16,
    },
    /// `mtspr` of IC in hypervisor state.
    WriteInstructions {
        /// How far the new count is ahead of the instructions that the thread has executed, modulo 2^64.
        ahead: u64,
    },
    /// `mtspr` of TBU40 in hypervisor state.
    WriteTimebase {
        /// How many ticks the new timebase is ahead of the emulator's, modulo 2^64.
        ahead: u64,
    },
    /// Firmware is asked to take the core's timebase from the chip's time of day (OPAL_RESYNC_TIMEBASE).
    ResyncTimebase {
        /// How many ticks the emulator's timebase is ahead of that, modulo 2^64.
        ahead: u64,
    },
}
