// SPDX-License-Identifier: GPL-2.0-or-later
//! What tests of the kernel series share.

use p8smt_scripts::protocol::Body;
use p8smt_scripts::run::{Options, Outcome};
use std::ops::RangeInclusive;

/// A mistake that the kernel `patched-bugs` makes when it is asked to (`tests/kernel`); its number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// None.
    None,
    /// Secondaries get no doorbell when the guest is out.
    NoReleaseDoorbell,
    /// An external interrupt that was accepted in a guest is not replayed.
    NoReplay,
    /// Threads that are late on their way out of the guest are not waited for.
    NoWaitForLate,
    /// A task that runs vCPUs lets its CPU's tick stop.
    NoTick,
    /// Nobody is told how long a secondary was away.
    NoSteal,
    /// No guest comes out for a timer of a secondary.
    NoTimers,
}

/// The same on the kernel that makes a mistake.
pub fn with_bug(bug: Bug, options: Options) -> Options {
    Options { kernel: "patched-bugs".into(), append: format!("kvmhv_seeded_bug={}", bug as u32), ..options }
}

/// The same, on that kernel with threads whose tick may stop and where context tracking is on.
pub fn with_bug_tickless(bug: Bug, threads: RangeInclusive<u32>, options: Options) -> Options {
    let options = with_bug(bug, options);
    let append = format!("{} nohz_full={}-{}", options.append, threads.start(), threads.end());
    Options { kernel: "patched-bugs-tickless".into(), append, ..options }
}

/// The same on `patched-bugs` without a mistake, where somebody answers system resets, as a debugger would: Linux goes on.
pub fn answering_system_resets(options: Options) -> Options {
    Options { kernel: "patched-bugs".into(), append: "kvmhv_answer_nmi=y".into(), ..options }
}

/// Asserts that each of so many busy processes got on, and counted right, while guests ran.
///
/// # Panics
/// Where one did not.
pub fn assert_busy(outcome: &Outcome, processes: usize) {
    let busy = outcome.frames.iter().filter_map(|frame| match frame.body {
        Body::Busy { count, wrong, .. } => Some((count > 0, wrong)),
        _ => None,
    });
    assert_eq!(busy.collect::<Vec<_>>(), vec![(true, 0); processes]);
}
