// SPDX-License-Identifier: GPL-2.0-or-later
//! Numbers and facts as a person reads them: what the text and the page have in common.

use super::contract::{Finding, Injection, OutsideEvent, Report};
use cpu_model::{State, WakeReason};
use std::collections::BTreeMap;

/// The states that any thread was in, in the order of [`State::ALL`].
pub(super) fn seen_states(report: &Report) -> Vec<State> {
    let seen = |s: &State| report.threads.iter().any(|t| t.tb[*s] > 0 || t.instructions[*s] > 0);
    State::ALL.into_iter().filter(seen).collect()
}

/// The reasons that ended any nap.
pub(super) fn seen_reasons(report: &Report) -> Vec<WakeReason> {
    let seen = |r: &WakeReason| report.threads.iter().any(|t| t.naps.wakes[*r] > 0);
    WakeReason::ALL.into_iter().filter(seen).collect()
}

/// Whether the host gave any thread to KVM.
pub(super) fn ceded(report: &Report) -> bool {
    report.threads.iter().any(|t| t.cedes.count > 0)
}

/// The corrections that were applied at all, by name.
pub(super) fn applied(report: &Report) -> Vec<&str> {
    report.corrections.iter().filter(|(_, count)| **count > 0).map(|(name, _)| name.as_str()).collect()
}

/// How often one was, or what stands for never.
pub(super) fn count(counts: &BTreeMap<String, u64>, name: &str, never: &str) -> String {
    counts.get(name).filter(|count| **count > 0).map_or_else(|| never.to_owned(), u64::to_string)
}

/// What a state means, in a sentence.
pub(super) fn meaning(state: State) -> &'static str {
    match state {
        State::Firmware => "skiboot runs, before the kernel or called by it",
        State::HostUser => "a host process runs",
        State::HostKernel => "the host kernel runs",
        State::HostIdle => "naps in the host's idle loop",
        State::Offline => "naps, taken offline by the host",
        State::HvRealMode => "KVM's way into and out of a guest",
        State::GuestUser => "a guest process runs",
        State::GuestKernel => "a guest kernel runs",
        State::GuestIdle => "naps, its guest's processor is idle",
        State::CededToKvm => "naps or waits, given to KVM while a guest has the core",
    }
}

/// What ran, as (caption, text).
pub(super) fn facts(report: &Report) -> Vec<(&'static str, String)> {
    let run = &report.run;
    let or = |text: &str, other: &str| if text.is_empty() { other.to_owned() } else { text.to_owned() };
    let cores = if run.cores == 1 { "core" } else { "cores" };
    let schedule = if run.time == "exact" {
        let strict = run.strict.iter().map(|what| format!(", {what}")).collect::<String>();
        format!("exact time, seed {}, turns of {} instructions{strict}", run.seed, run.turn)
    } else {
        format!("{} time", run.time)
    };
    let guests = run.guests.iter().enumerate().map(|(index, guest)| {
        format!("guest {index} brought up {} of {} processors", guest.cpus_up, guest.threads)
    });
    let guests = guests.collect::<Vec<_>>().join("; ");
    let digest = or(&run.digest, "none");
    vec![
        ("outcome", or(&run.outcome, "not known")),
        ("scenario", or(&run.scenario, "not known")),
        ("host", format!("Linux {}", or(&run.kernel, "of a version not known"))),
        ("machine", format!("{} POWER8 {cores} of {} threads, {schedule}", run.cores, run.threads_per_core)),
        ("emulator", or(&run.qemu, "not known")),
        ("plugin", or(&run.plugin, "not known")),
        ("guests", or(&guests, "none")),
        (
            "elapsed",
            format!(
                "{} s of the machine's time ({} timebase ticks)",
                seconds(report.elapsed_tb, report),
                report.elapsed_tb
            ),
        ),
        (
            "digest",
            if run.digest.is_empty() {
                digest
            } else {
                format!("{digest} (the same recipe gives the same digest)")
            },
        ),
    ]
}

/// Something from outside, with its time.
pub(super) fn outside(outside: &OutsideEvent, report: &Report) -> String {
    format!("at {} s: {}", seconds(outside.tb, report), outside.what)
}

/// An injection as it was asked for.
pub(super) fn injection(injection: &Injection) -> String {
    format!("{}@cpu{}:{}", injection.kind, injection.thread, injection.at)
}

/// A finding in one line: what, where, by whom.
pub(super) fn finding(finding: &Finding) -> String {
    let Finding { name, title, thread, pc, place, .. } = finding;
    let place = if place.is_empty() { format!("{pc:#x}") } else { format!("{place} ({pc:#x})") };
    format!("{name}: {title}; thread {thread} at {place}")
}

/// Text without control characters, which a terminal or a page could take for orders.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

pub(super) fn percent(part: u64, whole: u64) -> String {
    if whole == 0 { "-".to_owned() } else { rounded(100.0 * part as f64 / whole as f64, 1) }
}

pub(super) fn seconds(ticks: u64, report: &Report) -> String {
    format!("{:.3}", ticks as f64 / report.timebase_hz as f64)
}

pub(super) fn ms(ticks: u64, report: &Report) -> String {
    rounded(1e3 * ticks as f64 / report.timebase_hz as f64, 1)
}

pub(super) fn us(ticks: u64, report: &Report) -> String {
    rounded(1e6 * ticks as f64 / report.timebase_hz as f64, 1)
}

pub(super) fn millions(count: u64) -> String {
    rounded(count as f64 / 1e6, 2)
}

/// With that many decimals, and what they would make nothing of as less than the least they show.
fn rounded(value: f64, decimals: usize) -> String {
    let least = 0.1_f64.powi(decimals as i32);
    if value > 0.0 && value < least / 2.0 {
        format!("<{least:.decimals$}")
    } else {
        format!("{value:.decimals$}")
    }
}
