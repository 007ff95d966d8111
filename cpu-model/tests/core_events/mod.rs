// SPDX-License-Identifier: GPL-2.0-or-later
//! Events as KVM and its guests cause them.
#![allow(dead_code, reason = "each test binary uses a part")]

use cpu_model::core::{Core, Effect};
use cpu_model::insn::PowerSaving;
use cpu_model::{DoorbellKind, Event, Mode, Place, Rule, Rules, WakeReason, msr, spr};

pub const ALL_BUT: fn(Rule) -> Core = |rule| Core::new(Rules::ALL.without(rule));

pub fn guest_mode() -> Mode {
    Mode::from_msr(msr::SF | msr::ME | msr::IR | msr::DR | msr::LE)
}

/// `hrfid` into a guest, or the guest's own `rfid`.
pub fn to_guest() -> Event {
    Event::Resume { mode: guest_mode(), place: Place::Elsewhere }
}

/// `rfid` to the host kernel with its MMU on.
pub fn to_host() -> Event {
    let mode = Mode::from_msr(msr::SF | msr::HV | msr::ME | msr::IR | msr::DR | msr::LE);
    Event::Resume { mode, place: Place::Elsewhere }
}

/// An interrupt to the hypervisor's real mode.
pub fn exit(vector: u16) -> Event {
    Event::Interrupt { vector, mode: Mode::POWER_ON }
}

/// An interrupt within the guest.
pub fn in_guest(vector: u16) -> Event {
    Event::Interrupt { vector, mode: guest_mode() }
}

pub fn nap() -> Event {
    Event::PowerSave { level: PowerSaving::Nap, place: Place::KvmRealMode }
}

pub fn wake(reason: WakeReason) -> Event {
    Event::Wake { reason }
}

pub fn write(spr: u16, value: u64) -> Event {
    Event::WriteSpr { spr, value }
}

pub fn read(spr: u16) -> Event {
    Event::ReadSpr { spr }
}

pub fn msgsnd(to: u8) -> Event {
    Event::DoorbellSent { kind: DoorbellKind::Hypervisor, to }
}

pub fn msgclr() -> Event {
    Event::DoorbellCleared { kind: DoorbellKind::Hypervisor }
}

pub fn msgsndp(to: u8) -> Event {
    Event::DoorbellSent { kind: DoorbellKind::Privileged, to }
}

pub fn msgclrp() -> Event {
    Event::DoorbellCleared { kind: DoorbellKind::Privileged }
}

pub fn block(ee: bool) -> Event {
    Event::GuestBlock { ee }
}

/// What the core answers to an event at tick `tb`, but for what every wake asks for.
pub fn at(core: &mut Core, thread: u8, tb: u64, event: Event) -> Vec<Effect> {
    let effects = core.apply(thread, tb, &event).into_iter().map(|(_, effect)| effect);
    effects.filter(|effect| *effect != Effect::EnableMachineChecks).collect()
}

/// The same where the time does not matter.
pub fn ask(core: &mut Core, thread: u8, event: Event) -> Vec<Effect> {
    at(core, thread, 0, event)
}

/// What a primary thread does to switch the partition (Linux `book3s_hv_rmhandlers.S`). Nothing is asked for.
pub fn switch(core: &mut Core, primary: u8, lpid: u64, sdr1: u64) {
    for event in [write(spr::LPIDR, 0xfff), write(spr::SDR1, sdr1), write(spr::LPIDR, lpid)] {
        assert_eq!(ask(core, primary, event), []);
    }
}
