// SPDX-License-Identifier: GPL-2.0-or-later
//! Where the scope of a register can be read. Files of Linux are below `arch/powerpc`.

/// What a program, an interrupt or its handler works with.
pub const ISA: &str = "Power ISA 2.07B, Books I and III-S: state of the program or interrupt of a thread";
/// A vCPU's value is loaded and saved by every thread that enters and leaves the guest.
pub const KVM_EACH: &str = "Linux kvm/book3s_hv_rmhandlers.S: every thread swaps its own";
/// Part of what only the primary thread does for the virtual core.
pub const KVM_PRIMARY: &str = "Linux kvm/book3s_hv_rmhandlers.S: switched by the primary thread alone";
/// HDEC ends the virtual core's slice.
pub const KVM_HDEC: &str = "Linux kvm/book3s_hv_builtin.c, kvmhv_commence_exit: one expiry takes all out; \
                            skiboot include/processor.h: TFMR bit 26";
/// Doorbells of all virtual threads are one register of the virtual core.
pub const KVM_DPDES: &str = "Linux kvm/book3s_hv_rmhandlers.S: switched by the primary thread alone; \
                             QEMU target/ppc/misc_helper.c: one bit for each thread";
/// Set before a core's threads are sent into guests.
pub const KVM_RWMR: &str = "taken from Linux kvm/book3s_hv.c, kvmppc_run_core: set by the primary for all";
/// Linux saves one for each thread around winkle.
pub const IDLE_THREAD: &str = "Linux platforms/powernv/idle.c, struct p7_sprs: per thread";
/// Linux saves one for each thread, even around nap.
pub const IDLE_SHALLOW: &str =
    "Linux platforms/powernv/idle.c, struct p7_sprs: per thread, lost in any state";
/// The first thread of a sub-core to wake restores it, and a split makes several of one.
pub const IDLE_SUB_CORE: &str = "Linux platforms/powernv/idle.c, struct p7_sprs: per subcore; subcore-asm.S";
/// The first thread of a core to wake restores it.
pub const IDLE_CORE: &str = "Linux platforms/powernv/idle.c, struct p7_sprs: per core";
/// Linux gives firmware one value for a core, to be put back after winkle.
pub const WINKLE_CORE: &str = "Linux platforms/powernv/idle.c, pnv_save_sprs_for_deep_states: one for a core";
/// Firmware's list of what comes back after winkle has a part for cores.
pub const PORE_CORE: &str = "skiboot libpore/p8_pore_table_static_data.c: a core register";
/// The same list has a part for threads.
pub const PORE_THREAD: &str = "skiboot libpore/p8_pore_table_static_data.c: a thread register";
/// A core that has just been split has these to set in each part.
pub const SPLIT: &str = "Linux platforms/powernv/subcore-asm.S: set in each sub-core after a split";
/// The same, and switched with the guest.
pub const SPLIT_KVM: &str = "Linux platforms/powernv/subcore-asm.S: set in each sub-core after a split; \
                             kvm/book3s_hv_rmhandlers.S: switched by the primary thread alone";
/// A timebase for each sub-core, set going together.
pub const SPLIT_TB: &str = "Linux platforms/powernv/subcore.c: sub-cores have timebases of their own";
/// The decrementer's parity error is among the bits of the thread.
pub const TFMR_DEC: &str = "skiboot include/processor.h: TFMR bit 59 (DEC parity) is the thread's";
/// Which of its own bits are whose.
pub const TFMR: &str = "skiboot include/processor.h: bits 0 to 56 are the core's, 57 to 62 the thread's";
/// A failed access to another unit is reported to the thread that made it.
pub const HMER: &str = "skiboot core/hmi.c: tells of this thread's own XSCOM access";
/// A thread's number in its core.
pub const TIR: &str = "Power ISA 2.07B, Book III-S, Thread Identification Register; QEMU hw/ppc/pnv.c";
/// A thread's number in the machine.
pub const PIR: &str = "skiboot include/processor.h: chip, core and thread";
/// A constant.
pub const PVR: &str = "read only, and the same on every thread";
/// RUN is the thread's, the rest tells of the others.
pub const CTRL: &str = "QEMU target/ppc/misc_helper.c, helper_spr_write_CTRL: RUN the thread's, TS of all";
/// Thread priority.
pub const PPR: &str = "Power ISA 2.07B, Book II, Program Priority Registers; swapped by every thread in KVM";
/// The performance monitor counts for each thread.
pub const PMU: &str = "Linux kvm/book3s_hv_rmhandlers.S, kvmhv_load_guest_pmu: every thread swaps its own";
/// No public text, QEMU keeps one for each thread.
pub const QEMU_THREAD: &str = "taken from QEMU target/ppc/cpu_init.c: one for each thread";
/// No public text, QEMU keeps one for a core.
pub const QEMU_CORE: &str = "taken from QEMU target/ppc/cpu_init.c: written to every thread of the core";
/// Sources differ.
pub const AMOR: &str = "shared in skiboot asm/head.S and QEMU, but restored by every thread in Linux idle.c";
/// A name and no more.
pub const NAME_ONLY: &str = "taken from its sibling: Linux include/asm/reg.h has the name and no use";
