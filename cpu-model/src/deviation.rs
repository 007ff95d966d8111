// SPDX-License-Identifier: GPL-2.0-or-later
//! Where QEMU's powernv8 is known to differ from a POWER8 core, and what of it is corrected.
//!
//! For QEMU 10.0 and 11.1. Linux files are below `arch/powerpc`.

use crate::{Finding, Rule};

/// What is done about a deviation where all rules are on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Software finds what POWER8 would show it.
    Corrected(Rule),
    /// As far as the text does not say otherwise.
    Partly(Rule, &'static str),
    /// Counted time leaves nothing of it.
    ByTime,
    /// Software finds what POWER8 would show it where the plugin is asked to, with this option, but for what the text says,
    /// if there is one.
    Asked(&'static str, Option<&'static str>),
    /// The plugin says so when software runs into it.
    Detected(Finding),
}

impl Status {
    /// The name on the terminal and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Status::Corrected(_) => "corrected",
            Status::Partly(..) => "partly corrected",
            Status::ByTime => "corrected by exact time",
            Status::Asked(..) => "corrected where asked for",
            Status::Detected(_) => "detected",
        }
    }

    /// The rule that corrects it.
    pub fn rule(self) -> Option<Rule> {
        match self {
            Status::Corrected(rule) | Status::Partly(rule, _) => Some(rule),
            _ => None,
        }
    }

    /// What is left of it.
    pub fn rest(self) -> Option<&'static str> {
        match self {
            Status::Partly(_, rest) => Some(rest),
            Status::Asked(_, rest) => rest,
            _ => None,
        }
    }

    /// The plugin's option that it takes, or the finding's name.
    pub fn means(self) -> Option<&'static str> {
        match self {
            Status::Asked(option, _) => Some(option),
            Status::Detected(finding) => Some(finding.name()),
            _ => None,
        }
    }
}

/// One deviation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deviation {
    /// From 1, the worst first for guests of several threads on a core whose other threads run host tasks.
    pub number: u8,
    /// What it is about.
    pub title: &'static str,
    /// What POWER8 does.
    pub power8: &'static str,
    /// What QEMU does.
    pub qemu: &'static str,
    /// Where that can be read.
    pub source: &'static str,
    /// What is done about it.
    pub status: Status,
}

/// All that are known, by number.
pub static DEVIATIONS: &[Deviation] = &[
    Deviation {
        number: 1,
        title: "SDR1 and LPIDR are one for the core",
        power8: "One register for each core (or part of a split core). KVM lets the primary thread write it for \
                 all.",
        qemu: "One for each thread: the other threads enter the guest with the host's page table.",
        source: "Linux kvm/book3s_hv_rmhandlers.S, kvmppc_hv_entry; QEMU target/ppc/misc_helper.c, \
                 helper_store_sdr1, helper_store_lpidr",
        status: Status::Corrected(Rule::Partition),
    },
    Deviation {
        number: 2,
        title: "The TLB is one for the core",
        power8: "A tlbiel acts for all threads, and entries carry the partition that they belong to.",
        qemu: "One for each thread, without a partition: a tlbiel or a write of SDR1 or LPIDR empties the \
               writer's own.",
        source: "Linux kvm/book3s_hv_rm_mmu.c, global_invalidates; QEMU target/ppc/misc_helper.c, \
                 target/ppc/mmu-hash64.c",
        status: Status::Corrected(Rule::Tlb),
    },
    Deviation {
        number: 3,
        title: "Why a thread woke",
        power8: "SRR1 names an event that LPCR[PECE] lets end power saving.",
        qemu: "PECE decides whether it wakes, then the reason is picked in the order of a running thread, PECE \
               left aside.",
        source: "Linux kernel/irq_64.c, platforms/powernv/smp.c; QEMU target/ppc/excp_helper.c, \
                 p8_interrupt_powersave, p8_next_unmasked_interrupt",
        status: Status::Corrected(Rule::WakeReason),
    },
    Deviation {
        number: 4,
        title: "A hypervisor's doorbell reaches a guest",
        power8: "It interrupts a guest whatever the guest's MSR[EE]: that is how KVM calls threads back.",
        qemu: "It waits for EE, so that a guest with interrupts off keeps the whole core waiting.",
        source: "Linux kvm/book3s_hv_builtin.c, kvmhv_interrupt_vcore; QEMU target/ppc/excp_helper.c, \
                 p8_next_unmasked_interrupt",
        status: Status::Corrected(Rule::HvDoorbell),
    },
    Deviation {
        number: 5,
        title: "LPCR[MER], the mediated external interrupt",
        power8: "With MER set, the guest gets an external interrupt as soon as it turns EE on.",
        qemu: "The bit can be set and nothing looks at it: the interrupt waits for KVM's next entry with EE \
               on.",
        source: "Linux kvm/book3s_hv_builtin.c, kvmppc_guest_entry_inject_int; QEMU target/ppc/excp_helper.c",
        status: Status::Corrected(Rule::Mer),
    },
    Deviation {
        number: 6,
        title: "PCR is one for the core",
        power8: "One register for each core (or part of a split core), written by the primary thread.",
        qemu: "One for each thread: only the primary runs a guest of an older architecture level as such.",
        source: "Linux kvm/book3s_hv_rmhandlers.S, kvmppc_hv_entry; QEMU target/ppc/misc_helper.c, \
                 helper_store_pcr",
        status: Status::Corrected(Rule::Pcr),
    },
    Deviation {
        number: 7,
        title: "Split cores",
        power8: "HID0 splits a core in two or four, each part with shared registers and thread numbers of its \
                 own.",
        qemu: "HID0 stores the command and its status never changes: whoever asks for a split waits for ever.",
        source: "Linux platforms/powernv/subcore.c, split_core, unsplit_core; QEMU target/ppc/cpu_init.c",
        status: Status::Corrected(Rule::SubCore),
    },
    Deviation {
        number: 8,
        title: "The hypervisor decrementer",
        power8: "One for each core (or part); raises an exception if LPCR[HDICE] is set when it is written.",
        qemu: "A timer for each thread; an expiry in power saving is dropped, one that is pending outlives a \
               new value, and HDICE only masks.",
        source: "Linux kvm/book3s_hv_interrupts.S, kvm/book3s_hv_rmhandlers.S (kvm_end_cede); QEMU hw/ppc/ppc.c, \
                 cpu_ppc_hdecr_excp",
        status: Status::Partly(
            Rule::Hdec,
            "in a guest, where one that is taken back leaves HSRR0 and HSRR1; what comes in the hypervisor, or ends a \
             nap, is QEMU's",
        ),
    },
    Deviation {
        number: 9,
        title: "The decrementer is a level",
        power8: "Pending while its top bit is 1, from the tick after 0 until it wraps to positive.",
        qemu: "Pending from the tick at 0 until software writes it, even past the wrap.",
        source: "Linux commit 3db40c312c2c; QEMU hw/ppc/ppc.c, __cpu_ppc_store_decr",
        status: Status::Detected(Finding::DecWrap),
    },
    Deviation {
        number: 10,
        title: "PURR and SPURR",
        power8: "Count each thread's share of the core, at rates that RWMR and LPCR[ONL] choose.",
        qemu: "Count at the timebase's rate; a write by one thread sets all threads', and SPURR is PURR.",
        source: "Linux kvm/book3s_hv.c, RWMR_RPA_P8_*; QEMU target/ppc/timebase_helper.c, helper_store_purr, \
                 target/ppc/cpu_init.c",
        status: Status::Partly(
            Rule::Purr,
            "threads that are awake have equal shares: the weights that RWMR chooses are not public",
        ),
    },
    Deviation {
        number: 11,
        title: "Threads share a core's speed",
        power8: "Two, four, eight threads do 1.4, 1.8, 1.8 times the work of one, and a nap takes 4 microseconds \
                 to leave.",
        qemu: "Every thread runs at full speed, and a nap ends at once.",
        source: "De Gelas, \"Assessing IBM's POWER8, Part 1\" (AnandTech, 2016); skiboot hw/slw-p8.c",
        status: Status::Asked("speed=smt", None),
    },
    Deviation {
        number: 12,
        title: "Thread priority",
        power8: "PPR and RPR decide how the core's dispatch slots are shared out.",
        qemu: "PPR is stored; a change of priority ends a block and has no other effect.",
        source: "Power ISA 2.07B, Book II, Program Priority Registers; skiboot asm/head.S; QEMU \
                 target/ppc/translate",
        status: Status::Asked(
            "speed=smt",
            Some(
                "low and very low priority get an eighth, and give the rest of a turn away at all speeds; the other \
                 levels, RPR and PSPB do nothing",
            ),
        ),
    },
    Deviation {
        number: 13,
        title: "Depth of power saving",
        power8: "nap keeps most state, sleep may stop the timebase, rvwinkle loses all registers.",
        qemu: "doze, nap, sleep and rvwinkle are one, nothing is lost, and firmware offers the kernel only \
               nap.",
        source: "Linux platforms/powernv/idle.c; skiboot hw/slw-p8.c; QEMU target/ppc/tcg-excp_helper.c, \
                 helper_pminsn",
        status: Status::Detected(Finding::PowerLevel),
    },
    Deviation {
        number: 14,
        title: "What a nap lost, in SRR1[46:47]",
        power8: "01 where nothing was lost, 10 where general registers may have been.",
        qemu: "Always 01: the kernel's code that restores registers never runs.",
        source: "Linux kernel/idle_book3s.S, idle_return_gpr_loss; QEMU target/ppc/excp_helper.c, \
                 powerpc_reset_wakeup",
        status: Status::Asked("lose=gpr", None),
    },
    Deviation {
        number: 15,
        title: "How power saving is entered",
        power8: "With relocation off and stores completed, in a prescribed sequence.",
        qemu: "In hypervisor state, any way: a wrong sequence goes unnoticed.",
        source: "Linux kernel/idle_book3s.S, isa206_idle_insn_mayloss; QEMU target/ppc/translate.c",
        status: Status::Detected(Finding::NapSequence),
    },
    Deviation {
        number: 16,
        title: "Hypervisor maintenance interrupts",
        power8: "Errors, of the timebase for one, interrupt and are told by each thread's HMER; the chip's time of day gives \
                 a core its timebase again.",
        qemu: "None is ever raised, and there is no time of day: behind an interrupt that is injected the host has its \
               guest's timebase.",
        source: "Linux kvm/book3s_hv_ras.c; skiboot core/hmi.c; QEMU target/ppc/timebase_helper.c, \
                 helper_store_tfmr",
        status: Status::Partly(Rule::Resync, "errors of the timebase never come; a write of TFMR is told"),
    },
    Deviation {
        number: 17,
        title: "The timebase and VTB are one for the core",
        power8: "One register, the same to the tick on all threads.",
        qemu: "An offset for each thread, written one after another: exact for KVM's way of writing, else \
               under 1 microsecond off.",
        source: "Linux platforms/powernv/subcore.c; QEMU target/ppc/timebase_helper.c, hw/ppc/ppc.c",
        status: Status::ByTime,
    },
    Deviation {
        number: 18,
        title: "Registers that are missing or stand still",
        power8: "IC counts; WORC, PMMAR, PMCR, HID1, HID4, HID5 and DHDES exist.",
        qemu: "IC never changes; the others are not there, and reading one leaves the target register as it \
               was.",
        source: "Linux include/asm/reg.h, platforms/powernv/idle.c; QEMU target/ppc/cpu_init.c, \
                 target/ppc/translate.c",
        status: Status::Partly(Rule::LackingSpr, "all but DHDES; a guest in problem state sees no IC"),
    },
    Deviation {
        number: 19,
        title: "Odds and ends of interrupts",
        power8: "A wake turns MSR[ME] on, firmware can reset a single thread, and a doorbell's message is the lower \
                 half of its register.",
        qemu: "ME is kept as it was, firmware offers no reset of a thread, withdrawing MFRR leaves an IPI that was \
               latched, and a doorbell with a bit on in the upper half is none.",
        source: "QEMU target/ppc/excp_helper.c, hw/intc/xics.c, target/ppc/tcg-excp_helper.c \
                 (dbell_type_server); skiboot core/chip.c; Power ISA 2.07B, Book III-S, msgsnd",
        status: Status::Partly(Rule::WakeMe, "MSR[ME] is turned on; the others are as in QEMU"),
    },
    Deviation {
        number: 20,
        title: "msgsndp and msgclrp need no facility bit",
        power8: "A guest may always use them: HFSCR[MSGP] came with Power ISA 3.0.",
        qemu: "They ask for HFSCR[MSGP], which nothing sets: the guest's first doorbell is an illegal \
               instruction to it.",
        source: "Linux kvm/book3s_hv.c, kvmppc_core_vcpu_create_hv; QEMU target/ppc/tcg-excp_helper.c, \
                 helper_book3s_msgsndp",
        status: Status::Corrected(Rule::Msgsndp),
    },
];
