// SPDX-License-Identifier: GPL-2.0-or-later
//! A thread that executes nothing for a while.
//!
//! It comes to its next block again and again, and each time its turn passes unused. In between QEMU finds it as it
//! finds any vCPU: interrupts are delivered (their handlers do not begin either), and what needs all vCPUs out of
//! translated code waits for none.

use crate::observe;
use crate::plugin::Plugin;
use crate::turns;
use crate::vcpu::Vcpu;
use cpu_model::Event;

/// How far a thread's stall is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stall {
    /// None.
    #[default]
    No,
    /// It begins at the next block: the injection, and for how long, in ns.
    Due(usize, i64),
    /// Nothing is executed before that time, in ns since power-on.
    Until(i64),
    /// It is over, and the instruction there has not been executed yet.
    Over(u64),
}

impl Stall {
    /// One has come due. Another within it is one with it.
    pub fn begin(&mut self, index: usize, ns: i64) {
        if !self.is_due() {
            *self = Stall::Due(index, ns);
        }
    }

    /// Whether the thread's blocks are to be kept from executing.
    pub fn is_due(self) -> bool {
        matches!(self, Stall::Due(..) | Stall::Until(_))
    }

    /// Whether the instruction was reached by a stall's end, not once more.
    pub fn ended_at(&mut self, pc: u64) -> bool {
        let ended = *self == Stall::Over(pc);
        if ended {
            *self = Stall::No;
        }
        ended
    }

    /// It is `now`, at `pc`; whether the thread goes on, and the injection if it begins here.
    fn at(&mut self, pc: u64, now: i64) -> (bool, Option<usize>) {
        match *self {
            Stall::No | Stall::Over(_) => (true, None),
            Stall::Due(index, ns) => {
                *self = Stall::Until(now.saturating_add(ns));
                (false, Some(index))
            }
            Stall::Until(end) if now < end => (false, None),
            Stall::Until(_) => {
                *self = Stall::Over(pc);
                (true, None)
            }
        }
    }
}

/// Before a block that a stall may keep from executing, once the turn was passed if it was used up: the pc to go on at,
/// the same one, while it does. Then the turn is used up.
pub fn stalled(p: &Plugin, v: &mut Vcpu, pc: u64) -> Option<u64> {
    let injector = p.injector.as_ref()?;
    let (goes_on, begun) = {
        let stall = &mut injector.state().threads[v.index].stall;
        let found = stall.at(pc, turns::now_ns());
        injector.stalled.set(v.index, u64::from(stall.is_due()));
        found
    };
    if let Some(index) = begun {
        observe::record(p, v, &Event::Injected { injection: index as u16 });
    }
    if goes_on {
        return None;
    }
    turns::spin(v.index);
    Some(pc)
}

/// Whether one begins where the thread is.
pub fn begins(p: &Plugin, vcpu: usize) -> bool {
    p.injector.as_ref().is_some_and(|injector| injector.stalled.get(vcpu) != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stall_lasts_and_ends_once() {
        let mut stall = Stall::default();
        assert_eq!(stall.at(8, 0), (true, None));
        stall.begin(3, 100);
        stall.begin(4, 900);
        assert!(stall.is_due());
        assert_eq!(stall.at(8, 50), (false, Some(3)));
        assert_eq!(stall.at(8, 149), (false, None));
        // An interrupt was delivered: its handler waits.
        assert_eq!(stall.at(0x500, 149), (false, None));
        assert_eq!(stall.at(0x500, 150), (true, None));
        assert!(!stall.is_due() && !stall.ended_at(8) && stall.ended_at(0x500) && !stall.ended_at(0x500));
        stall.begin(3, 100);
        assert_eq!(stall, Stall::Due(3, 100));
    }
}
