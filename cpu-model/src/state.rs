// SPDX-License-Identifier: GPL-2.0-or-later
//! Where a hardware thread is: its mode, the place its pc is in, and the state its time counts for.

use crate::msr;
use enum_map::Enum;
use serde::{Deserialize, Serialize};

/// What of the MSR decides about privilege, translation and byte order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mode(u8);

impl Mode {
    const HV: u8 = 1;
    const PR: u8 = 2;
    const IR: u8 = 4;
    const DR: u8 = 8;
    const LE: u8 = 16;

    /// Hypervisor real mode, big-endian: how a thread starts.
    pub const POWER_ON: Mode = Mode(Mode::HV);

    /// The mode that an MSR value stands for.
    pub fn from_msr(value: u64) -> Mode {
        let bit = |mask, bit| if value & mask != 0 { bit } else { 0 };
        Mode(
            bit(msr::HV, Mode::HV)
                | bit(msr::PR, Mode::PR)
                | bit(msr::IR, Mode::IR)
                | bit(msr::DR, Mode::DR)
                | bit(msr::LE, Mode::LE),
        )
    }

    /// The thread runs in a partition.
    pub fn is_guest(self) -> bool {
        self.0 & Mode::HV == 0
    }

    /// Problem state.
    pub fn is_user(self) -> bool {
        self.0 & Mode::PR != 0
    }

    /// Instructions are fetched by real address.
    pub fn is_real(self) -> bool {
        self.0 & Mode::IR == 0
    }

    /// Little-endian.
    pub fn is_le(self) -> bool {
        self.0 & Mode::LE != 0
    }
}

/// What the pc says about the code that runs. Meaningful in hypervisor state only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// skiboot, before the kernel or called by it.
    Firmware,
    /// KVM's real-mode code.
    KvmRealMode,
    /// Anywhere else, or no symbols were given.
    #[default]
    Elsewhere,
}

/// What a hardware thread's time and instructions are counted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// skiboot runs.
    Firmware,
    /// A host process runs.
    HostUser,
    /// The host kernel runs.
    HostKernel,
    /// Napping in the host's idle loop.
    HostIdle,
    /// Offline for the host.
    Offline,
    /// KVM's way into and out of a guest, in hypervisor real mode.
    HvRealMode,
    /// A guest process runs.
    GuestUser,
    /// A guest kernel runs.
    GuestKernel,
    /// The guest gave its virtual processor away (`H_CEDE`) and the thread naps.
    GuestIdle,
    /// A host thread that has given itself to KVM while a guest has its core ([`crate::Landmark::Cede`]): naps, or waits
    /// in hypervisor real mode.
    CededToKvm,
}

impl State {
    /// Every state, in the order in which reports show them.
    pub const ALL: [State; 10] = [
        State::Firmware,
        State::HostUser,
        State::HostKernel,
        State::HostIdle,
        State::Offline,
        State::HvRealMode,
        State::GuestUser,
        State::GuestKernel,
        State::GuestIdle,
        State::CededToKvm,
    ];

    /// The name in `report.json`.
    pub fn name(self) -> &'static str {
        match self {
            State::Firmware => "firmware",
            State::HostUser => "host_user",
            State::HostKernel => "host_kernel",
            State::HostIdle => "host_idle",
            State::Offline => "offline",
            State::HvRealMode => "hv_real_mode",
            State::GuestUser => "guest_user",
            State::GuestKernel => "guest_kernel",
            State::GuestIdle => "guest_idle",
            State::CededToKvm => "ceded_to_kvm",
        }
    }
}
