// SPDX-License-Identifier: GPL-2.0-or-later
//! What the emulated threads do, as events for the model and the recording.

use crate::enforce;
use crate::inject::{controller, stall, take};
use crate::plugin::{Plugin, plugin};
use crate::site::Site;
use crate::strict::{jitter, lint, lose};
use crate::stub::{self, Detour};
use crate::translate::Told;
use crate::turns;
use crate::vcpu::{Reg, Vcpu};
use cpu_model::core::Effects;
use cpu_model::core::LACKING;
use cpu_model::doorbell::Message;
use cpu_model::insn::PowerSaving;
use cpu_model::lint::Act;
use cpu_model::vector::{DECREMENTER, SYSTEM_RESET};
use cpu_model::{DoorbellKind, Event, Landmark, Mode, WakeReason, icp, msr, spr, timebase};

/// A place in translated code where QEMU calls the plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Hook {
    /// Block: the quantum is used up.
    QuantumEnd,
    /// Block of a guest: the vCPU was poked.
    GuestBlock,
    /// `or` for low priority.
    Spin,
    /// `rfid`.
    Rfid,
    /// `hrfid`.
    Hrfid,
    /// `mtmsr`, `mtmsrd`.
    Mtmsr,
    /// `mtspr`.
    Mtspr,
    /// `mfspr`.
    Mfspr,
    /// `msgsnd`.
    Msgsnd,
    /// `msgclr`.
    Msgclr,
    /// `msgsndp`.
    Msgsndp,
    /// `msgclrp`.
    Msgclrp,
    /// `tlbiel`.
    Tlbiel,
    /// `doze`, `nap`, `sleep`, `rvwinkle`.
    PowerSave,
    /// A named place in the kernel.
    Landmark,
    /// The end of a stub.
    StubEnd,
    /// Block: a fault is due.
    FaultDue,
    /// An instruction that an injection waits for.
    Awaited,
    /// Block: the thread executes nothing.
    Stalled,
    /// A read of the timebase, on a vCPU whose timebase is not QEMU's.
    Apart,
    /// The instruction behind one that a register was lent to.
    TakeBack,
    /// `mtspr` that is only looked at.
    Noted,
    /// `ptesync`.
    Ptesync,
    /// `isync`.
    Isync,
    /// Firmware is asked for the timebase.
    Resync,
}

impl Hook {
    /// Every hook, by its number.
    pub const ALL: [Hook; 25] = [
        Hook::QuantumEnd,
        Hook::GuestBlock,
        Hook::Spin,
        Hook::Rfid,
        Hook::Hrfid,
        Hook::Mtmsr,
        Hook::Mtspr,
        Hook::Mfspr,
        Hook::Msgsnd,
        Hook::Msgclr,
        Hook::Msgsndp,
        Hook::Msgclrp,
        Hook::Tlbiel,
        Hook::PowerSave,
        Hook::Landmark,
        Hook::StubEnd,
        Hook::FaultDue,
        Hook::Awaited,
        Hook::Stalled,
        Hook::Apart,
        Hook::TakeBack,
        Hook::Noted,
        Hook::Ptesync,
        Hook::Isync,
        Hook::Resync,
    ];
}

/// What is written to these tells a report nothing; nor does what the emulator lacks.
const UNRECORDED: [u16; 8] =
    [spr::LPCR, spr::HFSCR, spr::VTB, spr::DPDES, spr::PURR, spr::SPURR, spr::RPR, spr::LDBAR];

/// The receiver of a message that is of none's type.
const NOBODY: u8 = u8::MAX;

const POWER_SAVING: [PowerSaving; 4] =
    [PowerSaving::Doze, PowerSaving::Nap, PowerSaving::Sleep, PowerSaving::Rvwinkle];

/// A hook was reached. The pc to go on at, if it is not the hook's own.
pub fn hook(hook: Hook, index: usize, told: u64) -> Option<u64> {
    let p = plugin();
    match hook {
        Hook::QuantumEnd => {
            // Nobody asks for it where each is as fast as alone, and registers are not to be had.
            let low = p.options.smt && p.vcpu(index).is_at_low_priority();
            turns::quantum_end(index, told, low);
            take::turn(p, index);
            None
        }
        Hook::Spin => {
            turns::spin(index);
            None
        }
        _ => {
            let leave = instruction(p, hook, &mut p.vcpu(index), told);
            controller::ask(p);
            leave
        }
    }
}

fn instruction(p: &Plugin, hook: Hook, v: &mut Vcpu, told: u64) -> Option<u64> {
    match hook {
        Hook::Rfid | Hook::Hrfid => return return_from_interrupt(p, v, hook == Hook::Hrfid, told),
        Hook::Mtmsr => {
            let (register, le) = Told::take_operand(told);
            let now = v.get(Reg::Msr, le);
            let kept = msr::HV | msr::LE;
            let msr = now & kept | v.general(register, le) & !kept;
            let mode = Mode::from_msr(msr);
            let event = Event::Resume { mode, place: v.seen.1 };
            return happened(p, v, &event, &Site::at(0, le));
        }
        Hook::Mtspr => {
            let site = p.sites.get(told);
            let value = v.general(site.register, site.le);
            let event = match site.spr {
                spr::IC => {
                    let executed = p.sample(v.index).instructions;
                    Event::WriteInstructions { ahead: value.wrapping_sub(executed) }
                }
                spr::TBU40 => Event::WriteTimebase { ahead: ahead(v.get(Reg::Tb, site.le), value) },
                spr => Event::WriteSpr { spr, value },
            };
            lint::write(p, v, site.pc, &event, site.le);
            return happened(p, v, &event, &site);
        }
        Hook::Mfspr => {
            let site = p.sites.get(told);
            return happened(p, v, &Event::ReadSpr { spr: site.spr }, &site);
        }
        Hook::Apart => {
            let site = p.sites.get(told);
            let tb = v.get(Reg::Tb, site.le).wrapping_add(p.apart.get(v.index));
            v.set_general(site.register, if site.spr == spr::TBU { tb >> 32 } else { tb }, site.le);
            let rule = p.core(v.core).parts_timebases();
            v.corrections[rule as usize] += 1;
            return Some(site.pc + 4);
        }
        Hook::TakeBack => v.take_back(),
        Hook::Resync => {
            let le = v.is_le();
            let ahead = timebase::parted(v.get(Reg::Tb, le), p.sample(v.index).tb);
            return unrecorded(p, v, &Event::ResyncTimebase { ahead }, &Site::at(0, le));
        }
        Hook::Msgsnd | Hook::Msgsndp | Hook::Msgclr | Hook::Msgclrp => {
            let kind = match hook {
                Hook::Msgsnd | Hook::Msgclr => DoorbellKind::Hypervisor,
                _ => DoorbellKind::Privileged,
            };
            let site = p.sites.get(told);
            let rb = v.general(site.register, site.le);
            if matches!(hook, Hook::Msgsnd | Hook::Msgsndp) {
                lint::send(p, v, site.pc, rb);
            }
            let Some(message) = Message::from_rb(rb) else {
                // It does nothing, but asks for its facility all the same.
                let facility = kind == DoorbellKind::Privileged;
                return facility
                    .then(|| unrecorded(p, v, &Event::DoorbellSent { kind, to: NOBODY }, &site))
                    .flatten();
            };
            let event = match hook {
                Hook::Msgsnd | Hook::Msgsndp => Event::DoorbellSent { kind, to: message.thread },
                _ => Event::DoorbellCleared { kind },
            };
            return happened(p, v, &event, &site);
        }
        Hook::Tlbiel => {
            let site = p.sites.get(told);
            lint::asked(p, v, site.pc, |v| Act::Invalidate {
                lpidr: v.get(Reg::Lpidr, site.le),
                rb: v.general(site.register, site.le),
            });
            return happened(p, v, &Event::TlbInvalidateLocal, &site);
        }
        Hook::PowerSave => {
            let (pc, level) = (told & !3, POWER_SAVING[(told & 3) as usize]);
            let le = v.is_le();
            let place = p.symbols.place(v.seen.0, pc);
            lint::power_save(p, v, level, pc, le);
            v.napped = Some(level);
            let leave = happened(p, v, &Event::PowerSave { level, place }, &Site::at(pc, le));
            return take::napping(p, v, pc, le).or(leave);
        }
        Hook::Landmark => {
            // The model answers nothing to it, so that no register, and no byte order, is asked for.
            return happened(p, v, &Event::Landmark(Landmark::ALL[told as usize]), &Site::at(0, false));
        }
        Hook::GuestBlock => {
            let (pc, le) = Told::take_pc(told);
            v.take_back();
            let ee = v.get(Reg::Msr, le) & msr::EE != 0;
            return happened(p, v, &Event::GuestBlock { ee }, &Site::at(pc, le));
        }
        Hook::StubEnd => return stub::end(v, p.sample(v.index).tb),
        Hook::FaultDue | Hook::Awaited => {
            let (pc, le) = Told::take_pc(told);
            if hook == Hook::Awaited {
                take::reached(p, v, pc);
                if stall::begins(p, v.index) {
                    return Some(pc);
                }
            }
            return take::running(p, v, pc, le);
        }
        Hook::Noted => {
            let site = p.sites.get(told);
            let value = v.general(site.register, site.le);
            lint::write(p, v, site.pc, &Event::WriteSpr { spr: site.spr, value }, site.le);
        }
        Hook::Ptesync => lint::asked(p, v, 0, |_| Act::Ptesync),
        Hook::Isync => lint::asked(p, v, 0, |_| Act::Synchronized),
        Hook::Stalled => return stall::stalled(p, v, Told::take_pc(told).0),
        Hook::QuantumEnd | Hook::Spin => {}
    }
    None
}

fn return_from_interrupt(p: &Plugin, v: &mut Vcpu, hypervisor: bool, told: u64) -> Option<u64> {
    let (pc, le) = Told::take_pc(told);
    if let Some(Detour { back, again: true, .. }) = &v.detour
        && *back == pc
    {
        v.detour = None;
        return None;
    }
    let (srr0, srr1) = if hypervisor { (Reg::Hsrr0, Reg::Hsrr1) } else { (Reg::Srr0, Reg::Srr1) };
    let mut msr = v.get(srr1, le);
    if v.seen.0.is_guest() {
        // `rfid` never sets HV.
        msr &= !msr::HV;
    }
    if msr & msr::PR != 0 {
        msr |= msr::EE | msr::IR | msr::DR;
    }
    let mode = Mode::from_msr(msr);
    let place = p.symbols.place(mode, v.get(srr0, le) & !3);
    lint::asked(p, v, pc, |_| Act::Synchronized);
    let is_entry = mode.is_guest() && !v.seen.0.is_guest();
    let leave = happened(p, v, &Event::Resume { mode, place }, &Site::at(pc, le));
    if is_entry {
        lint::asked(p, v, pc, |v| Act::EnterGuest {
            lpidr: v.get(Reg::Lpidr, le),
            sdr1: v.get(Reg::Sdr1, le),
        });
    }
    leave
}

/// QEMU delivered an interrupt or exception. The pc to go on at, if it is not the handler's.
pub fn discontinuity(index: usize, from: u64, to: u64) -> Option<u64> {
    let p = plugin();
    controller::woken(p, index);
    let leave = interrupted(p, &mut p.vcpu(index), from, to);
    controller::ask(p);
    leave
}

fn interrupted(p: &Plugin, v: &mut Vcpu, from: u64, to: u64) -> Option<u64> {
    let le = v.is_le();
    let mode = Mode::from_msr(v.get(Reg::Msr, le));
    let vector = (to & 0xfff) as u16;
    v.detour = None;
    v.take_back();
    let woke = (vector == SYSTEM_RESET).then(|| WakeReason::from_srr1(v.get(Reg::Srr1, le))).flatten();
    if let Err(leave) = take::interrupted(p, v, vector, woke.is_some(), le) {
        return leave;
    }
    lint::asked(p, v, from, |_| Act::Synchronized);
    if vector == DECREMENTER && p.is_exact() {
        let dec = v.get(Reg::Dec, le) as u32;
        lint::act(p, v, from, &Act::Decrementer { dec });
    }
    if woke.is_some() || jitter::may_be_late(vector) {
        jitter::arrived(p, v.index, woke.is_some());
    }
    if woke.is_some() && p.is_exact() {
        p.core(v.core).set_expired(v.thread, (v.get(Reg::Dec, le) as u32 as i32) < 0);
    }
    let event = match woke {
        Some(reason) => Event::Wake { reason },
        None => Event::Interrupt { vector, mode },
    };
    happened(p, v, &event, &Site::at(from, le))
}

/// A vCPU stored to a device.
pub fn io_store(index: usize, address: u64, value: u64) {
    let p = plugin();
    if let Some(server) = icp::mfrr_server(address) {
        let v = &mut p.vcpu(index);
        record(p, v, &Event::Mfrr { server, priority: value as u8 });
    }
}

/// What a write of TBU40 makes of a timebase, in ticks that it is ahead of what it was.
fn ahead(tb: u64, written: u64) -> u64 {
    timebase::written(tb, written, timebase::TBU40_KEEPS).wrapping_sub(tb)
}

/// Asks the model, sees to what it answers, records.
pub fn happened(p: &Plugin, v: &mut Vcpu, event: &Event, site: &Site) -> Option<u64> {
    let effects = effects(p, v, event);
    let (seen, leave) = enforce::perform(p, v, &effects, event, site);
    if let Event::Wake { .. } = event {
        lose::woken(p, v, site.le);
    }
    record(p, v, &seen);
    enforce::record_taken(p, v, &effects);
    leave
}

/// The same of what no report has to know.
fn unrecorded(p: &Plugin, v: &mut Vcpu, event: &Event, site: &Site) -> Option<u64> {
    let effects = effects(p, v, event);
    enforce::perform(p, v, &effects, event, site).1
}

fn effects(p: &Plugin, v: &Vcpu, event: &Event) -> Effects {
    if !p.is_exact() {
        return Effects::new();
    }
    let tb = p.sample(v.index).tb;
    p.core(v.core).apply(v.thread, tb, event)
}

/// Records an event, unless it tells a report nothing.
pub fn record(p: &Plugin, v: &mut Vcpu, event: &Event) {
    match *event {
        Event::ReadSpr { .. }
        | Event::TlbInvalidateLocal
        | Event::GuestBlock { .. }
        | Event::WriteTimebase { .. }
        | Event::ResyncTimebase { .. }
        | Event::WriteInstructions { .. } => return,
        Event::WriteSpr { spr, .. } if UNRECORDED.contains(&spr) => return,
        Event::WriteSpr { spr, .. } if LACKING.contains(&spr) => return,
        Event::Resume { mode, place } => {
            if v.seen == (mode, place) {
                return;
            }
            v.seen = (mode, place);
        }
        Event::Interrupt { mode, .. } => v.seen = (mode, cpu_model::Place::Elsewhere),
        Event::Wake { .. } => v.seen = (Mode::POWER_ON, cpu_model::Place::Elsewhere),
        _ => {}
    }
    take::observe(p, v, event);
    let at = p.sample(v.index);
    p.recorder().event(v.index, &mut v.track, at, event);
}
