// SPDX-License-Identifier: GPL-2.0-or-later
//! Where QEMU itself must act (a TLB flush), a thread is sent through a stub: two words at a real address that the
//! kernel does not use, an instruction and a `nop` whose hook sends it on.

use crate::plugin::die;
use crate::vcpu::{Reg, Vcpu};
use arrayvec::ArrayVec;
use cpu_model::doorbell::Message;
use cpu_model::msr;

/// Real addresses of the stubs, 8 bytes each: behind the entry code at 0 and before the first vector.
/// Linux leaves these bytes zero (`arch/powerpc/kernel/head_64.S`, the data words end at 0x88).
const STUBS: u64 = 0xb0;
const NOP: u32 = 0x6000_0000;
/// The most that the two words of a stub take within a turn, in timebase ticks.
const STUB_TICKS: u64 = 8;

/// What there is a stub for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stub {
    /// `tlbiel r0`: drops this thread's translations at its next context synchronisation.
    Thread = 0,
    /// `tlbie r0,r0`: drops those of all threads at the next `ptesync`.
    Core = 1,
    /// `msgsndp r0`: a doorbell for whatever guest runs here next.
    Doorbell = 2,
    /// `msgclr r0`: takes this thread's own hypervisor doorbell back.
    Clear = 3,
    /// `mtspr HDEC,r0`.
    Hdec = 4,
    /// `mfspr r0,DPDES`.
    ReadDoorbells = 5,
    /// `mtspr DPDES,r0`.
    WriteDoorbells = 6,
    /// `hrfid`: back to the guest. The thread does not come to the `nop`.
    Return = 7,
}

/// How many there are.
const COUNT: u64 = 8;

impl Stub {
    fn word(self) -> u32 {
        match self {
            Stub::Thread => 0x7c00_0224,
            Stub::Core => 0x7c00_0264,
            Stub::Doorbell => 0x7c00_011c,
            Stub::Clear => 0x7c00_01dc,
            Stub::Hdec => 0x7c16_4ba6,
            Stub::ReadDoorbells => 0x7c10_2aa6,
            Stub::WriteDoorbells => 0x7c10_2ba6,
            Stub::Return => 0x4c00_0224,
        }
    }

    /// Its real address.
    pub fn address(self) -> u64 {
        STUBS + 8 * self as u64
    }

    /// Its two words as they stand in memory.
    fn words(self, le: bool) -> [u8; 8] {
        let bytes = |word: u32| if le { word.to_le_bytes() } else { word.to_be_bytes() };
        let mut words = [0; 8];
        words[..4].copy_from_slice(&bytes(self.word()));
        words[4..].copy_from_slice(&bytes(NOP));
        words
    }

    /// Its address; it is written on first use and when the hypervisor's byte order changes.
    pub fn written(self, v: &Vcpu, le: bool) -> u64 {
        let address = self.address();
        let words = self.words(le);
        match v.read_words(address) {
            Some(there) if there == words => {}
            Some(there)
                if (there == [0; 8] || there == self.words(!le)) && v.write_words(address, &words) => {}
            _ => die(&format!(
                "real address {address:#x} is in use by this kernel, where corrections need 8 zero bytes; \
                 run with correct=all,-tlb,-hv-doorbell,-sub-core to do without it"
            )),
        }
        address
    }
}

/// Whether an address is in a stub.
pub fn in_stub(pc: u64) -> bool {
    (STUBS..STUBS + 8 * COUNT).contains(&pc)
}

/// Whether the `nop` of a stub is at an address.
pub fn ends_stub(pc: u64) -> bool {
    in_stub(pc) && pc & 4 != 0
}

/// One stub on a thread's way.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    stub: Stub,
    /// What it finds in r0; `None`: what is there.
    r0: Option<u64>,
    after: After,
}

/// What is done with r0 behind a stub.
#[derive(Clone, Copy, Debug)]
enum After {
    Nothing,
    /// It was written to expire then, in timebase ticks. Again where the thread's turn ended before the stub.
    Expires {
        at: u64,
    },
    /// The bits of `threads`, from `first` on, go to a general register.
    Give {
        register: u8,
        first: u8,
        threads: u8,
    },
    /// The bits of `threads` become `value`'s, for the next stub.
    Combine {
        first: u8,
        threads: u8,
        value: u64,
    },
}

impl Step {
    /// A stub that needs nothing.
    pub fn plain(stub: Stub) -> Step {
        Step { stub, r0: None, after: After::Nothing }
    }

    /// A stub that finds a value in r0.
    pub fn with(stub: Stub, r0: u64) -> Step {
        Step { stub, r0: Some(r0), after: After::Nothing }
    }

    /// HDEC expires at `at`, in timebase ticks since power-on; where that is past, at once.
    pub fn hdec(at: u64) -> Step {
        Step { stub: Stub::Hdec, r0: None, after: After::Expires { at } }
    }

    /// A stub that finds a message to its own thread in r0.
    pub fn with_message(stub: Stub, v: &Vcpu) -> Step {
        Step::with(stub, Message { thread: v.thread }.to_rb())
    }

    /// The doorbells of some threads go to a register, the first one's to bit 0.
    pub fn read_doorbells(register: u8, first: u8, threads: u8) -> [Step; 1] {
        [Step { stub: Stub::ReadDoorbells, r0: None, after: After::Give { register, first, threads } }]
    }

    /// The doorbells of some threads become `value`'s, the first one's from bit 0.
    pub fn write_doorbells(first: u8, threads: u8, value: u64) -> [Step; 2] {
        let after = After::Combine { first, threads, value };
        [Step { stub: Stub::ReadDoorbells, r0: None, after }, Step::plain(Stub::WriteDoorbells)]
    }
}

/// The stubs that one event asks for, in order.
pub type Steps = ArrayVec<Step, 3>;

/// Where a thread goes on after it was sent through stubs.
#[derive(Clone, Debug)]
pub struct Detour {
    /// The pc to go on at.
    pub back: u64,
    /// It is the instruction that was interrupted; it has been seen already.
    pub again: bool,
    /// What its r0 and MSR were.
    saved: (u64, u64),
    /// When it was sent to the stub that it is at.
    since: u64,
    at: Step,
    then: Steps,
}

/// Sends a thread in hypervisor state through `steps`, and then to `back`, at `now` timebase ticks since power-on. The pc to
/// go on at.
pub fn send(v: &mut Vcpu, now: u64, mut then: Steps, back: u64, again: bool, le: bool) -> u64 {
    let at = then.remove(0);
    let saved = (v.general(0, le), v.get(Reg::Msr, le));
    // The stubs are at real addresses, and nothing may come in between.
    let real = saved.1 & !(msr::IR | msr::DR | msr::EE | msr::PR);
    if real != saved.1 {
        v.set(Reg::Msr, real, le);
    }
    v.detour = Some(Detour { back, again, saved, since: now, at, then });
    begin(v, now, at, le)
}

fn begin(v: &Vcpu, now: u64, step: Step, le: bool) -> u64 {
    let r0 = match step.after {
        After::Expires { at } => Some(ticks_left(at, now)),
        _ => step.r0,
    };
    if let Some(r0) = r0 {
        v.set_general(0, r0, le);
    }
    step.stub.written(v, le)
}

/// HDEC's value. The emulator raises an exception where it becomes negative, not where it is written so.
fn ticks_left(at: u64, now: u64) -> u64 {
    at.saturating_sub(now).max(1)
}

/// A thread is behind a stub, at `now` timebase ticks since power-on. The pc to go on at.
pub fn end(v: &mut Vcpu, now: u64) -> Option<u64> {
    let mut detour = v.detour.take()?;
    let le = v.is_le();
    let r0 = v.general(0, le);
    match detour.at.after {
        After::Nothing => {}
        After::Expires { at } if at > detour.since && now - detour.since > STUB_TICKS => {
            detour.since = now;
            let to = begin(v, now, detour.at, le);
            v.detour = Some(detour);
            return Some(to);
        }
        After::Expires { .. } => {}
        After::Give { register: 0, first, threads } => detour.saved.0 = (r0 & u64::from(threads)) >> first,
        After::Give { register, first, threads } => {
            v.set_general(register, (r0 & u64::from(threads)) >> first, le);
        }
        After::Combine { first, threads, value } => {
            let threads = u64::from(threads);
            v.set_general(0, r0 & !threads | value << first & threads, le);
        }
    }
    if !detour.then.is_empty() {
        detour.at = detour.then.remove(0);
        detour.since = now;
        let to = begin(v, now, detour.at, le);
        v.detour = Some(detour);
        return Some(to);
    }
    v.set_general(0, detour.saved.0, le);
    if v.get(Reg::Msr, le) != detour.saved.1 {
        v.set(Reg::Msr, detour.saved.1, le);
    }
    let back = detour.back;
    v.detour = detour.again.then_some(detour);
    Some(back)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_end_before_what_skiboot_leaves() {
        assert_eq!(Stub::Return.address() + 8, STUBS + 8 * COUNT);
        // Two words that are 1 (skiboot `asm/head.S`, `attn_trigger`).
        assert!(Stub::Return.address() + 8 <= 0xf0);
        assert!(ends_stub(Stub::Hdec.address() + 4) && !ends_stub(Stub::Hdec.address()));
    }

    #[test]
    fn hdec_is_written_to_expire_never_negative() {
        assert_eq!(ticks_left(100, 40), 60);
        assert_eq!([ticks_left(100, 100), ticks_left(100, 900)], [1, 1]);
    }

    #[test]
    fn their_words_are_what_they_say() {
        use cpu_model::insn::{Insn, decode};
        use cpu_model::spr;
        let is = |stub: Stub| decode(stub.word());
        assert_eq!(is(Stub::Thread), Some(Insn::Tlbiel { rb: 0 }));
        assert_eq!(is(Stub::Core), Some(Insn::Tlbie { rb: 0, rs: 0 }));
        assert_eq!(is(Stub::Doorbell), Some(Insn::Msgsndp { rb: 0 }));
        assert_eq!(is(Stub::Clear), Some(Insn::Msgclr { rb: 0 }));
        assert_eq!(is(Stub::Hdec), Some(Insn::Mtspr { rs: 0, spr: spr::HDEC }));
        assert_eq!(is(Stub::ReadDoorbells), Some(Insn::Mfspr { rt: 0, spr: spr::DPDES }));
        assert_eq!(is(Stub::WriteDoorbells), Some(Insn::Mtspr { rs: 0, spr: spr::DPDES }));
        assert_eq!(is(Stub::Return), Some(Insn::Hrfid));
    }
}
