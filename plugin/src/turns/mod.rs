// SPDX-License-Identifier: GPL-2.0-or-later
//! Exact time: QEMU's main thread, its RCU thread and the vCPUs take turns, and one count is the time.
//!
//! - A vCPU gives its turn up at the block entry where its quantum is used up, or when it waits; the main
//!   thread when it polls or waits. A thread that waits for a turn holds no lock that a turn needs: waiting
//!   for a lock passes the turn on too.
//! - Time is what a round takes: a quantum, if an instruction was executed in it, and the progress of
//!   whoever has the turn. All asleep, it goes to the next deadline.
//! - An instruction takes a nanosecond. A thread that asks for low priority spins on another: the rest of
//!   its quantum is spun, in time as well.

pub mod slots;
mod table;
mod watch;

use crate::qemu::Slots;
use std::cell::Cell;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock};
use std::time::Duration;
use table::{Id, MAIN, RCU, State, VCPU};
pub use table::{Table, Wait};

/// How often a mutex is attempted again that nobody who takes turns holds: its owner may still give it back.
const RETRY: Duration = Duration::from_millis(1);

static TURNS: OnceLock<Turns> = OnceLock::new();

thread_local! {
    /// Which participant this thread is; none for threads that take no part.
    static ME: Cell<Option<Id>> = const { Cell::new(None) };
    /// Whether it was looked up.
    static KNOWN: Cell<bool> = const { Cell::new(false) };
    static HAS_TURN: Cell<bool> = const { Cell::new(false) };
    /// What `used` was when this vCPU's turn began.
    static USED_AT_GRANT: Cell<u64> = const { Cell::new(0) };
    /// No block of this vCPU has run yet.
    static FIRST_BLOCK: Cell<bool> = const { Cell::new(true) };
}

struct Turns {
    table: Mutex<Table>,
    /// Signalled when the RCU thread has arrived at its first wait.
    rcu_arrived: Condvar,
    rcu_thread: i32,
    rcu_futex: usize,
    grants: Vec<Grant>,
    vcpus: Vec<Count>,
    /// Instructions of each vCPU in its quantum.
    used: Slots,
    quantum: u64,
    /// Copy of the table's time, to read without its lock.
    base: AtomicI64,
    /// The latest time that anybody was told.
    last_seen: AtomicI64,
    mutex_waiters: AtomicUsize,
}

/// Where a participant waits for its turn.
#[derive(Default)]
struct Grant {
    given: Mutex<bool>,
    changed: Condvar,
}

impl Grant {
    /// The flag is unlocked before the thread is woken, as the table is.
    fn give(&self) {
        *self.given.lock().expect("no panic while it is locked") = true;
        self.changed.notify_one();
    }

    fn await_given(&self) {
        let given = self.given.lock().expect("as above");
        *self.changed.wait_while(given, |given| !*given).expect("as above") = false;
    }

    fn await_given_for(&self, most: Duration) -> bool {
        let given = self.given.lock().expect("as above");
        let waited = self.changed.wait_timeout_while(given, most, |given| !*given);
        std::mem::take(&mut *waited.expect("as above").0)
    }
}

/// What `used` does not say.
#[derive(Default)]
struct Count {
    /// Instructions in earlier quanta.
    done: AtomicU64,
    /// What `used` began with in this quantum.
    head_start: AtomicU64,
    /// What was spun away in it.
    spun: AtomicU64,
}

/// Begins turns; the calling thread is the main one and has the first.
pub fn begin(mut table: Table, rcu: Option<(i32, usize)>) -> Slots {
    let used = Slots::new();
    let (vcpus, quantum) = table.size();
    let (rcu_thread, rcu_futex) = rcu.unwrap_or((0, 0));
    if rcu.is_some() {
        table.set(RCU, State::Outside);
    }
    let turns = Turns {
        table: Mutex::new(table),
        rcu_arrived: Condvar::new(),
        rcu_thread,
        rcu_futex,
        grants: (0..VCPU + vcpus).map(|_| Grant::default()).collect(),
        vcpus: (0..vcpus).map(|_| Count::default()).collect(),
        used,
        quantum,
        base: AtomicI64::new(0),
        last_seen: AtomicI64::new(0),
        mutex_waiters: AtomicUsize::new(0),
    };
    become_participant(MAIN);
    HAS_TURN.set(true);
    assert!(TURNS.set(turns).is_ok(), "turns begin once");
    watch::start();
    used
}

fn turns() -> &'static Turns {
    TURNS.get().expect("turns have begun")
}

fn become_participant(id: Id) {
    ME.set(Some(id));
    KNOWN.set(true);
}

/// Which participant this thread is. The RCU thread finds out at its first call.
fn me() -> Option<Id> {
    if !KNOWN.replace(true) && crate::host::this_thread() == turns().rcu_thread {
        become_participant(RCU);
    }
    ME.get()
}

impl Turns {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().expect("no panic while the table is locked")
    }

    /// Gives the turn to whoever is next. The table is unlocked first: on one processor the thread that is
    /// woken may run at once, and would soon wait for the lock.
    fn next(&self, mut table: MutexGuard<'_, Table>) {
        let next = table.next();
        self.base.store(table.base, Relaxed);
        drop(table);
        if let Some(id) = next {
            self.grants[id].give();
        }
    }

    fn await_turn(&self, id: Id) {
        self.grants[id].await_given();
        self.begin_turn(id);
    }

    /// Waits no longer than `most`; whether it has the turn.
    fn await_turn_for(&self, id: Id, most: Duration) -> bool {
        let given = self.grants[id].await_given_for(most);
        if given {
            self.begin_turn(id);
        }
        given
    }

    fn begin_turn(&self, id: Id) {
        HAS_TURN.set(true);
        if id >= VCPU {
            USED_AT_GRANT.set(self.used.get(id - VCPU));
        }
    }

    fn progress(&self, vcpu: usize) -> u64 {
        self.used.get(vcpu).saturating_sub(self.vcpus[vcpu].head_start.load(Relaxed))
    }

    fn now(&self) -> i64 {
        let has_turn = HAS_TURN.get();
        let own = match ME.get() {
            Some(id) if has_turn && id >= VCPU => self.progress(id - VCPU) as i64,
            _ => 0,
        };
        let now = (self.base.load(Relaxed) + own).max(self.last_seen.load(Relaxed));
        if has_turn {
            self.last_seen.store(now, Relaxed);
        }
        now
    }

    fn instructions(&self, vcpu: usize) -> u64 {
        let count = &self.vcpus[vcpu];
        count.done.load(Relaxed) + self.progress(vcpu) - count.spun.load(Relaxed)
    }
}

/// Nanoseconds since power-on.
pub fn now_ns() -> i64 {
    turns().now()
}

/// Instructions that a vCPU has executed. Called by whoever has the turn.
pub fn instructions(vcpu: usize) -> u64 {
    turns().instructions(vcpu)
}

/// The digest of the schedule so far.
pub fn digest() -> u64 {
    turns().table().digest
}

/// Whether the calling thread takes turns.
pub fn takes_part() -> bool {
    me().is_some()
}

/// A vCPU's thread takes part from now on. Its count starts at a full quantum, so that its first block
/// asks for a turn.
pub fn join(vcpu: usize) {
    become_participant(VCPU + vcpu);
    turns().used.set(vcpu, turns().quantum);
}

/// The calling thread is about to wait; `false` if it takes no part. [`pass_and_await`] must follow.
pub fn begin_wait(on: Wait, deadline: Option<i64>) -> bool {
    let Some(id) = me() else { return false };
    let t = turns();
    let mut table = t.table();
    if id >= VCPU && HAS_TURN.get() && t.used.get(id - VCPU) != USED_AT_GRANT.get() {
        table.somebody_ran = true;
        // What it was told last stays told. But a vCPU that was woken for nothing moves no time.
        t.now();
    }
    table.set(id, State::Waiting { on, deadline });
    t.rcu_arrived.notify_all();
    true
}

/// Gives the turn up and waits for the next one; `false` if the wait ended by its deadline.
pub fn pass_and_await() -> bool {
    let Some(id) = me() else { return true };
    let t = turns();
    pass(t, id, t.table());
    t.await_turn(id);
    !t.table().timed_out(id)
}

fn pass(t: &Turns, id: Id, table: MutexGuard<'_, Table>) {
    HAS_TURN.set(false);
    if table.holder.is_none_or(|holder| holder == id) {
        t.next(table);
    }
}

/// Somebody woke `object`.
pub fn wake(object: usize) {
    let t = turns();
    let mut table = t.table();
    if table.wake(object) && table.holder.is_none() {
        t.next(table);
    }
}

/// Takes a mutex, or begins to wait for it; `None`: [`await_mutex`] must follow, then another attempt.
pub fn lock_or_wait(mutex: usize, attempt: impl Fn() -> i32, owner: impl Fn() -> i32) -> Option<i32> {
    let result = attempt();
    if result != libc::EBUSY {
        return Some(result);
    }
    let t = turns();
    t.mutex_waiters.fetch_add(1, Relaxed);
    let waits = {
        let mut table = t.table();
        // Once more, now that an owner's unlock will be noticed.
        let result = attempt();
        if result == libc::EBUSY {
            table.set(
                me()?,
                State::Waiting { on: Wait::Mutex { address: mutex, owner: owner() }, deadline: None },
            );
            t.rcu_arrived.notify_all();
        }
        result
    };
    if waits == libc::EBUSY {
        return None;
    }
    t.mutex_waiters.fetch_sub(1, Relaxed);
    Some(waits)
}

/// Waits for a turn to attempt a mutex again.
pub fn await_mutex(mutex: usize) {
    let Some(id) = me() else { return };
    let t = turns();
    pass(t, id, t.table());
    // A thread that takes no part gives the mutex back unseen when it waits for a condition.
    while !t.await_turn_for(id, RETRY) {
        let mut table = t.table();
        if table.holder.is_none() && table.wake(mutex) {
            t.next(table);
        }
    }
    t.mutex_waiters.fetch_sub(1, Relaxed);
}

/// A mutex was given back.
pub fn unlocked(mutex: usize) {
    let Some(t) = TURNS.get() else { return };
    if t.mutex_waiters.load(Relaxed) == 0 {
        return;
    }
    let mut table = t.table();
    if table.wake(mutex) && table.holder.is_none() {
        t.next(table);
    }
}

/// Waits on a futex unless `same` says that its word has changed; whether it waited.
pub fn wait_futex(futex: usize, same: impl Fn() -> bool) -> bool {
    let Some(id) = me() else { return false };
    let t = turns();
    {
        let mut table = t.table();
        if !same() {
            return false;
        }
        table.set(id, State::Waiting { on: Wait::Futex(futex), deadline: None });
        t.rcu_arrived.notify_all();
    }
    pass_and_await();
    true
}

/// Somebody woke a futex; `outside`: a thread that waited in the kernel. Where that is the RCU thread,
/// still where it was when turns began, whoever has the turn waits until it has come into the order.
pub fn wake_futex(futex: usize, outside: bool) {
    let Some(t) = TURNS.get() else { return };
    let mut table = t.table();
    if table.wake(futex) && table.holder.is_none() {
        t.next(table);
    } else if outside && futex == t.rcu_futex && table.state(RCU) == State::Outside && HAS_TURN.get() {
        let arrived = t.rcu_arrived.wait_while(table, |table| table.state(RCU) == State::Outside);
        drop(arrived.expect("as above"));
    }
}

/// A vCPU's quantum is used up; `low`: at low priority. The first block of each vCPU lands here too.
pub fn quantum_end(vcpu: usize, pc: u64, low: bool) {
    let t = turns();
    let id = VCPU + vcpu;
    let count = &t.vcpus[vcpu];
    let first = FIRST_BLOCK.replace(false);
    let now = t.now();
    let mut table = t.table();
    table.mix(vcpu as u64);
    table.mix(pc);
    table.mix(now as u64);
    let low = low || count.spun.load(Relaxed) > 0;
    let head_start = table.head_start(vcpu, low) as u64;
    if !first {
        count.done.store(t.instructions(vcpu), Relaxed);
        table.somebody_ran = true;
    }
    count.spun.store(0, Relaxed);
    count.head_start.store(head_start, Relaxed);
    t.used.set(vcpu, head_start);
    if first && table.holder == Some(id) {
        USED_AT_GRANT.set(head_start);
        return;
    }
    table.set(id, State::Ready);
    pass(t, id, table);
    t.await_turn(id);
}

/// A vCPU asked for low priority: the rest of its quantum is spun.
pub fn spin(vcpu: usize) {
    let t = turns();
    let used = t.used.get(vcpu);
    if used < t.quantum {
        t.vcpus[vcpu].spun.fetch_add(t.quantum - used, Relaxed);
        t.used.set(vcpu, t.quantum);
    }
}
