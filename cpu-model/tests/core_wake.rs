// SPDX-License-Identifier: GPL-2.0-or-later
//! Only what LPCR[PECE] enables can be why a thread woke.

mod core_events;

use core_events::*;
use cpu_model::core::{Core, Effect};
use cpu_model::{Rule, Rules, WakeReason, lpcr, spr};

const PECE: [u64; 5] = [
    lpcr::PECE_PRIVILEGED_DOORBELL,
    lpcr::PECE_HYPERVISOR_DOORBELL,
    lpcr::PECE_EXTERNAL,
    lpcr::PECE_DECREMENTER,
    lpcr::PECE_OTHER,
];

/// What software finds in SRR1 where the emulator says `reported`.
fn found(core: &mut Core, reported: WakeReason) -> WakeReason {
    match ask(core, 3, wake(reported))[..] {
        [] => reported,
        [Effect::SetWakeReason(reason)] => reason,
        ref other => panic!("{other:?}"),
    }
}

fn napping(lpcr: u64, hypervisor: bool, privileged: bool) -> Core {
    let mut core = Core::new(Rules::ALL);
    ask(&mut core, 3, write(spr::LPCR, lpcr));
    ask(&mut core, 3, nap());
    if hypervisor {
        ask(&mut core, 0, msgsnd(3));
    }
    if privileged {
        ask(&mut core, 1, msgsndp(3));
    }
    core
}

#[test]
fn every_combination_of_enables_pending_doorbells_and_what_the_emulator_says() {
    use WakeReason::{Decrementer, External, HypervisorDoorbell, PrivilegedDoorbell};
    for (bits, reported) in (0u32..32).flat_map(|bits| WakeReason::ALL.map(|r| (bits, r))) {
        let enabled: u64 = (0..5).filter(|i| bits >> i & 1 != 0).map(|i| PECE[i]).sum();
        let on = |reason: WakeReason| reason.pece().is_none_or(|bit| enabled & bit != 0);
        for (hypervisor, privileged) in [(false, false), (false, true), (true, false), (true, true)] {
            let reason = found(&mut napping(enabled, hypervisor, privileged), reported);
            let case = format!("{enabled:#x} {reported:?} {hypervisor} {privileged}: {reason:?}");
            if on(reported) {
                assert_eq!(reason, reported, "{case}");
            } else if privileged && on(PrivilegedDoorbell) {
                assert_eq!(reason, PrivilegedDoorbell, "{case}");
            } else if hypervisor && on(HypervisorDoorbell) {
                assert_eq!(reason, HypervisorDoorbell, "{case}");
            } else if on(External) || on(Decrementer) {
                assert!(on(reason) && [External, Decrementer].contains(&reason), "{case}");
            } else {
                assert_eq!(reason, reported, "nothing else can have woken it: {case}");
            }
        }
    }
}

/// Linux takes the decrementer's wake away from offline threads, and clears a doorbell only where SRR1 says
/// that one came: with the decrementer reported it would nap and wake for ever.
#[test]
fn a_doorbell_to_an_offline_thread_whose_decrementer_is_negative() {
    let offline = lpcr::PECE_EXTERNAL | lpcr::PECE_HYPERVISOR_DOORBELL | lpcr::PECE_OTHER;
    let mut core = napping(offline, true, false);
    assert_eq!(found(&mut core, WakeReason::Decrementer), WakeReason::HypervisorDoorbell);
    // It stays pending until it is cleared, and is the reason once more.
    ask(&mut core, 3, nap());
    assert_eq!(found(&mut core, WakeReason::Decrementer), WakeReason::HypervisorDoorbell);
    ask(&mut core, 3, msgclr());
    ask(&mut core, 3, nap());
    assert_eq!(found(&mut core, WakeReason::Decrementer), WakeReason::External);
}

/// KVM's nap of a primary thread that has no vCPU, and of one that gave it away.
#[test]
fn a_guest_s_doorbell_wakes_only_whom_it_may() {
    let no_vcpu = lpcr::PECE_EXTERNAL | lpcr::PECE_DECREMENTER | lpcr::PECE_HYPERVISOR_DOORBELL;
    let mut core = napping(no_vcpu, true, true);
    assert_eq!(found(&mut core, WakeReason::PrivilegedDoorbell), WakeReason::HypervisorDoorbell);
    let ceded = no_vcpu | lpcr::PECE_PRIVILEGED_DOORBELL;
    let mut core = napping(ceded, true, true);
    assert_eq!(found(&mut core, WakeReason::PrivilegedDoorbell), WakeReason::PrivilegedDoorbell);
}

#[test]
fn a_doorbell_may_come_by_dpdes_and_go_by_it() {
    let mut core = napping(lpcr::PECE_PRIVILEGED_DOORBELL | lpcr::PECE_EXTERNAL, false, false);
    ask(&mut core, 0, write(spr::DPDES, 1 << 3));
    assert_eq!(found(&mut core, WakeReason::Decrementer), WakeReason::PrivilegedDoorbell);
    ask(&mut core, 0, write(spr::DPDES, 1 << 4));
    assert_eq!(found(&mut core, WakeReason::Decrementer), WakeReason::External);
}

#[test]
fn it_goes_by_the_thread_s_own_lpcr_as_last_written() {
    let mut core = Core::new(Rules::ALL);
    ask(&mut core, 0, write(spr::LPCR, lpcr::PECE_EXTERNAL));
    assert_eq!(found(&mut core, WakeReason::Decrementer), WakeReason::Decrementer, "not known yet");
    ask(&mut core, 3, write(spr::LPCR, lpcr::PECE_EXTERNAL));
    assert_eq!(found(&mut core, WakeReason::Decrementer), WakeReason::External);
    ask(&mut core, 3, write(spr::LPCR, lpcr::PECE_DECREMENTER));
    assert_eq!(found(&mut core, WakeReason::Decrementer), WakeReason::Decrementer);
}

#[test]
fn the_rule_can_be_left_out() {
    let mut core = ALL_BUT(Rule::WakeReason);
    ask(&mut core, 3, write(spr::LPCR, lpcr::PECE_EXTERNAL));
    assert_eq!(found(&mut core, WakeReason::Decrementer), WakeReason::Decrementer);
}

#[test]
fn machine_checks_are_on_after_every_wake() {
    let asked = |core: &mut Core| {
        core.apply(1, 0, &nap());
        let effects = core.apply(1, 10, &wake(WakeReason::Decrementer));
        effects.contains(&(Rule::WakeMe, Effect::EnableMachineChecks))
    };
    assert!(asked(&mut Core::new(Rules::ALL)));
    assert!(!asked(&mut ALL_BUT(Rule::WakeMe)));
}
