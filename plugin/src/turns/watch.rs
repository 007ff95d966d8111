// SPDX-License-Identifier: GPL-2.0-or-later
//! If nobody takes a turn for ten seconds: who waits for whom.

use super::table::{Id, MAIN, MainTurn, RCU, State, Table, VCPU};
use super::turns;
use std::fmt::Write;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(10);

/// Starts the thread that watches. It takes no part.
pub fn start() {
    let watch = || {
        let (mut seen, mut told) = (0, 0);
        loop {
            std::thread::park_timeout(PATIENCE);
            let table = turns().table();
            let waits_for_the_world = table.holder == Some(MAIN)
                && matches!(table.main_turn, MainTurn::Outside | MainTurn::Idle(_));
            if table.turns == seen && told != seen && !waits_for_the_world {
                told = seen;
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
            State::Waiting { object: 0, deadline } => format!("sleeps until {} ns", deadline.unwrap_or(0)),
            State::Waiting { object, .. } => format!("waits for {object:#x} (condition, mutex or futex)"),
            State::Polling { deadline: Some(at) } => format!("polls until {at} ns"),
            State::Polling { deadline: None } => "polls".to_owned(),
        };
        let _ = writeln!(text, "  {:10} {does}", name(id));
    }
    text
}

fn name(id: Id) -> String {
    match id {
        MAIN => "main".to_owned(),
        RCU => "call_rcu".to_owned(),
        _ => format!("vCPU {}", id - VCPU),
    }
}
