// SPDX-License-Identifier: GPL-2.0-or-later
//! What software does that is worth a word: what POWER8 does not promise to bear, and what runs into something that the
//! emulator does otherwise and nothing can correct.

use std::fmt;

/// One kind. Findings of a deviation are always looked for, the others where they are asked for (`lint`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Finding {
    /// Power saving with MSR\[IR\] or MSR\[DR\] on.
    NapRelocated,
    /// Power saving without the sequence that lets stores complete first.
    NapSequence,
    /// HDEC is written, to expire soon, while LPCR\[HDICE\] is off.
    HdecWithoutHdice,
    /// LPCR is written, and HDEC without context synchronization in between.
    LpcrWithoutIsync,
    /// SDR1 is written after LPIDR without a `ptesync` in between.
    PartitionWithoutPtesync,
    /// A guest is entered in a partition that had another page table on this core, whose translations were not dropped.
    PartitionWithoutFlush,
    /// A guest is entered with the host's partition or page table.
    GuestInHostPartition,
    /// `msgsnd` or `msgsndp` to a thread that no core has.
    DoorbellToNobody,
    /// A doorbell's register has a bit on in its upper half, which the emulator takes for a part of the type.
    DoorbellUpperHalf,
    /// A decrementer interrupt that the decrementer, positive again, does not ask for any more.
    DecWrap,
    /// `doze`, `sleep` or `rvwinkle`, which are `nap` in the emulator.
    PowerLevel,
    /// TFMR is written: errors of the timebase, which never come.
    TimebaseErrors,
}

/// How each is told.
struct About {
    name: &'static str,
    title: &'static str,
    source: &'static str,
    deviation: Option<u8>,
    why: Option<&'static str>,
}

impl Finding {
    /// Every finding.
    pub const ALL: [Finding; 12] = [
        Finding::NapRelocated,
        Finding::NapSequence,
        Finding::HdecWithoutHdice,
        Finding::LpcrWithoutIsync,
        Finding::PartitionWithoutPtesync,
        Finding::PartitionWithoutFlush,
        Finding::GuestInHostPartition,
        Finding::DoorbellToNobody,
        Finding::DoorbellUpperHalf,
        Finding::DecWrap,
        Finding::PowerLevel,
        Finding::TimebaseErrors,
    ];

    fn about(self) -> About {
        let lint = |name, title, source| About { name, title, source, deviation: None, why: None };
        let deviation = |number, name, title, source, why| About {
            name,
            title,
            source,
            deviation: Some(number),
            why: Some(why),
        };
        match self {
            Finding::NapRelocated => lint(
                "nap-relocated",
                "a power-saving instruction with MSR[IR] or MSR[DR] on",
                "Power ISA 2.07B, Book III-S, section 3.3.2; Linux kernel/idle_book3s.S",
            ),
            Finding::NapSequence => About {
                why: Some("nothing goes wrong for want of it: the emulator's stores are complete at once"),
                ..lint(
                    "nap-sequence",
                    "a power-saving instruction without store, ptesync, load and compare of it before",
                    "Power ISA 2.07B, Book III-S, section 3.3.2; Linux kernel/idle_book3s.S, \
                     IDLE_STATE_ENTER_SEQ_NORET",
                )
            },
            Finding::HdecWithoutHdice => lint(
                "hdec-without-hdice",
                "HDEC is written to expire soon while LPCR[HDICE] is off: no exception comes of it",
                "Linux kvm/book3s_hv_interrupts.S, __kvmppc_vcore_entry",
            ),
            Finding::LpcrWithoutIsync => lint(
                "lpcr-without-isync",
                "LPCR is written, and HDEC without context synchronization in between",
                "Power ISA 2.07B, Book III-S, chapter 12; Linux kvm/book3s_hv_interrupts.S, __kvmppc_vcore_entry",
            ),
            Finding::PartitionWithoutPtesync => lint(
                "partition-without-ptesync",
                "SDR1 is written after LPIDR without a ptesync in between",
                "Power ISA 2.07B, Book III-S, chapter 12; Linux kvm/book3s_hv_rmhandlers.S, kvmppc_hv_entry",
            ),
            Finding::PartitionWithoutFlush => lint(
                "partition-without-flush",
                "a guest is entered with another SDR1 than its LPIDR had on this core, and no tlbiel of all translations since",
                "Power ISA 2.07B, Book III-S, chapter 12; Linux kvm/book3s_hv_builtin.c, kvmppc_check_need_tlb_flush",
            ),
            Finding::GuestInHostPartition => lint(
                "guest-in-host-partition",
                "a guest is entered with LPIDR or SDR1 of the host",
                "Linux kvm/book3s_hv_rmhandlers.S, kvmppc_hv_entry",
            ),
            Finding::DoorbellToNobody => lint(
                "doorbell-to-nobody",
                "msgsnd or msgsndp to a thread that no core has",
                "Power ISA 2.07B, Book III-S, chapter 11; Linux include/asm/dbell.h",
            ),
            Finding::DoorbellUpperHalf => deviation(
                19,
                "doorbell-upper-half",
                "msgsnd or msgsndp with a bit on in the upper half of its register, which then is no doorbell here",
                "Power ISA 2.07B, Book III-S, msgsnd; QEMU target/ppc/tcg-excp_helper.c, dbell_type_server",
                "no software is known that leaves such a bit on, and each doorbell would have to be looked at for it",
            ),
            Finding::DecWrap => deviation(
                9,
                "dec-wrap",
                "a decrementer interrupt while the decrementer is positive",
                "Linux commit 3db40c312c2c; QEMU hw/ppc/ppc.c, __cpu_ppc_store_decr",
                "the emulator keeps the exception where no register shows it, and a guest with relocation on can be sent \
                 through nothing that would end it",
            ),
            Finding::PowerLevel => deviation(
                13,
                "power-level",
                "doze, sleep or rvwinkle, which are nap here",
                "QEMU target/ppc/tcg-excp_helper.c, helper_pminsn",
                "what the deeper levels lose is restored by firmware from an image that skiboot makes for no emulator; \
                 lose=spr and lose=all destroy it all the same",
            ),
            Finding::TimebaseErrors => deviation(
                16,
                "timebase-errors",
                "TFMR is written: the errors of the timebase that it is about never come here",
                "QEMU target/ppc/timebase_helper.c, helper_store_tfmr",
                "the emulator has no POWER8 ChipTOD, from which firmware would bring a lost timebase back; inject= puts \
                 the interrupts themselves on threads",
            ),
        }
    }

    /// The name in reports.
    pub fn name(self) -> &'static str {
        self.about().name
    }

    /// What software does.
    pub fn title(self) -> &'static str {
        self.about().title
    }

    /// Where it stands.
    pub fn source(self) -> &'static str {
        self.about().source
    }

    /// The deviation that it runs into ([`crate::deviation`]); `None` where software is at fault.
    pub fn deviation(self) -> Option<u8> {
        self.about().deviation
    }

    /// Why the emulator is not made right there.
    pub fn why(self) -> Option<&'static str> {
        self.about().why
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_has_a_name_of_its_own() {
        let names: BTreeSet<_> = Finding::ALL.iter().map(|finding| finding.name()).collect();
        assert_eq!(names.len(), Finding::ALL.len());
    }

    #[test]
    fn deviations_are_on_the_list() {
        for number in Finding::ALL.iter().filter_map(|finding| finding.deviation()) {
            assert!(crate::deviation::DEVIATIONS.iter().any(|d| d.number == number), "{number}");
        }
    }
}
