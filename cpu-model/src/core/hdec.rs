// SPDX-License-Identifier: GPL-2.0-or-later
//! The hypervisor decrementer: one for the core, or for each of its sub-cores, and not lost on a thread that naps when
//! it expires.
//!
//! KVM lets a ceded thread nap until the earlier of DEC and HDEC and does not look at HDEC when it wakes
//! (Linux `book3s_hv_rmhandlers.S`, `kvm_end_cede`): it relies on the interrupt once it is in the guest.
//!
//! The emulator's is one for the core always. While a core is split it is set for whichever sub-core's expires next, and
//! an interrupt that is another's sends its thread back.

use super::{Core, Effect, Effects};
use crate::{Event, Rule, lpcr, spr};

pub(super) use crate::vector::HYPERVISOR_DECREMENTER as VECTOR;

/// The register.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hdec {
    /// When it becomes negative, in ticks since power-on; `None` before the first write.
    expires: Option<u64>,
    /// Whether LPCR\[HDICE\] was on when it was written, without which that raises no exception. Source: Linux
    /// `arch/powerpc/kvm/book3s_hv_interrupts.S`, `__kvmppc_vcore_entry`.
    raises: bool,
}

impl Default for Hdec {
    fn default() -> Hdec {
        Hdec { expires: None, raises: true }
    }
}

/// What a thread knows of the expiry.
#[derive(Clone, Debug, Default)]
pub(super) struct Missed {
    /// It took the interrupt of this expiry.
    taken: bool,
    /// It was in a power-saving mode after the expiry, so that the emulator has dropped the interrupt.
    dropped: bool,
}

impl Core {
    pub(super) fn watch_hdec(&mut self, t: usize, tb: u64, event: &Event, effects: &mut Effects) {
        match *event {
            Event::WriteSpr { spr: spr::HDEC, value } => {
                let ticks = i64::from(value as u32 as i32);
                let expires = tb.saturating_add_signed(ticks);
                let mut raises = self.threads[t].lpcr.is_none_or(|l| l & lpcr::HDICE != 0);
                let old = self.sub_cores.of(t).hdec;
                // From negative to negative nothing expires: what was pending is, if it may be.
                let stays = ticks < 0 && old.expires.is_some_and(|at| at < tb);
                raises &= !stays || old.raises;
                if !stays || !raises {
                    self.threads[self.sub_cores.range(t)].iter_mut().for_each(|t| t.hdec = Missed::default());
                }
                self.sub_cores.of_mut(t).hdec = Hdec { expires: Some(expires), raises };
                let gone = self.emulated_hdec.is_some_and(|at| at < tb);
                self.emulated_hdec = Some(expires);
                if !self.sub_cores.is_split() {
                    return;
                }
                // A negative one is the emulator's to raise, but where its own is negative already, for another part. Who is
                // interrupted by it and has not written it sets the next.
                if ticks < 0 && raises && !stays && gone {
                    self.raise_hdec(t, tb, effects);
                } else if ticks >= 0 && self.next_expiry(tb).is_some_and(|next| next != expires) {
                    self.set_hdec(tb, effects);
                }
            }
            Event::ReadSpr { spr: spr::HDEC } if self.rules.has(Rule::SubCore) => {
                let own = self.sub_cores.of(t).hdec.expires;
                let other = self.sub_cores.is_split() || own != self.emulated_hdec;
                if let Some(expires) = own.filter(|_| other) {
                    let value = u64::from(expires.wrapping_sub(tb) as u32);
                    effects.push((Rule::SubCore, Effect::Give { value }));
                }
            }
            Event::Interrupt { vector: VECTOR, .. } => {
                self.threads[t].hdec = Missed { taken: true, dropped: false };
            }
            Event::PowerSave { .. } | Event::Wake { .. } => {
                let Hdec { expires, raises } = self.sub_cores.of(t).hdec;
                let missed = &mut self.threads[t].hdec;
                missed.dropped |= raises && !missed.taken && expires.is_some_and(|at| at <= tb);
            }
            _ => {}
        }
    }

    /// The expiry that comes next of all sub-cores'.
    fn next_expiry(&self, tb: u64) -> Option<u64> {
        self.sub_cores.iter().filter_map(|part| part.hdec.expires).filter(|at| *at > tb).min()
    }

    /// Has the emulator's register expire when a sub-core's does next.
    fn set_hdec(&mut self, tb: u64, effects: &mut Effects) {
        if let Some(next) = self.next_expiry(tb) {
            self.emulated_hdec = Some(next);
            effects.push((Rule::SubCore, Effect::WriteHdec { ticks: (next - tb) as u32 }));
        }
    }

    /// Has the emulator raise an exception at once, for the part that thread `t` is in. Those of its threads that are not in
    /// a guest take it as they enter one, as after a nap: it may come a little later.
    fn raise_hdec(&mut self, t: usize, tb: u64, effects: &mut Effects) {
        self.emulated_hdec = Some(tb);
        effects.push((Rule::SubCore, Effect::WriteHdec { ticks: 0 }));
        for thread in &mut self.threads[self.sub_cores.range(t)] {
            thread.hdec.dropped = !thread.run.mode().is_guest();
        }
    }

    /// The hypervisor decrementer has interrupted thread `t` in a guest and is not due: by which rule it goes back. It is
    /// another sub-core's, or was pending when a new value was written, or can raise none.
    pub(super) fn hdec_is_not_due(&self, t: usize, tb: u64, event: &Event) -> Option<Rule> {
        let of_guest = matches!(event, Event::Interrupt { vector: VECTOR, mode } if !mode.is_guest())
            && self.threads[t].run.mode().is_guest();
        if !of_guest {
            return None;
        }
        let Hdec { expires, raises } = self.sub_cores.of(t).hdec;
        let comes = expires.is_some_and(|at| at > tb);
        let other = self.sub_cores.is_split() || expires != self.emulated_hdec;
        let again = self.sub_cores.is_split() && self.threads[t].hdec.taken;
        if (comes && other || again) && self.rules.has(Rule::SubCore) {
            return Some(Rule::SubCore);
        }
        ((comes || !raises) && self.rules.has(Rule::Hdec)).then_some(Rule::Hdec)
    }

    /// And what that asks for. The emulator's is consumed, and set again for the one that comes.
    pub(super) fn return_to_guest(&mut self, t: usize, tb: u64, rule: Rule, effects: &mut Effects) {
        match rule {
            Rule::SubCore => self.set_hdec(tb, effects),
            _ => {
                let Hdec { expires, raises } = self.sub_cores.of(t).hdec;
                if let Some(at) = expires.filter(|at| raises && *at > tb) {
                    self.emulated_hdec = Some(at);
                    effects.push((rule, Effect::WriteHdec { ticks: (at - tb) as u32 }));
                }
            }
        }
        effects.push((rule, Effect::ReturnToGuest));
    }

    /// A thread enters a guest. The emulator's register may have expired for another sub-core, and this one's threads
    /// have napped over that.
    pub(super) fn set_hdec_anew(&mut self, t: usize, tb: u64, effects: &mut Effects) {
        let comes = self.sub_cores.of(t).hdec.expires.is_some_and(|at| at > tb);
        let gone = self.emulated_hdec.is_none_or(|at| at <= tb);
        if comes && gone && self.rules.has(Rule::SubCore) {
            self.set_hdec(tb, effects);
        }
    }

    /// A thread enters a guest. Whether it takes the interrupt in place of the guest's first instruction.
    pub(super) fn take_missed_hdec(&mut self, t: usize, effects: &mut Effects) -> bool {
        let thread = &self.threads[t];
        let due = thread.hdec.dropped && thread.lpcr.is_some_and(|l| l & lpcr::HDICE != 0);
        if !due || !self.rules.has(Rule::Hdec) {
            return false;
        }
        effects.push((Rule::Hdec, Effect::TakeAtGuestEntry { vector: VECTOR }));
        true
    }
}
