// SPDX-License-Identifier: GPL-2.0-or-later
//! One hardware thread's run state, followed event by event.

use crate::{Event, Landmark, Mode, Place, State};

/// Where a hardware thread is. Follows [`Event`]s; says which [`State`] its time counts for.
///
/// ```
/// use cpu_model::{Event, Mode, Place, State, msr, thread::RunState};
/// let mut thread = RunState::default();
/// assert_eq!(thread.state(), State::Firmware);
/// let mode = Mode::from_msr(msr::SF | msr::HV | msr::PR | msr::IR | msr::DR);
/// thread.apply(&Event::Resume { mode, place: Place::Elsewhere });
/// assert_eq!(thread.state(), State::HostUser);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RunState {
    mode: Mode,
    place: Place,
    /// Between leaving the host for KVM's real-mode code, or a guest, and being back in the host.
    in_kvm: bool,
    /// Has been in the guest since it began to work for KVM, so that a nap is the guest's.
    has_guest: bool,
    /// The last landmark said that the next nap is an offline thread's.
    offline: bool,
    /// The host has given the thread to KVM and not got it back.
    ceded: bool,
    power_saving: bool,
}

impl Default for RunState {
    /// As at power-on: hypervisor real mode, in the firmware.
    fn default() -> RunState {
        RunState {
            mode: Mode::POWER_ON,
            place: Place::Firmware,
            in_kvm: false,
            has_guest: false,
            offline: false,
            ceded: false,
            power_saving: false,
        }
    }
}

impl RunState {
    /// Follows one event of this thread.
    pub fn apply(&mut self, event: &Event) {
        match *event {
            Event::Resume { mode, place } => self.resume(mode, place),
            Event::Interrupt { mode, .. } => {
                self.power_saving = false;
                // From a guest an interrupt to the hypervisor lands in KVM; one that stays in the guest does not.
                self.in_kvm |= self.mode.is_guest() && !mode.is_guest();
                if self.place == Place::KvmRealMode {
                    self.place = Place::Elsewhere;
                }
                self.mode = mode;
            }
            Event::PowerSave { place, .. } => {
                self.place = place;
                self.power_saving = true;
            }
            Event::Wake { .. } => {
                self.power_saving = false;
                self.mode = Mode::POWER_ON;
            }
            Event::Landmark(landmark) => self.landmark(landmark),
            Event::DoorbellSent { .. }
            | Event::DoorbellCleared { .. }
            | Event::Mfrr { .. }
            | Event::WriteSpr { .. }
            | Event::WriteTimebase { .. }
            | Event::ResyncTimebase { .. }
            | Event::WriteInstructions { .. }
            | Event::ReadSpr { .. }
            | Event::TlbInvalidateLocal
            | Event::GuestBlock { .. }
            | Event::Injected { .. } => {}
        }
    }

    fn resume(&mut self, mode: Mode, place: Place) {
        self.mode = mode;
        self.place = place;
        self.power_saving = false;
        if mode.is_guest() {
            self.in_kvm = true;
            self.has_guest = true;
        } else if !mode.is_real() {
            self.in_kvm = false;
            self.has_guest = false;
        } else {
            self.in_kvm |= place == Place::KvmRealMode;
        }
    }

    fn landmark(&mut self, landmark: Landmark) {
        match landmark {
            Landmark::Idle => self.offline = false,
            Landmark::Offline => self.offline = true,
            Landmark::KvmEntry => self.in_kvm = true,
            Landmark::KvmNoGuest => {
                self.has_guest = false;
                // An offline thread may spin here for its next vcore, in real mode: it is KVM's until it turns its MMU
                // on. One that was ceded has done its part.
                self.in_kvm &= !self.ceded;
            }
            Landmark::VcoreRun => {}
            Landmark::Cede => self.ceded = true,
            Landmark::CedeReturn => self.ceded = false,
        }
    }

    /// The mode the thread runs in, or ran in before it went to power saving.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Between a power-saving instruction and the wake.
    pub fn is_power_saving(&self) -> bool {
        self.power_saving
    }

    /// What the thread's time and instructions count for now.
    pub fn state(&self) -> State {
        if self.mode.is_guest() {
            return if self.mode.is_user() { State::GuestUser } else { State::GuestKernel };
        }
        if self.place == Place::Firmware {
            return State::Firmware;
        }
        match (self.power_saving, self.in_kvm) {
            (true, true) if self.has_guest => State::GuestIdle,
            (_, true) => State::HvRealMode,
            (true, false) if self.ceded => State::CededToKvm,
            (false, false) if self.ceded && self.mode.is_real() => State::CededToKvm,
            (true, false) if self.offline => State::Offline,
            (true, false) => State::HostIdle,
            (false, false) if self.mode.is_user() => State::HostUser,
            (false, false) => State::HostKernel,
        }
    }
}
