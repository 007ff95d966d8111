// SPDX-License-Identifier: GPL-2.0-or-later
//! A core of eight threads: what they share, and what each must therefore see.

mod doorbell;
mod effect;
mod hdec;
mod lacking;
mod mer;
mod partition;
mod purr;
mod resync;
mod sub_core;
mod wakeup;

pub use effect::{Effect, Effects, MOST_EFFECTS};
pub use lacking::LACKING;

use crate::{Event, Rules, THREADS_PER_CORE, share::Shares, thread::RunState};
use doorbell::Doorbells;
use partition::Copies;
use sub_core::SubCores;

/// A POWER8 core. Follows the events of its threads and answers with what the emulated threads need so
/// that software cannot tell them from POWER8's. Deterministic; allocates nothing.
///
/// ```
/// use cpu_model::{Event, Mode, Place, Rules, msr, spr, core::{Core, Effect}};
/// let mut core = Core::new(Rules::ALL);
/// // The primary switches the partition; a sibling enters the guest and needs the same one.
/// core.apply(0, 100, &Event::WriteSpr { spr: spr::LPIDR, value: 1 });
/// let guest = Event::Resume { mode: Mode::from_msr(msr::SF), place: Place::Elsewhere };
/// let effects = core.apply(1, 200, &guest);
/// assert_eq!(effects[0].1, Effect::SetSpr { spr: spr::LPIDR, value: 1 });
/// ```
#[derive(Clone, Debug)]
pub struct Core {
    rules: Rules,
    sub_cores: SubCores,
    /// When the emulator's hypervisor decrementer expires, in ticks since power-on.
    emulated_hdec: Option<u64>,
    shares: Shares,
    /// Timebases are what firmware has made of them.
    resynced: bool,
    threads: [Thread; THREADS_PER_CORE],
}

/// What the core keeps of each thread.
#[derive(Clone, Debug, Default)]
struct Thread {
    run: RunState,
    /// LPCR as last written; `None` before the first write.
    lpcr: Option<u64>,
    copies: Copies,
    doorbells: Doorbells,
    hdec: hdec::Missed,
    /// Its blocks in a guest are looked at for LPCR\[MER\].
    mediated: bool,
    purr_ahead: purr::Ahead,
    /// How far IC is ahead of the instructions that the thread has executed; `None`: not written.
    ic_ahead: Option<u64>,
    lacking: lacking::Kept,
    /// Its decrementer is negative, as far as it was said.
    expired: bool,
}

impl Core {
    /// A core at power-on that corrects what `rules` name.
    pub fn new(rules: Rules) -> Core {
        Core {
            rules,
            sub_cores: SubCores::default(),
            emulated_hdec: None,
            shares: Shares::default(),
            resynced: false,
            threads: std::array::from_fn(|_| Thread::default()),
        }
    }

    /// Follows one event of `thread` (0 to 7) at `tb` timebase ticks since power-on.
    ///
    /// # Panics
    /// Where `thread` is 8 or more.
    pub fn apply(&mut self, thread: u8, tb: u64, event: &Event) -> Effects {
        let mut effects = Effects::new();
        let t = usize::from(thread);
        self.count_shares(t, tb, event);
        let Some(event) = &self.within_sub_core(t, event, &mut effects) else { return effects };
        if let Some(rule) = self.hdec_is_not_due(t, tb, event) {
            self.take_interrupt(t, hdec::VECTOR, &mut effects);
            self.return_to_guest(t, tb, rule, &mut effects);
            return effects;
        }
        self.split(t, tb, event, &mut effects);
        self.resync(event, &mut effects);
        self.share(t, event, &mut effects);
        self.watch_hdec(t, tb, event, &mut effects);
        // From guest to guest (the guest's own `rfid`) nothing is entered.
        let to_guest = matches!(event, Event::Resume { mode, .. } if mode.is_guest());
        if to_guest && !self.threads[t].run.mode().is_guest() && !self.take_missed_hdec(t, &mut effects) {
            self.drop_other_partition(t, &mut effects);
            self.set_hdec_anew(t, tb, &mut effects);
        }
        self.pass_doorbells(t, event, &mut effects);
        self.mediate(t, event, &mut effects);
        self.own_purr(t, event, &mut effects);
        self.keep_lacking(t, event, &mut effects);
        self.give_wake_reason(t, event, &mut effects);
        if let Event::WriteSpr { spr: crate::spr::LPCR, value } = *event {
            self.threads[t].lpcr = Some(value);
        }
        self.threads[t].run.apply(event);
        self.merge(&mut effects);
        effects
    }

    /// The run state of `thread`, 0 to 7.
    ///
    /// # Panics
    /// Where `thread` is 8 or more.
    pub fn run_state(&self, thread: u8) -> &RunState {
        &self.threads[usize::from(thread)].run
    }
}
