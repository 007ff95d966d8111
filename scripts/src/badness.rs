// SPDX-License-Identifier: GPL-2.0-or-later
//! What a kernel or the firmware prints when something is wrong: the one list, used wherever a console
//! or a kernel log is judged.

use regex::RegexSet;
use std::sync::LazyLock;

/// Pattern, and whether the machine is lost: nothing more will come of it. Texts are those of Linux 6.12
/// (the file that prints each is named) and skiboot 7.
const PATTERNS: &[(&str, bool)] = &[
    (r"Kernel panic - not syncing", true),               // kernel/panic.c
    (r"\bOops: ", false),                                // arch/powerpc/kernel/traps.c, __die()
    (r"\bkernel BUG at ", false),                        // lib/bug.c
    (r"\bBUG: ", false), // soft lockup, scheduling while atomic, Bad page state, KASAN, workqueue lockup
    (r"\bWARNING: ", false), // lib/bug.c, lockdep, rcu
    (r"detected (expedited )?stalls? on CPU", false), // kernel/rcu/tree_stall.h, also "self-detected"
    (r"\bkthread starved for ", false), // kernel/rcu/tree_stall.h
    (r"detected hard LOCKUP", false), // arch/powerpc/kernel/watchdog.c, also "self-detected"
    (r"INFO: task .* blocked for more than ", false), // kernel/hung_task.c
    (r"INFO: possible (circular|recursive|irq)", false), // kernel/locking/lockdep.c
    (r"Processor \d+ is stuck", false), // arch/powerpc/kernel/smp.c, __cpu_up()
    (r"CPU ?\d+ didn't die", false), // arch/powerpc/kernel/smp.c, generic_cpu_die()
    (r"KVM: couldn't grab cpu", false), // arch/powerpc/kvm/book3s_hv.c, kvmppc_grab_hwthread()
    (r"KVM: CPU \d+ seems to be stuck", false), // arch/powerpc/kvm/book3s_hv.c, kvmppc_wait_for_nap()
    (r"KVM trap in HV mode", false), // arch/powerpc/kvm/book3s_hv.c
    (r"Unable to handle kernel ", false), // arch/powerpc/mm/fault.c
    (r"Kernel attempted to ", false), // arch/powerpc/mm/fault.c
    (r"Unrecoverable .*[eE]xception", false), // arch/powerpc/kernel/traps.c
    (r"Bad kernel stack pointer ", false), // arch/powerpc/kernel/traps.c
    (r"exception in kernel mode", false), // arch/powerpc/kernel/traps.c
    (r"[Mm]achine [Cc]heck (interrupt|\[)", false), // arch/powerpc/kernel/mce.c
    (r"irq \d+: nobody cared", false), // kernel/irq/spurious.c
    (r"(list_add|list_del) corruption", false), // lib/list_debug.c
    (r"refcount_t: ", false), // lib/refcount.c
    (r"\w\[\d+\]: (segfault|illegal instruction|bus error|unhandled signal|bad frame) ", false), // signal.c
    (r"Out of memory: Killed process", false), // mm/oom_kill.c
    (r"Fatal Exception 0x", true), // skiboot core/exceptions.c
    (r"Aborting!$", true), // skiboot core/utils.c
];

/// What looks bad and belongs to a machine without NVRAM, which is what QEMU makes.
const HARMLESS: &str = "WARNING: nvram corruption detected: 0-length partition"; // arch/powerpc/kernel/nvram_64.c

/// A data race that a kernel with KCSAN has found (kernel/kcsan/report.c). Mainline has many that nobody minds, and a kernel
/// goes on: whoever runs one looks at what they name, as the tests of the series do.
pub const DATA_RACE: &str = "BUG: KCSAN: data-race in ";

static SET: LazyLock<RegexSet> = LazyLock::new(|| {
    RegexSet::new(PATTERNS.iter().map(|(pattern, _)| pattern)).expect("the patterns are tested")
});

/// How bad a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Badness {
    /// Wrong; the machine may go on.
    Bad,
    /// The machine is lost.
    Fatal,
}

/// Judges one line of a console or a kernel log. `None`: nothing wrong with it.
///
/// ```
/// use p8smt_scripts::badness::{Badness, judge};
/// assert_eq!(judge("[    3.1] Processor 1 is stuck."), Some(Badness::Bad));
/// assert_eq!(judge("[    3.1] smp: Brought up 1 node, 4 CPUs"), None);
/// ```
pub fn judge(line: &str) -> Option<Badness> {
    if line.ends_with(HARMLESS) || line.contains(DATA_RACE) {
        return None;
    }
    SET.matches(line).iter().map(|n| if PATTERNS[n].1 { Badness::Fatal } else { Badness::Bad }).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_kernels_print_is_bad() {
        for line in [
            "Oops: Exception in kernel mode, sig: 4 [#1]",
            "kernel BUG at arch/powerpc/kvm/book3s_hv.c:1200!",
            "BUG: Bad page state in process init  pfn:01234",
            "BUG: workqueue lockup - pool cpus=1 node=0 flags=0x0 nice=0 stuck for 30s!",
            "watchdog: BUG: soft lockup - CPU#3 stuck for 22s! [swapper/3:0]",
            "watchdog: CPU 3 detected hard LOCKUP on other CPUs 5",
            "watchdog: CPU 3 self-detected hard LOCKUP @ _raw_spin_lock+0x40/0xa0",
            "WARNING: CPU: 0 PID: 1 at kernel/smp.c:807 smp_call_function_many_cond+0x4c0/0x570",
            "WARNING: possible circular locking dependency detected",
            "rcu: INFO: rcu_sched detected stalls on CPUs/tasks:",
            "rcu: INFO: rcu_sched self-detected stall on CPU",
            "rcu: INFO: rcu_sched detected expedited stalls on CPUs/tasks: { 3-... }",
            "rcu: rcu_sched kthread starved for 5250 jiffies! g-1195 f0x0 RCU_GP_WAIT_FQS(5) ->state=0x402",
            "INFO: task kworker/3:1:42 blocked for more than 122 seconds.",
            "Processor 1 is stuck.",
            "KVM: couldn't grab cpu 3",
            "KVM: CPU 3 seems to be stuck",
            "BUG: Unable to handle kernel data access on read at 0xc000",
            "init[1]: segfault (11) at 0 nip 10 lr 10 code 1 in init[10000000+1000]",
        ] {
            assert_eq!(judge(line), Some(Badness::Bad), "{line}");
        }
    }

    #[test]
    fn data_races_are_for_their_finder_to_judge() {
        assert_eq!(judge("[    2.3] BUG: KCSAN: data-race in hvc_write / khvcd"), None);
        assert_eq!(judge("[    2.3] BUG: KCSAN: assert: race in x / y"), Some(Badness::Bad));
    }

    #[test]
    fn a_lost_machine_is_fatal() {
        assert_eq!(
            judge("Kernel panic - not syncing: Attempted to kill init! exitcode=0x0b"),
            Some(Badness::Fatal)
        );
        assert_eq!(
            judge("[   11.2,0] Fatal Exception 0xe40 at 0000000030020000    MSR 9000"),
            Some(Badness::Fatal)
        );
    }

    #[test]
    fn ordinary_messages_are_not_bad() {
        for line in [
            "rcu: \tCONFIG_RCU_CPU_STALL_TIMEOUT set to 21.",
            "watchdog: CPU 0 watchdog enabled",
            "mce: Machine check exception handling initialised",
            "debug: DEBUG: something",
            "kvm: warning: no XIVE",
            "PCI: Probing PCI hardware",
            "guest0| [    0.092517] WARNING: nvram corruption detected: 0-length partition",
        ] {
            assert_eq!(judge(line), None, "{line}");
        }
    }
}
