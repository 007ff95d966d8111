// SPDX-License-Identifier: GPL-2.0-or-later
//! How much of a core's time is a thread's: what PURR and SPURR count.
//!
//! The shares of a core's threads add up to its time. Source: Power ISA 2.07B, Book III-S, Processor Utilization of
//! Resources Register. A thread counts while LPCR\[ONL\] is on ([`crate::lpcr::ONL`]).
//!
//! Which thread has what is the implementation's to say. POWER8 weighs, by RWMR, how many threads run and how many idle
//! (Linux commit 7aa15842c15f, "KVM: PPC: Book3S HV: Set RWMR on POWER8 so PURR/SPURR count correctly"; US patent 8,161,493,
//! "Weighted-region cycle accounting for multi-threaded processor cores"); its weights are not public. Here threads that are
//! awake have equal shares, as in what that refines (US patent 7,657,893), and those that save power have none. A core's
//! frequency does not change, so that SPURR counts what PURR does.

use crate::THREADS_PER_CORE;

/// Parts of a tick that each number of threads, up to eight, shares without a rest.
const PARTS: u64 = 840;

/// What each thread of a core has had of its time.
///
/// ```
/// use cpu_model::share::Shares;
/// let mut shares = Shares::default();
/// shares.pass(100, |thread| thread < 2);
/// shares.pass(130, |thread| thread == 0);
/// assert_eq!([shares.ticks(0), shares.ticks(1), shares.ticks(2)], [80, 50, 0]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Shares {
    until: u64,
    parts: [u64; THREADS_PER_CORE],
}

impl Shares {
    /// Time has passed until `tb`, in ticks since power-on, and these threads have shared it. Of a time before the last one
    /// nothing has.
    pub fn pass(&mut self, tb: u64, counts: impl Fn(usize) -> bool) {
        let passed = tb.saturating_sub(self.until);
        self.until += passed;
        let sharing = (0..THREADS_PER_CORE).filter(|thread| counts(*thread)).count() as u64;
        for thread in (0..THREADS_PER_CORE).filter(|thread| counts(*thread)) {
            self.parts[thread] += passed * (PARTS / sharing);
        }
    }

    /// What `thread`, 0 to 7, has had, in ticks.
    pub fn ticks(&self, thread: usize) -> u64 {
        self.parts[thread] / PARTS
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_shares_are_the_cores_time(passes in prop::collection::vec((0u64..1 << 20, 1u8..), 1..40)) {
            let mut shares = Shares::default();
            let mut tb = 0;
            for (ticks, counts) in passes {
                tb += ticks;
                shares.pass(tb, |thread| counts >> thread & 1 != 0);
            }
            prop_assert_eq!(shares.parts.iter().sum::<u64>(), tb * PARTS);
        }

        #[test]
        fn none_goes_backwards(passes in prop::collection::vec((0u64..1 << 20, any::<u8>()), 1..40)) {
            let mut shares = Shares::default();
            for (tb, counts) in passes {
                let before = shares.clone();
                shares.pass(tb, |thread| counts >> thread & 1 != 0);
                for thread in 0..THREADS_PER_CORE {
                    prop_assert!(shares.ticks(thread) >= before.ticks(thread));
                }
            }
        }
    }
}
