// SPDX-License-Identifier: GPL-2.0-or-later
//! What the threads of the synthetic run do.

use super::Writer;
use cpu_model::insn::PowerSaving;
use cpu_model::recording::{FORMAT, Found, Guest, Injection, Recipe, Summary, Verdict};
use cpu_model::topology::server_of_thread;
use cpu_model::{DoorbellKind, Event, Landmark, Mode, Place, WakeReason, msr};

const MS: u64 = 512_000;
const US: u64 = 512;
const GUEST_THREADS: usize = 4;

/// How big the run is.
#[derive(Clone, Copy)]
pub struct Shape {
    /// Hardware threads, eight to a core. Guests run on the first core.
    pub threads: usize,
    /// How often the guest is entered.
    pub vcore_runs: u64,
}

fn mode(bits: u64) -> Mode {
    Mode::from_msr(msr::SF | bits)
}

fn host_user() -> Event {
    Event::Resume { mode: mode(msr::HV | msr::PR | msr::IR | msr::DR), place: Place::Elsewhere }
}

fn host_kernel() -> Event {
    Event::Resume { mode: mode(msr::HV | msr::IR | msr::DR), place: Place::Elsewhere }
}

fn kvm_real() -> Event {
    Event::Resume { mode: mode(msr::HV), place: Place::KvmRealMode }
}

fn guest(user: bool) -> Event {
    let pr = if user { msr::PR } else { 0 };
    Event::Resume { mode: mode(pr | msr::IR | msr::DR), place: Place::Elsewhere }
}

fn interrupt(vector: u16, virtual_mode: bool) -> Event {
    let bits = if virtual_mode { msr::HV | msr::IR | msr::DR } else { msr::HV };
    Event::Interrupt { vector, mode: mode(bits) }
}

fn nap(place: Place) -> Event {
    Event::PowerSave { level: PowerSaving::Nap, place }
}

/// A thread naps for `ticks`, is woken, and is back in the kernel's virtual mode.
fn host_nap(w: &mut Writer, t: usize, landmark: Landmark, ticks: u64, reason: WakeReason) {
    w.event(t, Event::Landmark(landmark));
    w.run(t, 40, 2);
    w.event(t, nap(Place::Elsewhere));
    w.run(t, ticks, 0);
    w.event(t, Event::Wake { reason });
    w.run(t, US, 2);
    if reason == WakeReason::HypervisorDoorbell {
        w.event(t, Event::DoorbellCleared { kind: DoorbellKind::Hypervisor });
    }
    w.event(t, host_kernel());
}

/// Skiboot, then the kernel brings the threads up one after the other.
fn boot(w: &mut Writer, threads: usize) {
    w.run(0, 90 * MS, 2);
    w.event(0, host_kernel());
    for t in 1..threads {
        w.run(t, 2 * MS, 1);
        w.event(t, nap(Place::Firmware));
        w.run_to(t, 200 * MS + 5 * MS * t as u64, 0);
        w.event(t, Event::Wake { reason: WakeReason::External });
        w.run(t, MS, 2);
        w.event(t, host_kernel());
        w.run(t, 3 * MS, 2);
        w.run_to(0, 200 * MS + 5 * MS * t as u64, 2);
        w.event(0, Event::Mfrr { server: server_of_thread(t, 8).expect("one of 96"), priority: 4 });
    }
}

/// Host processes and the idle loop, until about `end`.
fn busy_host(w: &mut Writer, t: usize, end: u64) {
    let mut round = t as u64;
    while w.now(t) < end {
        round = round.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let chance = round >> 40;
        if chance % 8 < if t == 0 { 6 } else { 2 } {
            w.event(t, host_user());
            w.run(t, chance % (2 * MS), 2);
            w.event(t, interrupt(if chance.is_multiple_of(2) { 0xc00 } else { 0x900 }, true));
            w.run(t, chance % MS, 2);
        } else {
            let reason = if chance.is_multiple_of(3) {
                WakeReason::HypervisorDoorbell
            } else {
                WakeReason::Decrementer
            };
            host_nap(w, t, Landmark::Idle, chance % (4 * MS), reason);
        }
    }
    w.run_to(t, end, 2);
}

/// One vcore run, from the first thread's entry to its return to virtual mode.
fn vcore_run(w: &mut Writer, round: u64) {
    let start = w.now(0);
    w.event(0, Event::Landmark(Landmark::VcoreRun));
    w.event(0, kvm_real());
    for t in 1..GUEST_THREADS {
        w.event(0, Event::DoorbellSent { kind: DoorbellKind::Hypervisor, to: t as u8 });
        w.run_to(t, start + 2 * US, 0);
        w.event(t, Event::Wake { reason: WakeReason::HypervisorDoorbell });
        w.event(t, Event::DoorbellCleared { kind: DoorbellKind::Hypervisor });
        w.event(t, Event::Landmark(Landmark::KvmEntry));
    }
    let length = 200 * US + round % 7 * 100 * US;
    for t in 0..GUEST_THREADS {
        w.run(t, (6 + t as u64) * US, 2);
        w.event(t, guest(false));
        let end = start + length;
        let mut turn = round + t as u64;
        while w.now(t) < end {
            turn += 1;
            w.run(t, 20 * US + turn % 5 * 9 * US, 2);
            if turn.is_multiple_of(3) && t > 0 {
                w.event(t, interrupt(0xc00, false));
                w.run(t, US, 2);
                w.event(t, nap(Place::KvmRealMode));
                w.run(t, 60 * US, 0);
                w.event(t, Event::Wake { reason: WakeReason::PrivilegedDoorbell });
                w.run(t, US, 2);
                w.event(t, guest(false));
                let mode = mode(msr::IR | msr::DR);
                w.event(t, Event::Interrupt { vector: 0xa00, mode });
            } else if turn.is_multiple_of(5) {
                let to = ((t + 1) % GUEST_THREADS) as u8;
                w.event(t, Event::DoorbellSent { kind: DoorbellKind::Privileged, to });
            } else {
                w.event(t, guest(turn.is_multiple_of(2)));
            }
        }
        w.event(t, interrupt(if t == 0 { 0x980 } else { 0xe80 }, false));
        w.run(t, 3 * US, 2);
        if t > 0 {
            w.event(t, Event::Landmark(Landmark::KvmNoGuest));
            w.run(t, 10 * US, 2);
            w.event(t, host_kernel());
            w.event(t, Event::Landmark(Landmark::Offline));
            w.event(t, nap(Place::Elsewhere));
        }
    }
    let last = (0..GUEST_THREADS).map(|t| w.now(t)).max().unwrap_or(0);
    w.run_to(0, last, 2);
    w.event(0, host_kernel());
    w.run(0, 30 * US, 2);
}

/// A recording of that shape that ended well, or that of a run that was killed.
pub fn record(shape: Shape, killed: bool) -> Vec<u8> {
    let recipe = Recipe {
        format: FORMAT,
        plugin: "p8smt 0.1.0".into(),
        qemu: "QEMU emulator version 11.1.3 (Debian 1:11.1.3+ds-1~bpo13+1)".into(),
        time: "exact".into(),
        seed: 0,
        turn: 5000,
        threads: shape.threads as u32,
        threads_per_core: 8,
        corrections: vec!["partition".into(), "tlb".into()],
        cannot_tell: vec!["Whether <firmware> ran: no symbols of skiboot & friends were given.".into()],
        injections: vec![Injection { kind: "hmi".into(), thread: 0, at: "event=idle:every=2".into() }],
        strict: vec!["lint".into()],
    };
    let mut w = Writer::new(&recipe);
    boot(&mut w, shape.threads);
    let end = 900 * MS;
    (0..shape.threads).for_each(|t| busy_host(&mut w, t, end + 3 * MS * t as u64));
    for t in 1..shape.threads {
        w.event(t, Event::Landmark(Landmark::Offline));
        w.run(t, US, 2);
        w.event(t, nap(Place::Elsewhere));
    }
    w.run_to(0, end + 3 * MS * shape.threads as u64, 2);
    for round in 0..shape.vcore_runs {
        vcore_run(&mut w, round);
        if round % 3 == 0 {
            host_nap(&mut w, 0, Landmark::Idle, 300 * US, WakeReason::External);
        }
    }
    if killed {
        return w.kill();
    }
    w.event(0, Event::Injected { injection: 0 });
    w.run(0, 120 * MS, 2);
    let elapsed = w.now(0);
    let summary = Summary {
        digest: "0123456789abcdef".into(),
        elapsed_tb: elapsed,
        instructions: w.instructions(),
        corrections: [("hv-doorbell".to_owned(), 1751), ("partition".to_owned(), 35_000)].into(),
        corrections_of_threads: vec![[("hv-doorbell".to_owned(), 1751)].into()],
        findings: vec![Found {
            finding: "nap-sequence".into(),
            thread: 3,
            pc: 0xc000_0000_0001_2340,
            place: "a<b>+0x40".into(),
            count: 2,
        }],
        lost_events: 0,
        outside: 0,
    };
    let verdict = Verdict {
        qemu: String::new(),
        scenario: "kvm".into(),
        kernel: "6.12.117".into(),
        outcome: "ok".into(),
        guests: vec![Guest { threads: 4, cpus_up: 4 }],
    };
    w.close(&summary, &verdict)
}
