// SPDX-License-Identifier: GPL-2.0-or-later
//! The whole core, under random sequences of what its threads can do.

use cpu_model::insn::PowerSaving;
use cpu_model::power8::Power8;
use cpu_model::{DoorbellKind, WakeReason, icp, lpcr, msr, spr};
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Act {
    Send(DoorbellKind, u8),
    Clear(DoorbellKind),
    Nap(u64),
    Interrupts(bool),
    Decrementer(u32),
    Ticks(u16),
    Poll,
}

fn act() -> impl Strategy<Value = (usize, Act)> {
    let kind = prop_oneof![Just(DoorbellKind::Hypervisor), Just(DoorbellKind::Privileged)];
    let pece = prop_oneof![
        Just(0),
        Just(lpcr::PECE_DECREMENTER),
        Just(lpcr::PECE_HYPERVISOR_DOORBELL),
        Just(lpcr::PECE_PRIVILEGED_DOORBELL | lpcr::PECE_DECREMENTER),
    ];
    let act = prop_oneof![
        (kind.clone(), 0u8..10).prop_map(|(kind, to)| Act::Send(kind, to)),
        kind.prop_map(Act::Clear),
        pece.prop_map(Act::Nap),
        any::<bool>().prop_map(Act::Interrupts),
        any::<u32>().prop_map(Act::Decrementer),
        any::<u16>().prop_map(Act::Ticks),
        Just(Act::Poll),
    ];
    (0usize..8, act)
}

fn message(to: u8) -> u64 {
    cpu_model::doorbell::Message { thread: to }.to_rb()
}

proptest! {
    /// A doorbell is delivered, is pending, or was cleared; it is never lost and never doubled. A thread wakes only for
    /// what its PECE bits allow. No thread sees the timebase run backwards.
    #[test]
    fn nothing_is_lost(acts in prop::collection::vec(act(), 1..200)) {
        let mut core = Power8::new();
        // What must be pending, by kind and thread.
        let mut pending = [[false; 8]; 2];
        let mut last = [0; 8];
        for (t, act) in acts {
            if core.is_saving_power(t) && !matches!(act, Act::Ticks(_) | Act::Poll) {
                continue;
            }
            match act {
                Act::Send(kind, to) => {
                    core.send(t, kind, message(to));
                    if let Some(bit) = pending[kind as usize].get_mut(usize::from(to)) {
                        *bit = true;
                    }
                }
                Act::Clear(kind) => {
                    core.clear(t, kind, message(0));
                    pending[kind as usize][t] = false;
                }
                Act::Nap(pece) => {
                    core.write_spr(t, spr::LPCR, pece).unwrap();
                    core.save_power(t, PowerSaving::Nap);
                }
                Act::Interrupts(on) => core.mtmsrd(t, if on { msr::EE } else { 0 }, true),
                Act::Decrementer(value) => core.write_spr(t, spr::DEC, value.into()).unwrap(),
                Act::Ticks(ticks) => (0..ticks).for_each(|_| core.tick()),
                Act::Poll => {
                    let was_saving = core.is_saving_power(t);
                    let ee = core.msr(t) & msr::EE != 0;
                    let to = core.poll(t, 0x4000);
                    if was_saving && to.is_some() {
                        let srr1 = core.read_spr(t, spr::SRR1).unwrap();
                        let reason = WakeReason::from_srr1(srr1).unwrap();
                        prop_assert!(reason.allowed_by(core.read_spr(t, spr::LPCR).unwrap()));
                        prop_assert_eq!(to, Some(0x100));
                    } else {
                        match to {
                            Some(0xe80) => prop_assert!(std::mem::take(&mut pending[0][t]) && ee),
                            Some(0xa00) => prop_assert!(std::mem::take(&mut pending[1][t]) && ee),
                            Some(0x900) => prop_assert!(ee),
                            other => prop_assert_eq!(other, None),
                        }
                    }
                }
            }
            let dpdes = core.read_spr(t, spr::DPDES).unwrap();
            let expected: u64 = pending[1].iter().enumerate().map(|(n, bit)| u64::from(*bit) << n).sum();
            prop_assert_eq!(dpdes, expected);
            let tb = core.read_spr(t, spr::TB).unwrap();
            prop_assert!(tb >= last[t]);
            last[t] = tb;
        }
        // What was sent and neither taken nor cleared comes now.
        let [hypervisor, privileged] = pending;
        for (t, sent) in hypervisor.into_iter().zip(privileged).enumerate() {
            core.write_spr(t, spr::DEC, i32::MAX as u64).unwrap();
            core.write_spr(t, spr::LPCR, lpcr::PECE_HYPERVISOR_DOORBELL | lpcr::PECE_PRIVILEGED_DOORBELL).unwrap();
            let mut got = [false; 2];
            for _ in 0..4 {
                if !core.is_saving_power(t) {
                    core.mtmsrd(t, msr::EE, true);
                }
                match core.poll(t, 0x4000) {
                    Some(0xe80) => got[0] = true,
                    Some(0xa00) => got[1] = true,
                    _ => {}
                }
            }
            prop_assert_eq!(got, [sent.0, sent.1]);
        }
    }

    /// An inter-processor interrupt is presented while a request is more favoured than the processor, whatever was accepted,
    /// ended and masked in between; and nothing that is less favoured is, nor after it was accepted.
    #[test]
    fn a_request_is_a_level(acts in prop::collection::vec((0u8..5, any::<u8>()), 1..100)) {
        let mut core = Power8::new();
        let accepted = |core: &mut Power8| core.load_icp(3, icp::XIRR, 4).unwrap();
        for (act, priority) in acts {
            let done = match act {
                0 => core.store_icp(3, icp::MFRR, 1, priority.into()),
                1 => core.store_icp(3, icp::CPPR, 1, priority.into()),
                2 => core.store_icp(3, icp::XIRR, 4, u64::from(priority) << 24 | u64::from(icp::XISR_IPI)),
                _ => {
                    let shown = core.load_icp(3, icp::XIRR_POLL, 4).unwrap();
                    prop_assert_eq!(accepted(&mut core), shown);
                    Some(())
                }
            };
            prop_assert_eq!(done, Some(()));
            let mut now = core.clone();
            let [cppr, mfrr] = [icp::CPPR, icp::MFRR].map(|register| now.load_icp(3, register, 1).unwrap());
            let xirr = accepted(&mut now);
            let presented = icp::is_ipi(xirr as u32);
            prop_assert!(presented || mfrr >= cppr, "a request is lost: MFRR {mfrr}, CPPR {cppr}");
            prop_assert_eq!(xirr >> 24, cppr);
            if presented {
                prop_assert!(now.load_icp(3, icp::CPPR, 1).unwrap() < cppr);
                prop_assert!(!icp::is_ipi(accepted(&mut now) as u32), "accepted twice");
            }
        }
    }

    /// What one thread writes to a register that a sub-core shares, its threads read, and no other.
    #[test]
    fn a_sub_core_shares(split in 0usize..3, writer in 0usize..8, value: u32) {
        let mut core = Power8::new();
        let command = [0, cpu_model::hid0::ONE_TO_TWO_LPAR, cpu_model::hid0::ONE_TO_FOUR_LPAR][split];
        core.write_spr(0, spr::HID0, command | cpu_model::hid0::DYNAMIC_LPAR_DISABLE).unwrap();
        core.write_spr(writer, spr::LPIDR, value.into()).unwrap();
        let size = [8, 4, 2][split];
        for t in 0..8 {
            let expected = if t / size == writer / size { u64::from(value) } else { 0 };
            prop_assert_eq!(core.read_spr(t, spr::LPIDR), Ok(expected));
        }
    }
}
