// SPDX-License-Identifier: GPL-2.0-or-later
//! Follows what software does for what is worth a [`Finding`].

use crate::insn::PowerSaving;
use crate::{Finding, THREADS_PER_CORE, doorbell::Message, lpcr, msr, spr};
use arrayvec::ArrayVec;
use std::collections::BTreeMap;

/// Something that a thread does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// `doze`, `nap`, `sleep` or `rvwinkle`.
    PowerSave {
        /// Which.
        level: PowerSaving,
        /// MSR.
        msr: u64,
        /// The four words before it, in order; `None` where they cannot be read.
        before: Option<[u32; 4]>,
    },
    /// `mtspr` in hypervisor state.
    Write {
        /// The register's number.
        spr: u16,
        /// What is written.
        value: u64,
        /// LPCR.
        lpcr: u64,
    },
    /// `ptesync`.
    Ptesync,
    /// Context synchronization: `isync`, a return from an interrupt, or an interrupt.
    Synchronized,
    /// `tlbiel` in hypervisor state.
    Invalidate {
        /// LPIDR.
        lpidr: u64,
        /// RB.
        rb: u64,
    },
    /// A guest is entered.
    EnterGuest {
        /// LPIDR.
        lpidr: u64,
        /// SDR1.
        sdr1: u64,
    },
    /// `msgsnd` or `msgsndp`.
    Send {
        /// RB.
        rb: u64,
    },
    /// A decrementer interrupt is taken.
    Decrementer {
        /// DEC.
        dec: u32,
    },
}

/// What one act shows.
pub type Findings = ArrayVec<Finding, 3>;

/// A value of HDEC below this is meant to expire, in ticks (2 s); KVM writes 2^31-1 for none.
const SOON: u64 = 1 << 30;
const PTESYNC: u32 = 0x7c40_04ac;
/// Of `tlbiel`'s RB the field IS, and what it may say: the translations of the partition, or all. Which set of the TLB they are
/// in is another field; Linux goes through all, and one is taken for all here. Source: Linux
/// `arch/powerpc/include/asm/book3s/64/mmu-hash.h` (`TLBIEL_INVAL_SEL_MASK`).
const INVALIDATES: u64 = 3 << 10;
const OF_PARTITION: u64 = 2 << 10;
const OF_ALL: u64 = 3 << 10;

/// One core's threads, as far as rules over several instructions go.
#[derive(Clone, Debug, Default)]
pub struct Lint {
    threads: [Thread; THREADS_PER_CORE],
    host_sdr1: u64,
    /// SDR1 of each partition (LPIDR) whose guests the TLB may have translations of.
    cached: BTreeMap<u64, u64>,
}

#[derive(Clone, Debug, Default)]
struct Thread {
    lpidr: u64,
    /// LPIDR was written, and no `ptesync` has come since.
    partition_open: bool,
    /// LPCR was written, and no context synchronization has come since.
    lpcr_open: bool,
}

impl Lint {
    /// Follows an act of `thread` (0 to 7).
    ///
    /// # Panics
    /// Where `thread` is 8 or more.
    pub fn apply(&mut self, thread: u8, act: &Act) -> Findings {
        let of = &mut self.threads[usize::from(thread)];
        let mut found = Findings::new();
        let mut find = |is: bool, finding| {
            if is {
                found.push(finding);
            }
        };
        match *act {
            Act::PowerSave { level, msr, before } => {
                let relocated = msr & (msr::IR | msr::DR) != 0;
                find(relocated, Finding::NapRelocated);
                find(
                    !relocated && before.is_some_and(|words| !completes_stores(words)),
                    Finding::NapSequence,
                );
                find(level != PowerSaving::Nap, Finding::PowerLevel);
            }
            Act::Write { spr: spr::HDEC, value, lpcr } => {
                find(value < SOON && lpcr & lpcr::HDICE == 0, Finding::HdecWithoutHdice);
                find(of.lpcr_open, Finding::LpcrWithoutIsync);
            }
            Act::Write { spr: spr::LPCR, .. } => of.lpcr_open = true,
            Act::Write { spr: spr::LPIDR, value, .. } => {
                of.partition_open |= of.lpidr != value;
                of.lpidr = value;
            }
            Act::Write { spr: spr::SDR1, value, .. } => {
                find(of.partition_open, Finding::PartitionWithoutPtesync);
                if of.lpidr == 0 {
                    self.host_sdr1 = value;
                }
            }
            Act::Write { spr: spr::TFMR, .. } => find(true, Finding::TimebaseErrors),
            Act::Write { .. } => {}
            Act::Ptesync => of.partition_open = false,
            Act::Synchronized => of.lpcr_open = false,
            Act::Invalidate { lpidr, rb } => match rb & INVALIDATES {
                OF_PARTITION => drop(self.cached.remove(&lpidr)),
                OF_ALL => self.cached.clear(),
                _ => {}
            },
            Act::EnterGuest { lpidr, sdr1 } => {
                let other = self.cached.insert(lpidr, sdr1).is_some_and(|cached| cached != sdr1);
                find(other, Finding::PartitionWithoutFlush);
                find(lpidr == 0 || sdr1 == self.host_sdr1 && sdr1 != 0, Finding::GuestInHostPartition);
            }
            Act::Send { rb } => {
                find(rb >> 32 != 0, Finding::DoorbellUpperHalf);
                let to = Message::from_rb(rb).map(|message| usize::from(message.thread));
                find(to.is_none_or(|thread| thread >= THREADS_PER_CORE), Finding::DoorbellToNobody);
            }
            // At the tick of 0 it is the emulator that is early, by one.
            Act::Decrementer { dec } => find(dec as i32 > 0, Finding::DecWrap),
        }
        found
    }
}

/// Whether `ptesync`, a load, a compare of it and a branch that is not taken stand there (the store is somewhere before).
fn completes_stores([sync, load, compare, branch]: [u32; 4]) -> bool {
    let is_load = matches!(load >> 26, 32 | 58);
    let is_compare = compare >> 26 == 31 && compare >> 1 & 0x3ff == 0;
    sync == PTESYNC && is_load && is_compare && branch >> 26 == 16
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As in Linux `kernel/idle_book3s.S`: `ptesync; ld r0,0(r1); cmpd cr0,r0,r0; bne -12`.
    const RIGHT: [u32; 4] = [PTESYNC, 0xe801_0000, 0x7c20_0000, 0x4082_fff4];

    fn nap(level: PowerSaving, msr: u64, before: [u32; 4]) -> Act {
        Act::PowerSave { level, msr, before: Some(before) }
    }

    fn write(spr: u16, value: u64, lpcr: u64) -> Act {
        Act::Write { spr, value, lpcr }
    }

    /// What the last of these acts of thread 1 shows.
    fn last(acts: &[Act]) -> Vec<Finding> {
        let mut lint = Lint::default();
        acts.iter().map(|act| lint.apply(1, act).to_vec()).last().expect("an act")
    }

    #[test]
    fn power_saving_is_entered_in_real_mode_after_stores_completed() {
        assert_eq!(last(&[nap(PowerSaving::Nap, msr::HV, RIGHT)]), []);
        assert_eq!(last(&[nap(PowerSaving::Nap, msr::HV | msr::IR, RIGHT)]), [Finding::NapRelocated]);
        for wrong in 0..4 {
            let mut words = RIGHT;
            words[wrong] = 0x6000_0000;
            assert_eq!(last(&[nap(PowerSaving::Nap, msr::HV, words)]), [Finding::NapSequence], "{wrong}");
        }
        assert_eq!(last(&[nap(PowerSaving::Sleep, msr::HV, RIGHT)]), [Finding::PowerLevel]);
    }

    #[test]
    fn hdec_is_written_after_hdice() {
        assert_eq!(last(&[write(spr::HDEC, 1000, lpcr::HDICE)]), []);
        assert_eq!(last(&[write(spr::HDEC, 1000, 0)]), [Finding::HdecWithoutHdice]);
        assert_eq!(last(&[write(spr::HDEC, 0x7fff_0000, 0)]), []);
    }

    #[test]
    fn lpcr_is_followed_by_context_synchronization() {
        let lpcr = write(spr::LPCR, lpcr::HDICE, 0);
        let hdec = write(spr::HDEC, 1000, lpcr::HDICE);
        assert_eq!(last(&[lpcr, hdec]), [Finding::LpcrWithoutIsync]);
        assert_eq!(last(&[lpcr, Act::Synchronized, hdec]), []);
    }

    #[test]
    fn partitions_are_switched_through_ptesync() {
        let lpidr = write(spr::LPIDR, 0xfff, 0);
        let sdr1 = write(spr::SDR1, 0x10_0000, 0);
        assert_eq!(last(&[lpidr, sdr1]), [Finding::PartitionWithoutPtesync]);
        assert_eq!(last(&[lpidr, Act::Ptesync, sdr1]), []);
        assert_eq!(last(&[write(spr::LPIDR, 0, 0), sdr1]), []);
    }

    #[test]
    fn a_guest_has_a_partition_of_its_own() {
        let host = write(spr::SDR1, 0x10_0000, 0);
        let enter = |lpidr, sdr1| Act::EnterGuest { lpidr, sdr1 };
        assert_eq!(last(&[host, enter(1, 0x20_0000)]), []);
        assert_eq!(last(&[host, enter(0, 0x20_0000)]), [Finding::GuestInHostPartition]);
        assert_eq!(last(&[host, enter(1, 0x10_0000)]), [Finding::GuestInHostPartition]);
    }

    #[test]
    fn a_partition_has_another_page_table_once_the_translations_of_the_first_are_dropped() {
        let enter = |lpidr, sdr1| Act::EnterGuest { lpidr, sdr1 };
        let drop = |lpidr, is: u64| Act::Invalidate { lpidr, rb: is << 10 };
        let first = enter(1, 0x10_0000);
        assert_eq!(last(&[first, enter(2, 0x20_0000), first]), []);
        assert_eq!(last(&[first, enter(1, 0x20_0000)]), [Finding::PartitionWithoutFlush]);
        assert_eq!(
            last(&[first, drop(1, 0), enter(1, 0x20_0000)]),
            [Finding::PartitionWithoutFlush],
            "a page"
        );
        assert_eq!(last(&[first, drop(2, 2), enter(1, 0x20_0000)]), [Finding::PartitionWithoutFlush]);
        assert_eq!(last(&[first, drop(1, 2), enter(1, 0x20_0000)]), []);
        assert_eq!(last(&[first, drop(2, 3), enter(1, 0x20_0000)]), []);
    }

    #[test]
    fn doorbells_go_to_threads_that_there_are() {
        let send = |rb| last(&[Act::Send { rb }]);
        assert_eq!(send(Message { thread: 7 }.to_rb()), []);
        assert_eq!(send(Message { thread: 8 }.to_rb()), [Finding::DoorbellToNobody]);
        assert_eq!(send(7), [Finding::DoorbellToNobody]);
        assert_eq!(send(1 << 32 | Message { thread: 7 }.to_rb()), [Finding::DoorbellUpperHalf]);
    }

    #[test]
    fn a_decrementer_interrupts_while_it_is_negative() {
        assert_eq!(last(&[Act::Decrementer { dec: 0x8000_0000 }]), []);
        assert_eq!(last(&[Act::Decrementer { dec: 0 }]), []);
        assert_eq!(last(&[Act::Decrementer { dec: 5 }]), [Finding::DecWrap]);
    }
}
