// SPDX-License-Identifier: GPL-2.0-or-later
//! Special purpose registers: whose they are, what reading and writing one does.

use super::{Power8, time};
use crate::spr::{self, Scope};
use crate::timebase::{TBU40_KEEPS, TBWL_KEEPS, TBWU_KEEPS};
use crate::{hid0, topology};

/// The model has no such register, or does not say what the thread would find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotModelled(
    /// Its number.
    pub u16,
);

/// Registers that do something, or whose bits are not all kept; not modelled here.
const NOT_MODELLED: [u16; 1] = [spr::TFMR];
/// CTRL\[RUN\], each thread's own; the bits that show all threads' are not modelled.
const RUN: u64 = 1;

/// Those that are only kept, by number.
#[derive(Clone, Debug)]
pub(super) struct Registers(Vec<u64>);

impl Default for Registers {
    fn default() -> Registers {
        Registers(vec![0; 1 << 10])
    }
}

impl Power8 {
    /// `mfspr` on `thread`, by a mode that may.
    ///
    /// # Errors
    /// What is not modelled.
    pub fn read_spr(&self, thread: usize, number: u16) -> Result<u64, NotModelled> {
        let part = self.part(thread);
        Ok(match number {
            spr::TB => self.timebase(thread),
            spr::TBU => self.timebase(thread) >> 32,
            spr::VTB => self.ticks.wrapping_add(part.vtb_ahead),
            spr::DEC => time::left(self.threads[thread].dec_at, self.ticks),
            spr::HDEC => time::left(part.hdec_at, self.ticks),
            spr::DPDES => self.doorbells_of_part(thread),
            spr::TIR => self.number(thread) as u64,
            spr::PURR => self.shares().ticks(thread).wrapping_add(self.threads[thread].purr_ahead),
            spr::SPURR => self.shares().ticks(thread).wrapping_add(self.threads[thread].spurr_ahead),
            spr::IC => self.threads[thread].instructions,
            spr::CTRLF => self.register(thread, spr::CTRLT) & RUN,
            spr::PIR => {
                topology::server_of_thread(thread, crate::THREADS_PER_CORE).unwrap_or_default().into()
            }
            spr::HID0 => self.hid0 | self.split_status(),
            _ if NOT_MODELLED.contains(&number) => return Err(NotModelled(number)),
            _ => {
                spr::by_number(number).ok_or(NotModelled(number))?;
                self.register(thread, number)
            }
        })
    }

    /// `mtspr` on `thread`, by a mode that may.
    ///
    /// # Errors
    /// What is not modelled.
    pub fn write_spr(&mut self, thread: usize, number: u16, value: u64) -> Result<(), NotModelled> {
        match number {
            spr::TBU40 => self.write_timebase(thread, value, TBU40_KEEPS),
            spr::TBWU => self.write_timebase(thread, value << 32, TBWU_KEEPS),
            spr::TBWL => self.write_timebase(thread, value, TBWL_KEEPS),
            spr::VTB => {
                let ticks = self.ticks;
                self.part_mut(thread).vtb_ahead = value.wrapping_sub(ticks);
            }
            spr::DEC => self.threads[thread].dec_at = time::expiry(value, self.ticks),
            spr::HDEC => self.write_hdec(thread, value),
            spr::LPCR => {
                self.shares = self.shares();
                self.set_register(thread, number, value);
            }
            spr::DPDES => self.write_doorbells_of_part(thread, value),
            spr::HID0 => {
                self.hid0 = value & !(hid0::COMMANDS | hid0::STATUS);
                self.command_split(value & hid0::COMMANDS);
                self.merge();
            }
            spr::PURR => self.threads[thread].purr_ahead = value.wrapping_sub(self.shares().ticks(thread)),
            spr::SPURR => self.threads[thread].spurr_ahead = value.wrapping_sub(self.shares().ticks(thread)),
            spr::IC => self.threads[thread].instructions = value,
            // Read-only.
            spr::CTRLF | spr::TIR | spr::PIR | spr::TB | spr::TBU => {}
            // What it is about does not happen here.
            spr::TFMR => {}
            _ => {
                spr::by_number(number).ok_or(NotModelled(number))?;
                self.set_register(thread, number, value);
            }
        }
        Ok(())
    }

    /// One that is only kept.
    pub(super) fn register(&self, thread: usize, number: u16) -> u64 {
        let of = match scope(number) {
            Scope::Core => &self.registers,
            Scope::SubCore => &self.part(thread).registers,
            Scope::Thread | Scope::Mixed => &self.threads[thread].registers,
        };
        of.0[usize::from(number)]
    }

    pub(super) fn set_register(&mut self, thread: usize, number: u16, value: u64) {
        let bits = spr::by_number(number).map_or(64, |spr| spr.width_bits);
        let value = if bits == 32 { value & u64::from(u32::MAX) } else { value };
        let value = if number == spr::PCR { value & spr::PCR_BITS } else { value };
        let of = match scope(number) {
            Scope::Core => &mut self.registers,
            Scope::SubCore => &mut self.part_mut(thread).registers,
            Scope::Thread | Scope::Mixed => &mut self.threads[thread].registers,
        };
        of.0[usize::from(number)] = value;
    }
}

fn scope(number: u16) -> Scope {
    spr::by_number(number).map_or(Scope::Thread, |spr| spr.scope)
}
