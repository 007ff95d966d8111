// SPDX-License-Identifier: GPL-2.0-or-later
//! Inter-processor interrupts: what was asked for, and what arrived.
//!
//! Requests coalesce: a doorbell is one bit for each kind and thread, an XICS request is one priority
//! (MFRR) for each thread. Many sends may therefore be one receipt, and `received` is at most `sent` in
//! a run as a whole for XICS. For doorbells it may exceed it where DPDES was written, as KVM does when it
//! puts a guest's pending doorbells back.

use crate::icp::MFRR_NONE;
use enum_map::{Enum, EnumMap};
use serde::{Deserialize, Serialize};

/// What carried an inter-processor interrupt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IpiKind {
    /// `msgsnd`, the hypervisor doorbell.
    Doorbell,
    /// `msgsndp`, the privileged doorbell: between the virtual processors of a guest.
    GuestDoorbell,
    /// A store to the receiver's MFRR.
    Xics,
}

impl IpiKind {
    /// The name in `report.json`.
    pub fn name(self) -> &'static str {
        match self {
            IpiKind::Doorbell => "doorbell",
            IpiKind::GuestDoorbell => "guest_doorbell",
            IpiKind::Xics => "xics",
        }
    }
}

/// Inter-processor interrupts of a thread.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ipis {
    /// Requests it made: each `msgsnd` or `msgsndp` that it executed, each store of a priority (not 0xff) to
    /// anyone's MFRR, its own included.
    pub sent: EnumMap<IpiKind, u64>,
    /// Requests that interrupted it or woke it.
    ///
    /// A doorbell: its interrupt (0xE80, 0xA00) or a wake that names it as the reason. A wake leaves the
    /// doorbell pending, so that what follows before a `msgclr` (the interrupt, more wakes) is the same one.
    ///
    /// XICS: the first external interrupt (0x500 to the hypervisor) or external wake after a request. All that
    /// is sent from the request on until the receiver withdraws it (0xff to its own MFRR) is the same one.
    pub received: EnumMap<IpiKind, u64>,
}

/// What is on its way to a thread.
#[derive(Clone, Debug, Default)]
pub(super) struct Inbox {
    /// A wake has counted the doorbell that is pending.
    woken: EnumMap<IpiKind, bool>,
    request: Request,
    /// When an external interrupt came that no request explains.
    unexplained: Option<u64>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Request {
    #[default]
    None,
    Pending,
    Taken,
}

impl Inbox {
    /// A doorbell woke the thread. Says whether that is a receipt.
    pub(super) fn doorbell_wake(&mut self, kind: IpiKind) -> bool {
        !std::mem::replace(&mut self.woken[kind], true)
    }

    /// A doorbell interrupted the thread, which clears it. Says whether that is a receipt.
    pub(super) fn doorbell_interrupt(&mut self, kind: IpiKind) -> bool {
        !std::mem::take(&mut self.woken[kind])
    }

    /// `msgclr` or `msgclrp`.
    pub(super) fn doorbell_cleared(&mut self, kind: IpiKind) {
        self.woken[kind] = false;
    }

    /// An external interrupt or wake. Says whether it is the receipt of a request.
    pub(super) fn external(&mut self, tb: u64) -> bool {
        if self.request == Request::Pending {
            self.request = Request::Taken;
            return true;
        }
        self.unexplained = Some(tb);
        false
    }

    /// The thread's MFRR was written. Says whether the request had its receipt already: of two events in
    /// one tick, the interrupt may be seen before what asked for it.
    pub(super) fn mfrr(&mut self, tb: u64, priority: u8) -> bool {
        if priority == MFRR_NONE {
            self.request = Request::None;
        } else if self.request == Request::None {
            if self.unexplained.take() == Some(tb) {
                return true;
            }
            self.request = Request::Pending;
        }
        false
    }
}
