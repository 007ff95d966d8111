// SPDX-License-Identifier: GPL-2.0-or-later
//! The rules: each a program of `programs/`, and what POWER8 shows it, which the model says.

use crate::alone::{self, Conditions, Seen};
use crate::asm;
use crate::frame::{Framed, framed};
use cpu_model::lose::Lose;
use cpu_model::{Finding, Rule as Correction};

/// Something that POWER8 does and a program can see.
#[derive(Debug)]
pub struct Rule {
    /// The name on command lines and in reports, which is the program's.
    pub id: &'static str,
    /// The deviation that it is about ([`cpu_model::deviation`]); `None`: QEMU is known to do what POWER8 does.
    pub deviation: Option<u8>,
    /// What POWER8 does.
    pub title: &'static str,
    /// Where that can be read.
    pub source: &'static str,
    /// What makes the emulator do it; `None` where nothing does, or has to.
    pub correction: Option<Correction>,
    /// What the core does while the program runs, by the model and with the plugin (`lose=`, `speed=smt`).
    pub conditions: Conditions,
    /// It is exact time that makes the emulator do it.
    pub by_time: bool,
    /// What the plugin says of the program, where it cannot make the emulator right, or POWER8 promises nothing.
    pub finding: Option<Finding>,
    program: &'static str,
}

impl Rule {
    /// The rule of that name.
    pub fn by_id(id: &str) -> Option<&'static Rule> {
        RULES.iter().find(|rule| rule.id == id)
    }

    /// Its program.
    ///
    /// # Errors
    /// The first line that is none.
    pub fn framed(&self) -> Result<Framed, asm::Error> {
        framed(self.program)
    }

    /// Whether the plugin is to show what POWER8 does.
    pub fn is_claimed(&self) -> bool {
        self.correction.is_some()
            || self.conditions != Conditions::default()
            || self.by_time
            || self.finding.is_some()
            || self.deviation.is_none()
    }

    /// What its program sees on POWER8: it is run on the model.
    ///
    /// # Panics
    /// Where the program is none, or does what is not modelled: a test runs them all.
    pub fn power8(&self) -> Seen {
        let program = self.framed().unwrap_or_else(|error| panic!("{}: {error}", self.id));
        alone::run(&program, self.conditions).unwrap_or_else(|error| panic!("{}: {error}", self.id))
    }
}

macro_rules! rules {
    (@is) => { false };
    (@is $value:literal) => { $value };
    (@some) => { None };
    (@some $value:expr) => { Some($value) };
    ($($id:literal $deviation:expr, $correction:expr, $title:literal, $source:literal
        $(, lose $lose:path)? $(, shares_speed $speed:literal)? $(, by_time $time:literal)? $(, finding $finding:path)?;)*) => {
        /// All of them, those of a deviation in its list's order, then what QEMU does right.
        pub static RULES: &[Rule] = &[$(Rule {
            id: $id,
            deviation: $deviation,
            title: $title,
            source: $source,
            correction: $correction,
            conditions: Conditions { lose: rules!(@some $($lose)?), shares_speed: rules!(@is $($speed)?) },
            by_time: rules!(@is $($time)?),
            finding: rules!(@some $($finding)?),
            program: include_str!(concat!("../programs/", $id, ".s")),
        }),*];
    };
}

rules! {
    "partition" Some(1), Some(Correction::Partition),
        "SDR1 and LPIDR are one for the threads of a core",
        "Linux kvm/book3s_hv_rmhandlers.S, kvmppc_hv_entry: only the primary writes them";
    "tlb" Some(2), Some(Correction::Tlb),
        "A tlbiel drops the translation for all threads of the core",
        "Linux kvm/book3s_hv_rm_mmu.c, global_invalidates";
    "wake-reason" Some(3), Some(Correction::WakeReason),
        "SRR1 names an event that LPCR[PECE] lets end power saving",
        "Linux platforms/powernv/smp.c, pnv_cpu_offline_self; kernel/irq_64.c";
    "hv-doorbell" Some(4), Some(Correction::HvDoorbell),
        "A hypervisor's doorbell interrupts a guest whatever its MSR[EE]",
        "Linux kvm/book3s_hv_builtin.c, kvmhv_interrupt_vcore";
    "mediated-external" Some(5), Some(Correction::Mer),
        "With LPCR[MER] a guest is interrupted as soon as it turns MSR[EE] on",
        "Linux kvm/book3s_hv_builtin.c, kvmppc_guest_entry_inject_int";
    "pcr" Some(6), Some(Correction::Pcr),
        "PCR is one for the threads of a core",
        "Linux kvm/book3s_hv_rmhandlers.S, kvmppc_hv_entry";
    "split-status" Some(7), Some(Correction::SubCore),
        "HID0 splits a core and shows that it has",
        "Linux platforms/powernv/subcore.c, split_core";
    "split-merges" Some(7), Some(Correction::SubCore),
        "A split core is whole again once all its threads but the first nap, unless HID0 forbids it",
        "Linux platforms/powernv/subcore.c, unsplit_core";
    "split-registers" Some(7), Some(Correction::SubCore),
        "Each part of a split core has an LPIDR, an RPR and an LDBAR of its own",
        "Linux platforms/powernv/subcore-asm.S, split_core_secondary_loop";
    "split-doorbells" Some(7), Some(Correction::SubCore),
        "On a split core msgsndp and DPDES count threads within the part",
        "Linux platforms/powernv/subcore.c; kvm/book3s_hv_rmhandlers.S";
    "split-timebase" Some(7), Some(Correction::SubCore),
        "Each part of a split core has a timebase of its own",
        "Linux platforms/powernv/subcore.c, at its top; kvm/book3s_hv_rmhandlers.S";
    "split-hdec" Some(7), Some(Correction::SubCore),
        "Each part of a split core has a hypervisor decrementer of its own",
        "Linux kvm/book3s_hv_rmhandlers.S, kvmppc_hv_entry: the primary of each writes it";
    "hdec-nap" Some(8), Some(Correction::Hdec),
        "A hypervisor decrementer that expires in a nap interrupts the guest that is entered next",
        "Linux kvm/book3s_hv_rmhandlers.S, kvm_end_cede, which looks at it no more";
    "hdec-cancel" Some(8), Some(Correction::Hdec),
        "A new value of HDEC ends an exception that is pending",
        "Linux kernel/exceptions-64s.S, hdecrementer";
    "hdec-hdice" Some(8), Some(Correction::Hdec),
        "HDEC raises an exception only if LPCR[HDICE] was on when it was written",
        "Linux kvm/book3s_hv_interrupts.S, __kvmppc_vcore_entry";
    "dec-wrap" Some(9), None,
        "The decrementer's exception ends where it wraps to positive",
        "Linux commit 3db40c312c2c", finding Finding::DecWrap;
    "purr" Some(10), Some(Correction::Purr),
        "PURR is each thread's own, and SPURR is another register",
        "Linux kvm/book3s_hv_rmhandlers.S, guest_exit_cont: each thread swaps its own";
    "purr-share" Some(10), Some(Correction::Purr),
        "PURR counts the thread's share of the core; all threads' shares are its time",
        "Power ISA 2.07B, Book III-S, Processor Utilization of Resources Register";
    "purr-online" Some(10), Some(Correction::Purr),
        "PURR stands still while LPCR[ONL] is off",
        "Linux include/asm/reg.h, LPCR_ONL; kvm/book3s_hv.c, kvmppc_core_vcpu_create_hv";
    "speed" Some(11), None,
        "Eight threads of a core are each less than half as fast as one alone",
        "De Gelas, \"Assessing IBM's POWER8, Part 1\" (AnandTech, 2016)", shares_speed true;
    "priority" Some(12), None,
        "A thread at low priority gets less done than its sibling",
        "Power ISA 2.07B, Book II, Program Priority Registers", shares_speed true;
    "sleep-loses" Some(13), None,
        "sleep may lose registers of the hypervisor, and SRR1[46:47] says so",
        "Linux platforms/powernv/idle.c, power7_idle_insn", lose Lose::All;
    "power-level" Some(13), None,
        "What rvwinkle loses is for firmware to restore",
        "skiboot hw/slw-p8.c", finding Finding::PowerLevel;
    "nap-loses" Some(14), None,
        "nap may lose general registers, and SRR1[46:47] says so",
        "Linux kernel/idle_book3s.S, isa206_idle_insn_mayloss", lose Lose::General;
    "nap-sequence" Some(15), None,
        "Stores are completed by a prescribed sequence before a nap",
        "Linux kernel/idle_book3s.S, IDLE_STATE_ENTER_SEQ_NORET", finding Finding::NapSequence;
    "timebase-errors" Some(16), None,
        "TFMR tells of errors of the timebase, which interrupt",
        "skiboot core/hmi.c", finding Finding::TimebaseErrors;
    "timebase-resync" Some(16), Some(Correction::Resync),
        "Firmware gives a core the chip's time of day, whatever a guest has left in the timebase",
        "Linux kvm/book3s_hv_ras.c, kvmppc_realmode_hmi_handler; skiboot hw/chiptod.c";
    "timebase-half" Some(17), None,
        "A write of half of the timebase is one for the core",
        "Power ISA 2.07B, Book III-S, section 7.2; Linux platforms/powernv/subcore.c", by_time true;
    "instruction-count" Some(18), Some(Correction::LackingSpr),
        "IC counts instructions",
        "Power ISA 2.07B, Book III-S; Linux include/asm/reg.h";
    "registers-missing" Some(18), Some(Correction::LackingSpr),
        "WORC, PMMAR and PMCR keep what is written",
        "Linux platforms/powernv/idle.c, pnv_save_sprs_for_deep_states; subcore.c";
    "wake-me" Some(19), Some(Correction::WakeMe),
        "MSR[ME] is on where a nap has ended",
        "QEMU commit f85bcec31ee5, which quotes Power ISA 3.0, figure 64";
    "msgsnd-upper-half" Some(19), None,
        "msgsnd looks at the lower half of its register alone",
        "Power ISA 2.07B, Book III-S, msgsnd", finding Finding::DoorbellUpperHalf;
    "msgsndp" Some(20), Some(Correction::Msgsndp),
        "msgsndp asks no facility bit",
        "Linux kvm/book3s_hv.c, kvmppc_core_vcpu_create_hv: HFSCR[MSGP] is of ISA 3.0";
    "guest-dpdes" Some(20), Some(Correction::Msgsndp),
        "A guest may read DPDES",
        "Linux kvm/book3s_hv.c, kvmppc_core_vcpu_create_hv: HFSCR has no bit for it";
    "dec-negative" None, None,
        "A negative decrementer interrupts once MSR[EE] is on, until it is made positive",
        "Power ISA 2.07B, Book III-S, Decrementer";
    "doorbell-kept" None, None,
        "A doorbell that ends a nap is still pending then",
        "Linux kernel/irq_64.c, irq_set_pending_from_srr1";
    "external-guest" None, None,
        "An external interrupt is the hypervisor's, and reaches a guest whatever its MSR[EE]",
        "Linux kvm/book3s_hv_rmhandlers.S, kvmppc_interrupt_hv; include/asm/reg.h, LPCR_LPES";
    "hdec-shared" None, None,
        "HDEC is one for the core, and interrupts a guest whatever its MSR[EE]",
        "Linux kvm/book3s_hv_builtin.c, kvmhv_commence_exit";
    "hile" None, None,
        "With HID0[HILE] interrupts to the hypervisor arrive little-endian",
        "skiboot core/cpu.c, set_hid0_all; Linux kernel/exceptions-64s.S";
    "icp-ipi" None, None,
        "MFRR is a level: what was accepted and ended is presented again until it is withdrawn",
        "Linux sysdev/xics/icp-native.c, icp_native_ipi_action; kvm/book3s_xics.c";
    "icp-priority" None, None,
        "CPPR masks an inter-processor interrupt, and takes back one that was presented",
        "Linux kvm/book3s_xics.c, kvmppc_h_cppr";
    "msgsnd-core" None, None,
        "msgsnd names a thread of the core, doorbells coalesce, msgclr takes one back",
        "Linux include/asm/dbell.h";
    "msgsndp-sibling" None, None,
        "msgsndp reaches a sibling, and DPDES shows it until it is taken",
        "Linux kvm/book3s_hv_rmhandlers.S, guest_exit_cont";
    "numbers" None, None,
        "PIR and TIR number the threads",
        "skiboot include/processor.h, SPR_PIR_P8_MASK";
    "real-mode-offset" None, None,
        "HRMOR is one for the core, and offsets the hypervisor's real addresses",
        "Power ISA 2.07B, Book III-S, section 5.7.3";
    "registers-shared" None, None,
        "HID0, HMEER, TSCR, RPR, LDBAR and VTB are one for the core",
        "Linux platforms/powernv/idle.c, pnv_save_sprs_for_deep_states; platforms/powernv/opal-imc.c";
    "run-latch" None, None,
        "CTRL[RUN] is each thread's own",
        "Linux kernel/process.c, ppc64_runlatch_on";
    "timebase-shared" None, None,
        "The timebase is one for the core",
        "skiboot hw/chiptod.c";
    "wake-decrementer" None, None,
        "The decrementer ends a nap at 0x100 with its reason, in hypervisor real mode",
        "Linux kernel/exceptions-64s.S, system_reset";
    "wake-external" None, None,
        "An external interrupt ends a nap with its reason, and is pending still",
        "Linux kernel/irq_64.c, irq_set_pending_from_srr1";
    "wake-not-enabled" None, None,
        "What LPCR[PECE] leaves out does not end a nap",
        "Linux include/asm/reg.h, LPCR_PECE";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_runs_them_all() {
        for rule in RULES {
            let program = rule.framed().unwrap();
            let seen = rule.power8();
            for thread in seen.keys() {
                assert!(program.threads.contains(thread), "{}: thread {thread}", rule.id);
            }
            assert!(
                seen.values().any(|values| !values.is_empty()) || rule.id == "wake-not-enabled",
                "{}",
                rule.id
            );
            for value in seen.values().flatten() {
                assert!(
                    *value != crate::frame::LATE && value >> 48 != crate::frame::STOPPED >> 48,
                    "{}: {value:#x}",
                    rule.id
                );
            }
        }
    }

    #[test]
    fn what_is_told_has_a_reason_not_to_be_corrected() {
        for rule in RULES {
            assert!(rule.finding.is_none_or(|finding| finding.why().is_some()), "{}", rule.id);
        }
    }

    #[test]
    fn each_program_is_of_a_rule() {
        let programs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("programs");
        for entry in std::fs::read_dir(programs).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(Rule::by_id(name.strip_suffix(".s").unwrap()).is_some(), "{name}");
        }
    }

    #[test]
    fn a_claim_is_the_deviations_own() {
        for rule in RULES {
            let listed = rule.deviation.map(|n| &cpu_model::deviation::DEVIATIONS[usize::from(n) - 1]);
            if let Some(deviation) = listed {
                assert!(
                    rule.correction.is_none() || deviation.status.rule() == rule.correction,
                    "{}",
                    rule.id
                );
            }
        }
    }
}
