// SPDX-License-Identifier: GPL-2.0-or-later
//! If nobody takes a turn for ten seconds: who waits for whom.

use super::table::{Id, MAIN, MainTurn, RCU, State, Table, VCPU, Wait};
use super::turns;
use crate::host;
use std::fmt::Write;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(10);

/// Starts the thread that watches. It takes no part.
pub fn start() {
    let watch = || {
        let (mut seen, mut told) = (0, None);
        loop {
            std::thread::park_timeout(PATIENCE);
            let table = turns().table();
            let waits_for_the_world = table.holder == Some(MAIN)
                && matches!(table.main_turn, MainTurn::Outside | MainTurn::Idle(_));
            if table.turns == seen && told != Some(seen) && !waits_for_the_world {
                told = Some(seen);
                tracing::error!("nobody has taken a turn for {} s\n{}", PATIENCE.as_secs(), describe(&table));
            }
            seen = table.turns;
        }
    };
    if let Err(error) = std::thread::Builder::new().name("p8smt-watch".into()).spawn(watch) {
        tracing::warn!("no thread to watch turns: {error}");
    }
}

fn describe(table: &Table) -> String {
    let mut text = String::new();
    for id in 0..VCPU + turns().vcpus.len() {
        let does = match table.state(id) {
            State::Absent => "has not come yet".to_owned(),
            State::Outside => "waits where it waited when turns began".to_owned(),
            State::Running => "has the turn".to_owned(),
            State::Ready => "waits for a turn".to_owned(),
            State::Waiting { on, deadline } => waits(on, deadline),
            State::Polling { deadline: Some(at) } => format!("polls until {at} ns"),
            State::Polling { deadline: None } => "polls".to_owned(),
        };
        let _ = writeln!(text, "  {:10} {does}", name(id));
    }
    text
}

fn waits(on: Wait, deadline: Option<i64>) -> String {
    match on {
        Wait::Time => format!("sleeps until {} ns", deadline.unwrap_or(0)),
        Wait::Condition(address) => format!("waits for condition {address:#x} (pthread_cond_wait)"),
        Wait::Futex(address) => format!("waits for futex {address:#x} (a QemuEvent)"),
        Wait::Mutex { address, owner } => {
            let held = if owner == 0 {
                "let go by now".into()
            } else {
                format!("held by {}", host::thread_name(owner))
            };
            format!("waits for mutex {address:#x}, {held} (pthread_mutex_lock)")
        }
    }
}

fn name(id: Id) -> String {
    match id {
        MAIN => "main".to_owned(),
        RCU => "call_rcu".to_owned(),
        _ => format!("vCPU {}", id - VCPU),
    }
}
