// SPDX-License-Identifier: GPL-2.0-or-later
//! Wake-ups, doorbells and timers that come late (`jitter`).
//!
//! None of them comes within a time that the architecture promises. The thread executes nothing for a while between what it
//! has executed last and the handler: for it, and for who looks at it, the interrupt came that much later.

use crate::inject::stall::Stall;
use crate::plugin::Plugin;
use cpu_model::speed;
use cpu_model::vector::{
    DECREMENTER, EXTERNAL, HYPERVISOR_DECREMENTER, HYPERVISOR_DOORBELL, PRIVILEGED_DOORBELL,
};
use std::sync::{Mutex, PoisonError};

/// The longest delay, in ns: some dozens of a handshake's steps, and well below what software times out after.
const MOST_NS: i64 = 20_000;
/// So many are in time for each that is late.
const IN_TIME: u8 = 3;

/// The delays of a run, which its seed draws.
pub struct Jitter(Mutex<fastrand::Rng>);

impl Jitter {
    /// Those of a seed. They are not the schedule's, which draws from the same number.
    pub fn new(seed: u64) -> Jitter {
        Jitter(fastrand::Rng::with_seed(!seed).into())
    }

    /// How late something is, in ns.
    fn draw(&self) -> Option<i64> {
        let mut random = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (random.u8(0..=IN_TIME) == 0).then(|| random.i64(1..=MOST_NS))
    }
}

/// Whether an interrupt is one that may come late.
pub fn may_be_late(vector: u16) -> bool {
    matches!(
        vector,
        EXTERNAL | DECREMENTER | HYPERVISOR_DECREMENTER | HYPERVISOR_DOORBELL | PRIVILEGED_DOORBELL
    )
}

/// A thread is at the handler of something that may come late. `woke`: it has left a nap, which takes its time.
pub fn arrived(p: &Plugin, vcpu: usize, woke: bool) {
    let exit = if woke && p.options.smt { speed::NAP_EXIT_NS } else { 0 };
    let ns = exit + p.jitter.as_ref().and_then(Jitter::draw).unwrap_or(0);
    if let Some(injector) = &p.injector
        && ns > 0
    {
        injector.hold(vcpu, Stall::Until(p.now_ns().saturating_add(ns)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_draws_the_same_delays_again() {
        let draw = |seed| {
            let jitter = Jitter::new(seed);
            (0..100).map(|_| jitter.draw()).collect::<Vec<_>>()
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        let late: Vec<i64> = draw(1).into_iter().flatten().collect();
        assert!((10..50).contains(&late.len()) && late.iter().all(|ns| (1..=MOST_NS).contains(ns)));
    }
}
