// SPDX-License-Identifier: GPL-2.0-or-later
//! What holds of any recording's accounts, whatever the events.

use cpu_model::account::{Accounting, IpiKind, Ipis, Span};
use cpu_model::insn::PowerSaving;
use cpu_model::recording::{EventEncoder, FORMAT, Kind, Recipe, Recording, chunk_bytes};
use cpu_model::{DoorbellKind, Event, Landmark, Mode, Place, Sample, State, WakeReason};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

const THREADS: usize = 16;

fn event() -> impl Strategy<Value = Event> {
    let mode = || any::<u64>().prop_map(Mode::from_msr);
    let place = || select(vec![Place::Firmware, Place::KvmRealMode, Place::Elsewhere]);
    let kind = || select(vec![DoorbellKind::Hypervisor, DoorbellKind::Privileged]);
    let landmark = select(Landmark::ALL.to_vec());
    prop_oneof![
        (mode(), place()).prop_map(|(mode, place)| Event::Resume { mode, place }),
        (select(vec![0x500, 0x900, 0x980, 0xa00, 0xc00, 0xe80]), mode())
            .prop_map(|(vector, mode)| Event::Interrupt { vector, mode }),
        place().prop_map(|place| Event::PowerSave { level: PowerSaving::Nap, place }),
        select(WakeReason::ALL.to_vec()).prop_map(|reason| Event::Wake { reason }),
        (kind(), any::<u8>()).prop_map(|(kind, to)| Event::DoorbellSent { kind, to }),
        kind().prop_map(|kind| Event::DoorbellCleared { kind }),
        (0u32..32, select(vec![4, 0xff])).prop_map(|(server, priority)| Event::Mfrr { server, priority }),
        landmark.prop_map(Event::Landmark),
    ]
}

/// Events of all threads in order: (thread, when, what).
fn run() -> impl Strategy<Value = Vec<(usize, Sample, Event)>> {
    let steps = vec((0..THREADS, prop_oneof![Just(0), 0u64..1000], 0u64..500, event()), 0..300);
    steps.prop_map(|steps| {
        let (mut tb, mut instructions) = (0, [0; THREADS]);
        let timed = steps.into_iter().map(|(thread, ticks, executed, event)| {
            tb += ticks;
            instructions[thread] += executed;
            (thread, Sample { tb, instructions: instructions[thread] }, event)
        });
        timed.collect()
    })
}

fn recipe(threads: usize) -> Vec<u8> {
    let recipe = Recipe { format: FORMAT, threads: threads as u32, threads_per_core: 8, ..Recipe::default() };
    chunk_bytes(Kind::Recipe, 0, &serde_json::to_vec(&recipe).unwrap())
}

proptest! {
    #[test]
    fn states_add_up(events in run(), tail in 0u64..1000, executed in 0u64..1000) {
        let mut accounting = Accounting::new(THREADS, 8);
        let mut spans: Vec<Span> = Vec::new();
        let mut totals = vec![executed; THREADS];
        for (thread, at, event) in &events {
            spans.extend(accounting.apply(*thread, *at, event));
            totals[*thread] = at.instructions + executed;
        }
        let end = events.last().map_or(0, |(_, at, _)| at.tb) + tail;
        let (account, rest) = accounting.finish(end, &totals);
        spans.extend(rest);
        prop_assert_eq!(account.elapsed, end);
        for (index, thread) in account.threads.iter().enumerate() {
            prop_assert_eq!(thread.ticks.values().sum::<u64>(), end);
            prop_assert_eq!(thread.instructions.values().sum::<u64>(), totals[index]);
            // The spans cover the run without gaps, and say the same as the sums.
            let mut at = 0;
            let mut ticks = thread.ticks;
            for span in spans.iter().filter(|s| s.thread == index) {
                prop_assert_eq!(span.from, at);
                prop_assert!(span.to > span.from);
                at = span.to;
                ticks[span.state] -= span.to - span.from;
            }
            prop_assert_eq!(at, end);
            prop_assert_eq!(ticks.values().sum::<u64>(), 0);
            let naps = &thread.naps;
            prop_assert_eq!(naps.wakes.values().sum::<u64>() + u64::from(naps.unfinished), naps.count);
            prop_assert!(naps.longest <= naps.ticks && naps.ticks <= end);
            let cedes = &thread.cedes;
            prop_assert!(cedes.returned <= cedes.count && cedes.longest <= end);
            prop_assert!(cedes.count > 0 || thread.ticks[State::CededToKvm] == 0);
            prop_assert!(thread.guest_entries - thread.guest_exits <= 1);
        }
        for core in &account.cores {
            prop_assert!(core.guest_ticks <= core.kvm_ticks && core.kvm_ticks <= end);
        }
        let sum = |of: fn(&Ipis) -> u64| account.threads.iter().map(|t| of(&t.ipis)).sum::<u64>();
        prop_assert!(sum(|i| i.received[IpiKind::Xics]) <= sum(|i| i.sent[IpiKind::Xics]));
    }

    /// A recording gives back what was written: all by time, each thread in order, however it was chunked.
    #[test]
    fn replay_is_in_order_and_whole(events in run(), chunk in 1usize..200) {
        let mut bytes = recipe(THREADS);
        for thread in 0..THREADS {
            let (mut encoder, mut pending) = (EventEncoder::default(), Vec::new());
            for (_, at, event) in events.iter().filter(|(t, ..)| *t == thread) {
                encoder.encode(&mut pending, *at, event);
                if pending.len() > chunk {
                    bytes.extend(chunk_bytes(Kind::Events, thread as u16, &pending));
                    pending.clear();
                }
            }
            bytes.extend(chunk_bytes(Kind::Events, thread as u16, &pending));
        }
        let recording = Recording::new(&bytes).unwrap();
        let replayed: Vec<_> = recording.replay().collect::<Result<_, _>>().unwrap();
        let mut expected = events;
        expected.sort_by_key(|(thread, at, _)| (at.tb, *thread));
        prop_assert_eq!(replayed, expected);
    }

    /// A recording that is cut short or damaged is an error or a shorter recording, never a panic.
    #[test]
    fn damage_never_panics(noise in vec(any::<u8>(), 0..400), cut in 0usize..400) {
        let mut bytes = recipe(2);
        bytes.extend(chunk_bytes(Kind::Events, 1, &noise));
        bytes.extend(&noise);
        bytes.truncate(bytes.len().saturating_sub(cut));
        if let Ok(recording) = Recording::new(&bytes) {
            let _ = recording.replay().count();
        }
    }
}
