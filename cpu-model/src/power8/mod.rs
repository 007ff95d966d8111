// SPDX-License-Identifier: GPL-2.0-or-later
//! A whole POWER8 core as its software finds it: registers and who shares them, power saving, time, interrupts, split
//! cores.
//!
//! [`crate::core`] says what an emulated thread needs so that software cannot tell it from this; here is what it is held
//! against. Whoever executes programs on it brings general registers, memory and the instructions that touch nothing else.
//! Interrupts arrive in real mode. Deterministic; reads no clock: time is what [`Power8::tick`] makes it.

mod doorbell;
mod icp;
mod interrupt;
mod power_saving;
mod register;
mod sub_core;
mod time;

pub use register::NotModelled;

use crate::lose::{Lose, Lost};
use crate::share::Shares;
use crate::{Mode, THREADS_PER_CORE, msr};
use register::Registers;
use sub_core::SubCore;

/// A POWER8 core.
///
/// ```
/// use cpu_model::{msr, power8::Power8, spr};
/// let mut core = Power8::new();
/// core.write_spr(0, spr::LPIDR, 5).unwrap();
/// assert_eq!(core.read_spr(7, spr::LPIDR), Ok(5));
/// ```
#[derive(Clone, Debug)]
pub struct Power8 {
    /// Ticks since power-on.
    ticks: u64,
    /// HID0 without its commands and status.
    hid0: u64,
    /// How many sub-cores there are: 1, 2 or 4.
    split: usize,
    sub_cores: [SubCore; sub_core::MOST],
    /// Registers that the core has once and that do nothing.
    registers: Registers,
    threads: [Thread; THREADS_PER_CORE],
    shares: Shares,
    lose: Option<Lose>,
}

#[derive(Clone, Debug)]
struct Thread {
    msr: u64,
    /// It naps, or in a deeper mode, and nothing has ended it.
    saving: bool,
    /// What is lost in it.
    lost: Option<Lost>,
    /// When DEC reaches 0, in ticks since power-on.
    dec_at: u64,
    /// How far PURR and SPURR are ahead of the thread's share.
    purr_ahead: u64,
    spurr_ahead: u64,
    hypervisor_doorbell: bool,
    privileged_doorbell: bool,
    icp: icp::Icp,
    /// An HDEC exception that has not been taken.
    hdec: bool,
    /// IC.
    instructions: u64,
    registers: Registers,
}

impl Default for Power8 {
    fn default() -> Power8 {
        Power8::new()
    }
}

impl Power8 {
    /// A core at power-on: hypervisor state, real mode, big-endian; every register 0 but the decrementers, which are far
    /// from expiry.
    pub fn new() -> Power8 {
        let thread = Thread {
            msr: msr::SF | msr::HV,
            saving: false,
            lost: None,
            dec_at: time::FAR,
            purr_ahead: 0,
            spurr_ahead: 0,
            hypervisor_doorbell: false,
            privileged_doorbell: false,
            icp: icp::Icp::default(),
            hdec: false,
            instructions: 0,
            registers: Registers::default(),
        };
        Power8 {
            ticks: 0,
            hid0: 0,
            split: 1,
            sub_cores: Default::default(),
            registers: Registers::default(),
            threads: std::array::from_fn(|_| thread.clone()),
            shares: Shares::default(),
            lose: None,
        }
    }

    /// MSR of `thread`, 0 to 7.
    ///
    /// # Panics
    /// Where `thread` is 8 or more, as all that names one.
    pub fn msr(&self, thread: usize) -> u64 {
        self.threads[thread].msr
    }

    /// `thread` has executed an instruction: IC counts it.
    pub fn executed(&mut self, thread: usize) {
        self.threads[thread].instructions += 1;
    }

    /// What of MSR decides about privilege.
    pub fn mode(&self, thread: usize) -> Mode {
        Mode::from_msr(self.msr(thread))
    }

    /// `mtmsrd`: all of MSR but HV, ME and LE; with L only EE and RI. Source: Power ISA 2.07B, Book III-S, section 4.4.
    pub fn mtmsrd(&mut self, thread: usize, value: u64, l: bool) {
        let change = if l { msr::EE | msr::RI } else { !(msr::HV | msr::ME | msr::LE) };
        let msr = &mut self.threads[thread].msr;
        *msr = with_problem_state(*msr & !change | value & change);
    }

    /// `rfid`: returns through SRR0 and SRR1; where to. A guest cannot become the hypervisor. Source: Power ISA 2.07B, Book
    /// III-S, section 3.3.
    pub fn rfid(&mut self, thread: usize) -> u64 {
        let hypervisor = self.threads[thread].msr & msr::HV;
        let srr1 = self.register(thread, crate::spr::SRR1);
        let kept = if hypervisor == 0 { msr::HV | msr::ME } else { 0 };
        self.go_on(thread, self.threads[thread].msr & kept | srr1 & !kept);
        self.register(thread, crate::spr::SRR0)
    }

    /// `hrfid`: returns through HSRR0 and HSRR1; where to. Source: Power ISA 2.07B, Book III-S, section 3.3.
    pub fn hrfid(&mut self, thread: usize) -> u64 {
        let hsrr1 = self.register(thread, crate::spr::HSRR1);
        self.go_on(thread, hsrr1);
        self.register(thread, crate::spr::HSRR0)
    }

    fn go_on(&mut self, thread: usize, new: u64) {
        self.threads[thread].msr = with_problem_state(new & !msr::SRR1_STATUS);
    }
}

/// Problem state has interrupts and relocation on. Source: Power ISA 2.07B, Book III-S, section 4.4.
fn with_problem_state(new: u64) -> u64 {
    if new & msr::PR != 0 { new | msr::EE | msr::IR | msr::DR } else { new }
}
