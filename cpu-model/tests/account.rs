// SPDX-License-Identifier: GPL-2.0-or-later
//! Accounting over sequences of events as a kernel and its firmware cause them.

use cpu_model::account::{Account, Accounting, Cedes, IpiKind, Span};
use cpu_model::insn::PowerSaving;
use cpu_model::{DoorbellKind, Event, Landmark, Mode, Place, Sample, State, WakeReason, msr, topology};

const HOST: u64 = msr::SF | msr::HV | msr::IR | msr::DR;
const REAL: u64 = msr::SF | msr::HV;
const GUEST: u64 = msr::SF | msr::IR | msr::DR;

fn resume(bits: u64) -> Event {
    resume_in(bits, Place::Elsewhere)
}

fn resume_in(bits: u64, place: Place) -> Event {
    Event::Resume { mode: Mode::from_msr(bits), place }
}

fn interrupt(vector: u16, bits: u64) -> Event {
    Event::Interrupt { vector, mode: Mode::from_msr(bits) }
}

fn nap(place: Place) -> Event {
    Event::PowerSave { level: PowerSaving::Nap, place }
}

fn wake(reason: WakeReason) -> Event {
    Event::Wake { reason }
}

fn doorbell(to: u8) -> Event {
    Event::DoorbellSent { kind: DoorbellKind::Hypervisor, to }
}

fn mfrr(thread: usize, priority: u8) -> Event {
    Event::Mfrr { server: topology::server_of_thread(thread, 8).unwrap(), priority }
}

/// Plays (thread, tb, event) on a core, one instruction a tick, to `end`.
fn play(end: u64, events: &[(usize, u64, Event)]) -> (Account, Vec<Span>) {
    let mut accounting = Accounting::new(8, 8);
    let mut spans = Vec::new();
    for (thread, tb, event) in events {
        spans.extend(accounting.apply(*thread, Sample { tb: *tb, instructions: *tb }, event));
    }
    let (account, rest) = accounting.finish(end, &[end; 8]);
    spans.extend(rest);
    (account, spans)
}

fn states(spans: &[Span], thread: usize) -> Vec<(State, u64, u64)> {
    spans.iter().filter(|s| s.thread == thread).map(|s| (s.state, s.from, s.to)).collect()
}

#[test]
fn boot_goes_from_firmware_to_kernel_to_process() {
    let (account, spans) = play(
        100,
        &[
            (0, 30, resume(HOST)),
            (0, 50, resume(HOST | msr::PR)),
            (0, 60, interrupt(0xc00, HOST)),
            // An OPAL call and its return.
            (0, 70, resume_in(REAL, Place::Firmware)),
            (0, 75, resume(REAL)),
            (0, 80, resume(HOST)),
        ],
    );
    assert_eq!(
        states(&spans, 0),
        [
            (State::Firmware, 0, 30),
            (State::HostKernel, 30, 50),
            (State::HostUser, 50, 60),
            (State::HostKernel, 60, 70),
            (State::Firmware, 70, 75),
            (State::HostKernel, 75, 100),
        ]
    );
    assert_eq!(account.threads[0].instructions[State::Firmware], 35);
    assert_eq!(account.threads[1].ticks[State::Firmware], 100);
    assert_eq!(account.cores[0].kvm_ticks, 0);
}

#[test]
fn idle_and_offline_naps_are_told_apart() {
    let (account, _) = play(
        1000,
        &[
            (1, 10, resume(HOST)),
            (1, 20, Event::Landmark(Landmark::Idle)),
            (1, 30, nap(Place::Elsewhere)),
            (1, 130, wake(WakeReason::Decrementer)),
            (1, 140, resume(HOST)),
            (1, 150, Event::Landmark(Landmark::Offline)),
            (1, 160, nap(Place::Elsewhere)),
            (1, 360, wake(WakeReason::HypervisorDoorbell)),
            (1, 361, Event::DoorbellCleared { kind: DoorbellKind::Hypervisor }),
            (1, 370, nap(Place::Elsewhere)),
        ],
    );
    let thread = &account.threads[1];
    assert_eq!(thread.ticks[State::HostIdle], 100);
    assert_eq!(thread.ticks[State::Offline], 200 + 630);
    assert_eq!(thread.ticks[State::HostKernel], 20 + 30 + 10);
    let naps = &thread.naps;
    assert_eq!((naps.count, naps.ticks, naps.longest, naps.unfinished), (3, 930, 630, true));
    assert_eq!(naps.wakes[WakeReason::Decrementer], 1);
    assert_eq!(naps.wakes[WakeReason::HypervisorDoorbell], 1);
    assert_eq!(naps.wakes.values().sum::<u64>(), 2);
}

#[test]
fn a_nap_in_firmware_is_firmware() {
    let (account, _) = play(100, &[(2, 10, nap(Place::Firmware)), (2, 60, wake(WakeReason::External))]);
    assert_eq!(account.threads[2].ticks[State::Firmware], 100);
    assert_eq!(account.threads[2].naps.ticks, 50);
}

#[test]
fn a_thread_that_goes_on_without_a_wake_has_ended_its_nap() {
    let events = [(0, 10, nap(Place::Elsewhere)), (0, 30, interrupt(0x200, REAL)), (0, 40, resume(HOST))];
    let (account, _) = play(100, &events);
    assert_eq!(account.threads[0].ticks[State::HostIdle], 20);
    assert_eq!(account.threads[0].naps.wakes[WakeReason::Other], 1);
}

/// A vcore of two threads: the primary (0) enters by itself, the secondary (1) is woken from its offline nap,
/// cedes once, and both leave.
fn vcore_run() -> Vec<(usize, u64, Event)> {
    vec![
        (0, 10, resume(HOST)),
        (1, 10, resume(HOST)),
        (1, 11, Event::Landmark(Landmark::Offline)),
        (1, 20, nap(Place::Elsewhere)),
        (0, 100, doorbell(1)),
        (0, 105, Event::Landmark(Landmark::VcoreRun)),
        (0, 110, resume_in(REAL, Place::KvmRealMode)),
        (1, 112, wake(WakeReason::HypervisorDoorbell)),
        (1, 113, Event::Landmark(Landmark::KvmEntry)),
        (1, 114, Event::DoorbellCleared { kind: DoorbellKind::Hypervisor }),
        (0, 120, resume(GUEST)),
        (1, 125, resume(GUEST | msr::PR)),
        (1, 130, interrupt(0xa00, GUEST)),
        // The secondary's guest cedes; a doorbell of its sibling wakes it and is delivered in the guest.
        (1, 135, interrupt(0xc00, REAL)),
        (1, 140, nap(Place::KvmRealMode)),
        (0, 150, Event::DoorbellSent { kind: DoorbellKind::Privileged, to: 1 }),
        (1, 160, wake(WakeReason::PrivilegedDoorbell)),
        (1, 165, resume(GUEST)),
        (1, 166, interrupt(0xa00, GUEST)),
        // The slice ends.
        (0, 200, interrupt(0x980, REAL)),
        (0, 202, doorbell(1)),
        (1, 204, interrupt(0xe80, REAL)),
        (1, 210, Event::Landmark(Landmark::KvmNoGuest)),
        (0, 220, resume(HOST)),
        (1, 230, resume(HOST)),
        (1, 240, nap(Place::Elsewhere)),
    ]
}

#[test]
fn a_vcore_run_is_split_into_its_parts() {
    let (account, spans) = play(300, &vcore_run());
    assert_eq!(
        states(&spans, 0),
        [
            (State::Firmware, 0, 10),
            (State::HostKernel, 10, 110),
            (State::HvRealMode, 110, 120),
            (State::GuestKernel, 120, 200),
            (State::HvRealMode, 200, 220),
            (State::HostKernel, 220, 300),
        ]
    );
    assert_eq!(
        states(&spans, 1),
        [
            (State::Firmware, 0, 10),
            (State::HostKernel, 10, 20),
            (State::Offline, 20, 112),
            (State::HostKernel, 112, 113),
            (State::HvRealMode, 113, 125),
            (State::GuestUser, 125, 130),
            (State::GuestKernel, 130, 135),
            (State::HvRealMode, 135, 140),
            (State::GuestIdle, 140, 160),
            (State::HvRealMode, 160, 165),
            (State::GuestKernel, 165, 204),
            // In kvm_no_guest it is still KVM's.
            (State::HvRealMode, 204, 230),
            (State::HostKernel, 230, 240),
            (State::Offline, 240, 300),
        ]
    );
    let (primary, secondary) = (&account.threads[0], &account.threads[1]);
    assert_eq!((primary.guest_entries, primary.guest_exits), (1, 1));
    assert_eq!((secondary.guest_entries, secondary.guest_exits), (2, 2));
    assert_eq!(account.cores[0].vcore_runs, 1);
    assert_eq!(account.cores[0].kvm_ticks, 230 - 110);
    assert_eq!(account.cores[0].guest_ticks, 204 - 120);
}

/// A vcore of one thread; its sibling 1 is lent a vCPU, its sibling 2 none. Both were the host's before, and are again.
fn ceded_run() -> Vec<(usize, u64, Event)> {
    vec![
        (1, 10, resume(HOST | msr::PR)),
        (2, 10, resume(HOST)),
        (1, 20, interrupt(0xe80, HOST)),
        (1, 30, Event::Landmark(Landmark::Cede)),
        (2, 30, Event::Landmark(Landmark::Cede)),
        // Virtual mode is the host kernel's still.
        (1, 40, resume(REAL)),
        (2, 40, resume(REAL)),
        (1, 45, nap(Place::Elsewhere)),
        (2, 45, nap(Place::Elsewhere)),
        (1, 60, wake(WakeReason::HypervisorDoorbell)),
        (1, 62, Event::Landmark(Landmark::KvmEntry)),
        (1, 70, resume(GUEST)),
        // The guest cedes its processor, as a guest.
        (1, 80, interrupt(0xc00, REAL)),
        (1, 85, nap(Place::KvmRealMode)),
        (1, 95, wake(WakeReason::Decrementer)),
        (1, 97, resume(GUEST)),
        (1, 100, interrupt(0xe80, REAL)),
        // No more work for KVM: it waits and naps until the core is free.
        (1, 110, Event::Landmark(Landmark::KvmNoGuest)),
        (1, 115, nap(Place::Elsewhere)),
        (1, 120, wake(WakeReason::HypervisorDoorbell)),
        (2, 120, wake(WakeReason::HypervisorDoorbell)),
        (1, 125, resume(HOST)),
        (2, 125, resume(HOST)),
        (1, 130, Event::Landmark(Landmark::CedeReturn)),
        (2, 130, Event::Landmark(Landmark::CedeReturn)),
        (1, 140, resume(HOST | msr::PR)),
        (2, 140, Event::Landmark(Landmark::Idle)),
        (2, 150, nap(Place::Elsewhere)),
    ]
}

#[test]
fn a_ceded_thread_is_kvms_only_while_it_works_for_kvm() {
    let (account, spans) = play(200, &ceded_run());
    assert_eq!(
        states(&spans, 1),
        [
            (State::Firmware, 0, 10),
            (State::HostUser, 10, 20),
            (State::HostKernel, 20, 40),
            (State::CededToKvm, 40, 62),
            (State::HvRealMode, 62, 70),
            (State::GuestKernel, 70, 80),
            (State::HvRealMode, 80, 85),
            (State::GuestIdle, 85, 95),
            (State::HvRealMode, 95, 97),
            (State::GuestKernel, 97, 100),
            (State::HvRealMode, 100, 110),
            (State::CededToKvm, 110, 125),
            (State::HostKernel, 125, 140),
            (State::HostUser, 140, 200),
        ]
    );
    assert_eq!(
        states(&spans, 2),
        [
            (State::Firmware, 0, 10),
            (State::HostKernel, 10, 40),
            (State::CededToKvm, 40, 125),
            (State::HostKernel, 125, 150),
            (State::HostIdle, 150, 200),
        ]
    );
    for thread in &account.threads {
        assert_eq!(thread.ticks.values().sum::<u64>(), 200);
        assert_eq!(thread.instructions.values().sum::<u64>(), 200);
    }
    for thread in &account.threads[1..3] {
        assert_eq!(thread.cedes, Cedes { count: 1, returned: 1, longest: 100 });
    }
    assert_eq!(account.threads[0].cedes, Cedes::default());
    // A thread that is only held does not make the core KVM's.
    assert_eq!(account.cores[0].kvm_ticks, 110 - 62);
}

#[test]
fn a_cede_without_its_return_is_seen() {
    let (cede, back) = (Event::Landmark(Landmark::Cede), Event::Landmark(Landmark::CedeReturn));
    let cedes = |events: &[(usize, u64, Event)]| play(100, events).0.threads[1].cedes.clone();
    assert_eq!(cedes(&[(1, 10, back)]), Cedes::default());
    assert_eq!(
        cedes(&[(1, 10, cede), (1, 20, back), (1, 25, back)]),
        Cedes { count: 1, returned: 1, longest: 10 }
    );
    let lost = [(1, 10, cede), (1, 50, cede), (1, 60, back)];
    assert_eq!(cedes(&lost), Cedes { count: 2, returned: 1, longest: 40 });
    assert_eq!(
        cedes(&[(1, 10, cede), (1, 20, back), (1, 30, cede)]),
        Cedes { count: 2, returned: 1, longest: 70 }
    );
}

#[test]
fn doorbells_are_received_once() {
    let (account, _) = play(300, &vcore_run());
    let ipis = |thread: usize| &account.threads[thread].ipis;
    assert_eq!(ipis(0).sent[IpiKind::Doorbell], 2);
    assert_eq!(ipis(0).sent[IpiKind::GuestDoorbell], 1);
    // The wake and the interrupt of one doorbell are one receipt; the first 0xA00 came from DPDES.
    assert_eq!(ipis(1).received[IpiKind::GuestDoorbell], 2);
    assert_eq!(ipis(1).received[IpiKind::Doorbell], 2);
    assert_eq!(ipis(0).received.values().sum::<u64>(), 0);
}

#[test]
fn a_doorbell_that_nobody_clears_wakes_again_but_is_one() {
    let nap_and_wake =
        |tb| [(3, tb, nap(Place::Elsewhere)), (3, tb + 5, wake(WakeReason::HypervisorDoorbell))];
    let mut events = vec![(3, 1, resume(HOST)), (0, 5, doorbell(3))];
    events.extend([10, 20, 30].into_iter().flat_map(nap_and_wake));
    let (account, _) = play(100, &events);
    assert_eq!(account.threads[3].ipis.received[IpiKind::Doorbell], 1);
    assert_eq!(account.threads[3].naps.wakes[WakeReason::HypervisorDoorbell], 3);
}

#[test]
fn xics_requests_merge_until_withdrawn() {
    let (account, _) = play(
        100,
        &[
            (2, 5, resume(HOST)),
            // A device's interrupt: no request of a thread.
            (2, 10, interrupt(0x500, HOST)),
            (0, 20, mfrr(2, 4)),
            (1, 21, mfrr(2, 4)),
            (2, 22, interrupt(0x500, HOST)),
            (1, 23, mfrr(2, 4)),
            // A device's, while the handler has not withdrawn the request yet.
            (2, 23, interrupt(0x500, HOST)),
            (2, 24, mfrr(2, 0xff)),
            (0, 30, mfrr(2, 4)),
            (2, 31, wake(WakeReason::External)),
            (2, 32, mfrr(2, 0xff)),
            // Withdrawn before it was taken.
            (0, 40, mfrr(2, 4)),
            (2, 41, mfrr(2, 0xff)),
            (2, 50, interrupt(0x500, HOST)),
            // To a server that no thread has.
            (0, 60, Event::Mfrr { server: 0x1000, priority: 4 }),
        ],
    );
    let xics = |thread: usize| {
        let ipis = &account.threads[thread].ipis;
        (ipis.sent[IpiKind::Xics], ipis.received[IpiKind::Xics])
    };
    assert_eq!(xics(0), (4, 0));
    assert_eq!(xics(1), (2, 0));
    assert_eq!(xics(2), (0, 2));
}

#[test]
fn an_interrupt_seen_before_its_request_of_the_same_tick_is_its_receipt() {
    let events = [(1, 20, interrupt(0x500, HOST)), (1, 20, mfrr(1, 0xff)), (5, 20, mfrr(1, 4))];
    let (account, _) = play(100, &events);
    assert_eq!(account.threads[1].ipis.received[IpiKind::Xics], 1);
    let (account, _) = play(100, &[(1, 20, interrupt(0x500, HOST)), (5, 21, mfrr(1, 4))]);
    assert_eq!(account.threads[1].ipis.received[IpiKind::Xics], 0);
}

#[test]
fn a_mediated_external_interrupt_is_no_ipi() {
    let events = [(0, 1, resume(GUEST)), (3, 5, mfrr(0, 4)), (0, 10, interrupt(0x500, GUEST))];
    let (account, _) = play(100, &events);
    assert_eq!(account.threads[0].ipis.received[IpiKind::Xics], 0);
}

#[test]
fn a_run_ends_no_earlier_than_its_last_event() {
    let (account, _) = play(5, &[(0, 50, resume(HOST))]);
    assert_eq!(account.elapsed, 50);
    assert!(account.threads.iter().all(|t| t.ticks.values().sum::<u64>() == 50));
}
