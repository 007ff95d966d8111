// SPDX-License-Identifier: GPL-2.0-or-later
//! What the functions do that QEMU calls through its taken slots.

use super::table::{MAIN, MainTurn, State, Wait};
use super::{me, turns};
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

/// The date at power-on, in ns since 1970: 2026-01-01.
pub const EPOCH_NS: i64 = 1_767_225_600_000_000_000;
/// How long an event that was announced may take to arrive, in ns.
const ANNOUNCED_NS: i64 = 50_000_000;

/// How the main thread looks at its descriptors.
pub struct Look {
    /// At most so many ns; `None`: as long as it asked for.
    pub ns: Option<i64>,
    idle_since: Option<(Instant, i64)>,
}

/// Nanoseconds since power-on.
pub fn now_ns() -> i64 {
    me();
    turns().now()
}

/// Sleeps for `ns`; `false` if the thread takes no part.
pub fn sleep(ns: i64) -> bool {
    let waits = super::begin_wait(Wait::Time, Some(turns().now() + ns));
    if waits {
        super::pass_and_await();
    }
    waits
}

/// Somebody who takes part wrote an event.
pub fn notify_main() {
    if me().is_some() {
        turns().table().notified = true;
    }
}

/// Something was read, by a thread of QEMU's, that is not its own event.
pub fn came_in(descriptor: i32, by: &str) {
    crate::outside::came_in(descriptor, by);
}

/// A signal came that QEMU handles. Called in its handler: does no more than that may.
pub fn signalled(signal: i32) {
    crate::outside::signalled(signal);
}

/// The main thread is about to poll, for at most `wait_ns`.
pub fn poll(wait_ns: Option<i64>) -> Look {
    if me() != Some(MAIN) {
        return Look { ns: None, idle_since: None };
    }
    let t = turns();
    {
        let mut table = t.table();
        let deadline = wait_ns.map(|ns| table.base.saturating_add(ns));
        table.set(MAIN, State::Polling { deadline });
        super::pass(t, MAIN, table);
    }
    t.await_turn(MAIN);
    crate::plugin::main_turn();
    match t.table().main_turn {
        MainTurn::Look => Look { ns: Some(0), idle_since: None },
        MainTurn::Notified => Look { ns: Some(ANNOUNCED_NS), idle_since: None },
        MainTurn::Outside => Look { ns: None, idle_since: None },
        MainTurn::Idle(ns) => Look { ns: Some(ns), idle_since: Some((Instant::now(), ns)) },
    }
}

/// The main thread has polled.
pub fn polled(look: &Look) {
    if let Some((since, most)) = look.idle_since {
        let t = turns();
        let mut table = t.table();
        table.base += (since.elapsed().as_nanos() as i64).min(most);
        t.base.store(table.base, Relaxed);
    }
}
