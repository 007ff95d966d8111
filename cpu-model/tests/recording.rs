// SPDX-License-Identifier: GPL-2.0-or-later
//! What goes into a recording comes out again, and what is no recording is refused.

use cpu_model::insn::PowerSaving;
use cpu_model::recording::{ChunkHeader, EventDecoder, EventEncoder, Kind, ReadError, chunk_bytes, chunks};
use cpu_model::{DoorbellKind, Event, Landmark, Mode, Place, Sample, WakeReason};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

fn mode() -> impl Strategy<Value = Mode> {
    any::<u64>().prop_map(Mode::from_msr)
}

fn place() -> impl Strategy<Value = Place> {
    select(&[Place::Firmware, Place::KvmRealMode, Place::Elsewhere][..])
}

fn doorbell() -> impl Strategy<Value = DoorbellKind> {
    select(&[DoorbellKind::Hypervisor, DoorbellKind::Privileged][..])
}

fn power_saving() -> impl Strategy<Value = PowerSaving> {
    select(&[PowerSaving::Doze, PowerSaving::Nap, PowerSaving::Sleep, PowerSaving::Rvwinkle][..])
}

fn landmark() -> impl Strategy<Value = Landmark> {
    select(&Landmark::ALL[..])
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        (mode(), place()).prop_map(|(mode, place)| Event::Resume { mode, place }),
        (any::<u16>(), mode()).prop_map(|(vector, mode)| Event::Interrupt { vector, mode }),
        (power_saving(), place()).prop_map(|(level, place)| Event::PowerSave { level, place }),
        select(&WakeReason::ALL[..]).prop_map(|reason| Event::Wake { reason }),
        (doorbell(), any::<u8>()).prop_map(|(kind, to)| Event::DoorbellSent { kind, to }),
        doorbell().prop_map(|kind| Event::DoorbellCleared { kind }),
        (any::<u32>(), any::<u8>()).prop_map(|(server, priority)| Event::Mfrr { server, priority }),
        landmark().prop_map(Event::Landmark),
    ]
}

/// Counts as a thread has them: neither ever goes back, each may stand still or leap.
fn counts(len: usize) -> impl Strategy<Value = Vec<u64>> {
    let count = prop_oneof![0..1000_u64, any::<u64>(), Just(u64::MAX)];
    vec(count, len).prop_map(|mut counts| {
        counts.sort_unstable();
        counts
    })
}

fn history() -> impl Strategy<Value = Vec<(Sample, Event)>> {
    (0..100_usize).prop_flat_map(|len| {
        (counts(len), counts(len), vec(event(), len)).prop_map(|(tb, instructions, events)| {
            let samples = tb.into_iter().zip(instructions);
            samples.map(|(tb, instructions)| Sample { tb, instructions }).zip(events).collect()
        })
    })
}

fn decode(mut bytes: &[u8]) -> Result<Vec<(Sample, Event)>, ReadError> {
    let mut decoder = EventDecoder::default();
    std::iter::from_fn(|| decoder.decode(&mut bytes).transpose()).collect()
}

fn kind() -> impl Strategy<Value = Kind> {
    select(&[Kind::Recipe, Kind::Events, Kind::Outside, Kind::Summary, Kind::Verdict][..])
}

fn pieces() -> impl Strategy<Value = Vec<(Kind, u16, Vec<u8>)>> {
    vec((kind(), any::<u16>(), vec(any::<u8>(), 0..40)), 0..8)
}

fn whole(pieces: &[(Kind, u16, Vec<u8>)]) -> Vec<u8> {
    pieces.iter().flat_map(|(kind, thread, payload)| chunk_bytes(*kind, *thread, payload)).collect()
}

proptest! {
    #[test]
    fn events_come_back(history in history()) {
        let mut encoder = EventEncoder::default();
        let mut bytes = Vec::new();
        for (at, event) in &history {
            let before = bytes.len();
            encoder.encode(&mut bytes, *at, event);
            prop_assert!(bytes.len() - before <= EventEncoder::MAX_BYTES, "{event:?} is too long");
        }
        prop_assert_eq!(decode(&bytes).unwrap(), history);
    }

    /// The plugin flushes where it likes: chunks of a thread go on where the last one ended.
    #[test]
    fn events_go_on_in_the_next_chunk(history in history(), cut in any::<prop::sample::Index>()) {
        let mut encoder = EventEncoder::default();
        let mut decoder = EventDecoder::default();
        let cut = if history.is_empty() { 0 } else { cut.index(history.len()) };
        let mut back = Vec::new();
        for part in [&history[..cut], &history[cut..]] {
            let mut bytes = Vec::new();
            part.iter().for_each(|(at, event)| encoder.encode(&mut bytes, *at, event));
            let mut rest = &bytes[..];
            while let Some(next) = decoder.decode(&mut rest).unwrap() {
                back.push(next);
            }
        }
        prop_assert_eq!(back, history);
    }

    #[test]
    fn a_cut_recording_has_the_chunks_before_the_cut(pieces in pieces()) {
        let bytes = whole(&pieces);
        let mut ends = vec![0];
        for (_, _, payload) in &pieces {
            ends.push(ends[ends.len() - 1] + ChunkHeader::SIZE + payload.len());
        }
        for cut in 0..=bytes.len() {
            let complete = ends.iter().filter(|end| **end <= cut).count() - 1;
            let back: Vec<_> = chunks(&bytes[..cut]).map(Result::unwrap).collect();
            prop_assert_eq!(back.len(), complete, "cut at {}", cut);
            for (chunk, (kind, thread, payload)) in back.iter().zip(&pieces) {
                let header = ChunkHeader { kind: *kind, thread: *thread, len: payload.len() as u32 };
                prop_assert_eq!(chunk.header, header);
                prop_assert_eq!(chunk.payload, &payload[..]);
            }
        }
    }

    /// Good chunks are read, the place where they stop is named, and nothing after it is believed.
    #[test]
    fn garbage_is_refused(pieces in pieces(), garbage in vec(any::<u8>(), ChunkHeader::SIZE..100)) {
        let good = whole(&pieces);
        prop_assume!(!garbage.starts_with(b"p8sm"));
        let bytes = [&good[..], &garbage, &good].concat();
        let back: Vec<_> = chunks(&bytes).collect();
        prop_assert_eq!(back.len(), pieces.len() + 1);
        prop_assert!(back[..pieces.len()].iter().all(Result::is_ok));
        match &back[pieces.len()] {
            Err(ReadError::NotARecording(at)) => prop_assert_eq!(*at, good.len()),
            other => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn a_changed_magic_is_refused(at in 0..4_usize, flip in 1..=u8::MAX, payload in vec(any::<u8>(), 0..40)) {
        let mut bytes = chunk_bytes(Kind::Events, 0, &payload);
        bytes[at] ^= flip;
        let first = chunks(&bytes).next();
        prop_assert!(matches!(first, Some(Err(ReadError::NotARecording(0)))), "{:?}", first);
    }

    #[test]
    fn an_unknown_kind_is_refused(kind in 6..=u8::MAX, payload in vec(any::<u8>(), 0..40)) {
        let mut bytes = chunk_bytes(Kind::Events, 0, &payload);
        bytes[4] = kind;
        let first = chunks(&bytes).next();
        prop_assert!(matches!(first, Some(Err(ReadError::NotARecording(0)))), "{:?}", first);
    }

    /// Random bytes in an events chunk are read or refused.
    #[test]
    fn garbage_events_are_no_panic(bytes in vec(any::<u8>(), 0..200)) {
        let _ = decode(&bytes);
    }
}

#[test]
fn a_cut_event_is_an_error() {
    let mut bytes = Vec::new();
    let at = Sample { tb: 512_000_000, instructions: 1_000_000 };
    EventEncoder::default().encode(&mut bytes, at, &Event::Mfrr { server: 40, priority: 4 });
    for cut in 1..bytes.len() {
        assert!(matches!(decode(&bytes[..cut]), Err(ReadError::Event(_))), "cut at {cut}");
    }
}

#[test]
fn what_is_refused_is_said() {
    let error = chunks(b"QEMU emulator version 11").next().unwrap().unwrap_err();
    assert_eq!(error.to_string(), "not a p8smt recording (no chunk at byte 0)");
}
