// SPDX-License-Identifier: GPL-2.0-or-later
//! What QEMU's powernv8 does otherwise than POWER8 and p8smt corrects, by name.

/// One correction. Each can be switched off by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Rule {
    /// SDR1 and LPIDR are one register for the threads of a core. QEMU keeps one for each thread
    /// (`target/ppc/misc_helper.c`, `helper_store_sdr1`, `helper_store_lpidr`), and KVM has only the primary
    /// thread write them (Linux `book3s_hv_rmhandlers.S`, `kvmppc_hv_entry`).
    Partition,
    /// The TLB is one for the core: a `tlbiel` or a change of partition acts for all its threads
    /// (Linux `book3s_hv_rm_mmu.c`, `global_invalidates`). QEMU's act on the executing thread.
    Tlb,
    /// Only what LPCR\[PECE\] enables may be the reason that a power-saving mode ended. QEMU looks at the bits
    /// for whether to wake, not for why (`target/ppc/excp_helper.c`, `p8_next_unmasked_interrupt`).
    WakeReason,
    /// A directed hypervisor doorbell interrupts a guest whatever its MSR\[EE\]: KVM pulls threads out of the
    /// guest with it (Linux `book3s_hv_builtin.c`, `kvmhv_interrupt_vcore`). QEMU wants EE.
    HvDoorbell,
    /// PCR is one register for the threads of a core, as SDR1 is. QEMU keeps one for each.
    Pcr,
    /// A hypervisor decrementer that expires while a thread naps is taken once the thread is back in the
    /// guest; a new value ends an exception that is pending, and with LPCR\[HDICE\] 0 none comes of it. QEMU drops the
    /// first, keeps the second, and HDICE only masks (`hw/ppc/ppc.c`, `cpu_ppc_hdecr_excp`).
    Hdec,
    /// `msgsndp` and `msgclrp` ask no facility bit: HFSCR\[MSGP\] came with Power ISA 3.0
    /// (Linux `book3s_hv.c`, `kvmppc_core_vcpu_create_hv`). QEMU asks for it.
    Msgsndp,
    /// HID0 splits a core in two or four, each with shared registers, timebase, doorbells and thread numbers of its own
    /// (Linux `platforms/powernv/subcore.c`). QEMU's cores stay whole.
    SubCore,
    /// With LPCR\[MER\] on, a guest takes an external interrupt as soon as its MSR\[EE\] is
    /// (Linux `book3s_hv_builtin.c`, `kvmppc_guest_entry_inject_int`). In QEMU nothing looks at the bit.
    Mer,
    /// PURR is each thread's own and counts its share of the core, and SPURR is another register (Linux
    /// `book3s_hv_rmhandlers.S`, `guest_exit_cont`). QEMU's count the timebase's ticks, and a write is for all threads and
    /// both (`target/ppc/timebase_helper.c`, `helper_store_purr`).
    Purr,
    /// Registers that QEMU has not keep what is written ([`crate::core::LACKING`]), and IC, which stands still there,
    /// counts instructions.
    LackingSpr,
    /// MSR\[ME\] is on where a power-saving mode has ended (Power ISA 3.0, figure 64, as QEMU commit f85bcec31ee5 has it).
    /// QEMU leaves it as it was (`target/ppc/excp_helper.c`, `powerpc_excp_books`).
    WakeMe,
    /// Firmware that is asked to takes the timebase of all of a core from the chip's time of day, whatever a guest has left
    /// in it: Linux has that done behind each hypervisor maintenance interrupt that took a core out of a guest (Linux
    /// `kvm/book3s_hv_ras.c`, `kvmppc_realmode_hmi_handler`). QEMU's chip has no time of day
    /// (skiboot `hw/chiptod.c`, `chiptod_wakeup_resync`).
    Resync,
}

impl Rule {
    /// Every correction.
    pub const ALL: [Rule; 13] = [
        Rule::Partition,
        Rule::Tlb,
        Rule::WakeReason,
        Rule::HvDoorbell,
        Rule::Pcr,
        Rule::Hdec,
        Rule::Msgsndp,
        Rule::SubCore,
        Rule::Mer,
        Rule::Purr,
        Rule::LackingSpr,
        Rule::WakeMe,
        Rule::Resync,
    ];

    /// The name on command lines and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Rule::Partition => "partition",
            Rule::Tlb => "tlb",
            Rule::WakeReason => "wake-reason",
            Rule::HvDoorbell => "hv-doorbell",
            Rule::Pcr => "pcr",
            Rule::Hdec => "hdec",
            Rule::Msgsndp => "msgsndp",
            Rule::SubCore => "sub-core",
            Rule::Mer => "mer",
            Rule::Purr => "purr",
            Rule::LackingSpr => "lacking-spr",
            Rule::WakeMe => "wake-me",
            Rule::Resync => "resync",
        }
    }

    /// The correction of that name.
    pub fn by_name(name: &str) -> Option<Rule> {
        Rule::ALL.into_iter().find(|r| r.name() == name)
    }
}

/// A set of corrections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules(u16);

impl Rules {
    /// All of them.
    pub const ALL: Rules = Rules(u16::MAX >> (16 - Rule::ALL.len()));
    /// None.
    pub const NONE: Rules = Rules(0);

    /// With `rule`.
    #[must_use]
    pub fn with(self, rule: Rule) -> Rules {
        Rules(self.0 | 1 << rule as u8)
    }

    /// Without `rule`.
    #[must_use]
    pub fn without(self, rule: Rule) -> Rules {
        Rules(self.0 & !(1 << rule as u8))
    }

    /// Whether `rule` is in the set.
    pub fn has(self, rule: Rule) -> bool {
        self.0 & 1 << rule as u8 != 0
    }

    /// The set that a list of words says, separated by colons: `all`, `none`, a name, or `-` and one. A list that begins
    /// with `-` begins from all, else from none.
    ///
    /// # Errors
    /// One line: which word is none of these, and what there is.
    ///
    /// ```
    /// use cpu_model::{Rule, Rules};
    /// assert_eq!(Rules::of_list("-hdec"), Ok(Rules::ALL.without(Rule::Hdec)));
    /// assert_eq!(Rules::of_list("hdec:pcr"), Ok(Rules::NONE.with(Rule::Hdec).with(Rule::Pcr)));
    /// ```
    pub fn of_list(list: &str) -> Result<Rules, String> {
        let start = if list.starts_with('-') { Rules::ALL } else { Rules::NONE };
        list.split(':').try_fold(start, Rules::changed)
    }

    /// The set after one word of such a list.
    ///
    /// # Errors
    /// As [`Rules::of_list`].
    pub fn changed(self, word: &str) -> Result<Rules, String> {
        let (on, name) = word.strip_prefix('-').map_or((true, word), |name| (false, name));
        match (name, Rule::by_name(name)) {
            ("all", _) if on => Ok(Rules::ALL),
            ("none", _) if on => Ok(Rules::NONE),
            (_, Some(rule)) if on => Ok(self.with(rule)),
            (_, Some(rule)) => Ok(self.without(rule)),
            _ => {
                let known = Rule::ALL.map(Rule::name).join(", ");
                Err(format!("there is no correction '{name}'; known are all, none, {known}"))
            }
        }
    }

    /// Those in the set.
    pub fn iter(self) -> impl Iterator<Item = Rule> {
        Rule::ALL.into_iter().filter(move |r| self.has(*r))
    }
}
