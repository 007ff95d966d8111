// SPDX-License-Identifier: GPL-2.0-or-later
//! Whose turn it is. Plain data, no threads: told what each participant does, it says who goes on.

use cpu_model::speed;

/// A participant: QEMU's main thread, its RCU thread, or a vCPU.
pub type Id = usize;
/// QEMU's main thread.
pub const MAIN: Id = 0;
/// QEMU's RCU thread (`call_rcu`).
pub const RCU: Id = 1;
/// The first vCPU.
pub const VCPU: Id = 2;

/// The main thread gets a turn at least this often, in ns, so that what comes from outside is answered.
const MAIN_AT_LEAST: i64 = 10_000_000;

/// In ns: a POWER8 with a running decrementer sleeps half its period at most, 4.2 s. Where no vCPU has run for
/// longer, the machine is stopped, or sleeps for good: idle time passes as on the wall from then on.
const LONGEST_SLEEP: i64 = 5_000_000_000;

/// What a participant waits for, by its address in QEMU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// A time alone.
    Time,
    /// A condition.
    Condition(usize),
    /// A mutex that the thread `owner` (as the kernel numbers it) held when it was found taken.
    Mutex {
        /// Its address.
        address: usize,
        /// Who held it; 0 if that was over by then.
        owner: i32,
    },
    /// A futex.
    Futex(usize),
}

impl Wait {
    fn is(self, object: usize) -> bool {
        match self {
            Wait::Time => false,
            Wait::Condition(address) | Wait::Mutex { address, .. } | Wait::Futex(address) => {
                address == object
            }
        }
    }
}

/// What a participant does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Not there yet, or still on its way to where it first waits.
    Absent,
    /// Waits, in the kernel, on the futex it waited on when turns began.
    Outside,
    /// Has the turn.
    Running,
    /// Waits for a turn and for nothing else.
    Ready,
    /// Waits for somebody to wake it, or for a time in ns.
    Waiting {
        /// What for.
        on: Wait,
        /// When it waits no longer.
        deadline: Option<i64>,
    },
    /// The main thread waits for descriptors, or for a time in ns.
    Polling {
        /// When it waits no longer.
        deadline: Option<i64>,
    },
}

#[derive(Clone, Copy, Debug)]
struct Participant {
    state: State,
    /// Its last wait ended by its deadline.
    timed_out: bool,
}

/// What the main thread does with its turn in `ppoll`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MainTurn {
    /// Look at the descriptors, wait for nothing.
    Look,
    /// An event was written: it will be there presently.
    Notified,
    /// All sleep and no time is set: wait for the outside world as long as it takes.
    Outside,
    /// All sleep until a time this many ns ahead, and idle time is real.
    Idle(i64),
}

/// Who has the turn and who is next.
pub struct Table {
    participants: Vec<Participant>,
    /// The order of turns in this round.
    order: Vec<Id>,
    /// How many of `order` have been asked.
    position: usize,
    /// `None`: everybody waits for somebody who takes no part.
    pub holder: Option<Id>,
    /// An instruction was executed in this round.
    pub somebody_ran: bool,
    /// An event was written for the main thread.
    pub notified: bool,
    /// What the main thread's turn is for.
    pub main_turn: MainTurn,
    main_ran: i64,
    /// Time at the start of the round, in ns since power-on.
    pub base: i64,
    quantum: i64,
    random: Option<fastrand::Rng>,
    /// vCPUs of a core, where they share its speed.
    sharing: Option<usize>,
    /// vCPUs that were at low priority at the end of their last turn, or spun it away.
    low: Vec<bool>,
    idle_real: bool,
    /// Time when a vCPU last ran.
    last_ran: i64,
    /// Turns given.
    pub turns: u64,
    /// Time jumps.
    pub jumps: u64,
    /// Over (vCPU, pc, time) at the end of every turn.
    pub digest: u64,
}

impl Table {
    /// Main has the turn; `vcpus` vCPUs are expected. `seed` 0 draws nothing.
    pub fn new(vcpus: usize, quantum: i64, seed: u64, idle_real: bool) -> Table {
        let absent = Participant { state: State::Absent, timed_out: false };
        let mut participants = vec![absent; VCPU + vcpus];
        participants[MAIN].state = State::Running;
        Table {
            order: (0..participants.len()).collect(),
            participants,
            position: 1,
            holder: Some(MAIN),
            somebody_ran: false,
            notified: false,
            main_turn: MainTurn::Look,
            main_ran: 0,
            base: 0,
            quantum,
            sharing: None,
            low: vec![false; vcpus],
            random: (seed != 0).then(|| fastrand::Rng::with_seed(seed)),
            idle_real,
            last_ran: 0,
            turns: 0,
            jumps: 0,
            digest: 0xcbf2_9ce4_8422_2325,
        }
    }

    /// What `id` does.
    pub fn state(&self, id: Id) -> State {
        self.participants[id].state
    }

    /// `id` now does this.
    pub fn set(&mut self, id: Id, state: State) {
        self.participants[id] = Participant { state, timed_out: false };
    }

    /// Whether the last wait of `id` ended by its deadline.
    pub fn timed_out(&self, id: Id) -> bool {
        self.participants[id].timed_out
    }

    /// Everybody that waits for `object` waits for a turn now. Whether anybody did.
    pub fn wake(&mut self, object: usize) -> bool {
        let mut any = false;
        for p in &mut self.participants {
            if matches!(p.state, State::Waiting { on, .. } if on.is(object)) {
                p.state = State::Ready;
                any = true;
            }
        }
        any
    }

    /// How many vCPUs there are, and instructions in a turn.
    pub fn size(&self) -> (usize, u64) {
        (self.low.len(), self.quantum as u64)
    }

    /// From now on so many vCPUs each share a core's speed ([`cpu_model::speed`]).
    pub fn share_speed(&mut self, vcpus: usize) {
        self.sharing = Some(vcpus);
    }

    /// A vCPU's turn is over. How many instructions its next is shorter than a quantum: by what a seed draws, and by the
    /// share of the core's speed that its siblings have. `low`: it is at low priority, or spun.
    pub fn head_start(&mut self, vcpu: usize, low: bool) -> i64 {
        let quantum = self.quantum;
        let drawn = self.random.as_mut().map_or(0, |r| r.i64(0..quantum));
        self.low[vcpu] = low;
        let Some(threads) = self.sharing else { return drawn };
        let first = vcpu / threads * threads;
        let siblings = (first..(first + threads).min(self.low.len())).filter(|sibling| {
            let waits = !matches!(self.participants[VCPU + sibling].state, State::Ready | State::Running);
            *sibling != vcpu && !self.low[*sibling] && !waits
        });
        let speed = match siblings.count() {
            0 => speed::ALONE,
            others if low => speed::at_low_priority(1 + others),
            others => speed::of(1 + others),
        } as i64;
        let left = (quantum - drawn) * speed / speed::ALONE as i64;
        quantum - left.max(1)
    }

    /// Takes a value into the digest.
    pub fn mix(&mut self, value: u64) {
        self.digest = (self.digest ^ value).wrapping_mul(0x0000_0100_0000_01b3);
        self.digest ^= self.digest >> 29;
    }

    /// The holder is done: who goes on. `None`: nobody can, until somebody who takes no part acts.
    pub fn next(&mut self) -> Option<Id> {
        self.holder = self.find_next();
        if let Some(id) = self.holder {
            self.participants[id].state = State::Running;
            self.turns += 1;
            if id == MAIN {
                self.main_ran = self.base;
            }
        }
        self.holder
    }

    fn find_next(&mut self) -> Option<Id> {
        let all_there = self.participants[VCPU..].iter().all(|p| p.state != State::Absent);
        // The rest of this round, and all of the next.
        for _ in 0..2 * self.order.len() {
            if self.position == self.order.len() {
                self.new_round();
            }
            let id = self.order[self.position];
            self.position += 1;
            if self.may_go(id, all_there) {
                return Some(id);
            }
        }
        if all_there { self.jump() } else { None }
    }

    fn may_go(&mut self, id: Id, all_there: bool) -> bool {
        let base = self.base;
        let p = &mut self.participants[id];
        match p.state {
            // How QEMU's threads come up is the host's business: until all are there only the main thread goes
            // on, so that the RCU thread begins where it would begin on any host.
            State::Ready => id == MAIN || all_there,
            State::Waiting { deadline: Some(at), .. } if at <= base => {
                p.timed_out = true;
                true
            }
            State::Polling { deadline } => {
                let notified = std::mem::take(&mut self.notified);
                self.main_turn = if notified { MainTurn::Notified } else { MainTurn::Look };
                let due = deadline.is_some_and(|at| at <= base) || base - self.main_ran >= MAIN_AT_LEAST;
                notified || (all_there && due)
            }
            _ => false,
        }
    }

    fn new_round(&mut self) {
        self.position = 0;
        if std::mem::take(&mut self.somebody_ran) {
            self.base += self.quantum;
            self.last_ran = self.base;
            if let Some(random) = &mut self.random {
                random.shuffle(&mut self.order[VCPU..]);
            }
        }
    }

    /// All sleep: time goes to the first deadline. Not while the main thread waits for a thread that takes
    /// no part: how long that takes is no business of the run's.
    fn jump(&mut self) -> Option<Id> {
        let State::Polling { deadline } = self.participants[MAIN].state else { return None };
        let others = self.participants.iter().filter_map(|p| match p.state {
            State::Waiting { deadline, .. } => deadline,
            _ => None,
        });
        let Some(first) = others.chain(deadline).min() else {
            self.main_turn = MainTurn::Outside;
            self.position = 1;
            return Some(MAIN);
        };
        let stopped = self.base - self.last_ran >= LONGEST_SLEEP;
        if (self.idle_real || stopped) && first > self.base {
            self.main_turn = MainTurn::Idle(first - self.base);
            self.position = 1;
            return Some(MAIN);
        }
        self.base = self.base.max(first);
        self.jumps += 1;
        self.position = 0;
        let ids = 0..self.participants.len();
        let id = ids.into_iter().find(|id| self.may_go(*id, true))?;
        self.position = self.order.iter().position(|o| *o == id).map_or(0, |p| p + 1);
        Some(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const V0: Id = VCPU;
    const V1: Id = VCPU + 1;

    fn started(seed: u64) -> Table {
        let mut table = Table::new(2, 1000, seed, false);
        table.set(V0, State::Ready);
        table.set(V1, State::Ready);
        table
    }

    #[test]
    fn no_vcpu_runs_before_all_are_there() {
        let mut table = Table::new(2, 1000, 0, false);
        table.set(V0, State::Ready);
        table.set(MAIN, State::Polling { deadline: Some(5) });
        assert_eq!(table.next(), None);
        table.set(V1, State::Ready);
        assert_eq!(table.next(), Some(V0));
    }

    #[test]
    fn nor_does_the_rcu_thread() {
        let mut table = Table::new(2, 1000, 0, false);
        table.set(RCU, State::Ready);
        table.set(MAIN, State::Waiting { on: Wait::Condition(1), deadline: None });
        assert_eq!(table.next(), None);
        table.wake(1);
        assert_eq!(table.next(), Some(MAIN));
    }

    #[test]
    fn time_goes_on_only_where_somebody_ran() {
        let mut table = started(0);
        table.set(MAIN, State::Polling { deadline: None });
        assert_eq!(table.next(), Some(V0));
        table.set(V0, State::Ready);
        assert_eq!(table.next(), Some(V1));
        table.set(V1, State::Ready);
        assert_eq!((table.next(), table.base), (Some(V0), 0));
        table.somebody_ran = true;
        table.set(V0, State::Ready);
        table.next();
        table.set(V1, State::Ready);
        assert_eq!((table.next(), table.base), (Some(V0), 1000));
    }

    #[test]
    fn all_asleep_time_goes_to_the_first_deadline() {
        let mut table = started(0);
        table.set(MAIN, State::Polling { deadline: Some(9_000_000_000) });
        table.set(V0, State::Waiting { on: Wait::Condition(1), deadline: None });
        table.set(V1, State::Waiting { on: Wait::Condition(2), deadline: None });
        assert_eq!((table.next(), table.base), (Some(MAIN), 9_000_000_000));
        assert!(table.wake(2));
        table.set(MAIN, State::Polling { deadline: None });
        assert_eq!(table.next(), Some(V1));
        table.set(V1, State::Waiting { on: Wait::Condition(2), deadline: None });
        assert_eq!((table.next(), table.main_turn), (Some(MAIN), MainTurn::Outside));
    }

    #[test]
    fn a_stopped_machine_does_not_run_away() {
        let mut table = started(0);
        table.set(V0, State::Waiting { on: Wait::Condition(1), deadline: None });
        table.set(V1, State::Waiting { on: Wait::Condition(1), deadline: None });
        for n in 1..=2 {
            table.set(MAIN, State::Polling { deadline: Some(n * 3_000_000_000) });
            assert_eq!((table.next(), table.main_turn), (Some(MAIN), MainTurn::Look));
        }
        table.set(MAIN, State::Polling { deadline: Some(table.base + 7) });
        assert_eq!((table.next(), table.main_turn), (Some(MAIN), MainTurn::Idle(7)));
    }

    #[test]
    fn time_stands_while_main_waits_for_an_outsider() {
        let mut table = started(0);
        table.set(V0, State::Waiting { on: Wait::Condition(1), deadline: Some(10) });
        table.set(V1, State::Waiting { on: Wait::Condition(1), deadline: None });
        table.set(MAIN, State::Waiting { on: Wait::Condition(3), deadline: None });
        assert_eq!((table.next(), table.base), (None, 0));
    }

    #[test]
    fn an_event_gives_main_its_turn() {
        let mut table = started(0);
        table.set(MAIN, State::Polling { deadline: None });
        table.notified = true;
        assert_eq!(table.next(), Some(V0));
        table.set(V0, State::Ready);
        assert_eq!(table.next(), Some(V1));
        table.set(V1, State::Ready);
        assert_eq!((table.next(), table.main_turn), (Some(MAIN), MainTurn::Notified));
    }

    #[test]
    fn siblings_that_are_awake_and_in_earnest_share_the_speed() {
        let mut table = Table::new(8, 1000, 0, false);
        (VCPU..VCPU + 8).for_each(|id| table.set(id, State::Ready));
        assert_eq!(table.head_start(0, false), 0);
        table.share_speed(8);
        assert_eq!(table.head_start(0, false), 1000 - 225);
        assert_eq!(table.head_start(1, true), 1000 - 28, "low priority");
        for vcpu in 1..7 {
            table.head_start(vcpu, true);
        }
        assert_eq!(table.head_start(0, false), 1000 - 700);
        table.set(VCPU + 7, State::Waiting { on: Wait::Time, deadline: None });
        assert_eq!(table.head_start(0, false), 0);
    }

    #[test]
    fn a_seed_draws_the_same_order_again_and_another_seed_another() {
        let run = |seed| {
            let mut table = Table::new(8, 1000, seed, false);
            table.set(MAIN, State::Polling { deadline: None });
            let mut ran = Vec::new();
            (VCPU..VCPU + 8).for_each(|id| table.set(id, State::Ready));
            for _ in 0..80 {
                let id = table.next().unwrap();
                ran.push((id, table.head_start(id.saturating_sub(VCPU), false)));
                table.somebody_ran = true;
                table.set(id, State::Ready);
            }
            ran
        };
        assert_eq!(run(7), run(7));
        assert_ne!(run(7), run(8));
        assert!(run(0).iter().all(|(_, head_start)| *head_start == 0));
    }
}
