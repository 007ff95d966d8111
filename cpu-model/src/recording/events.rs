// SPDX-License-Identifier: GPL-2.0-or-later
//! Events as bytes: each is what has passed since the thread's event before, then the event (postcard).

use super::ReadError;
use crate::{Event, Sample};

/// Turns one thread's events into bytes. Keep one for each thread: a chunk goes on where the last ended.
#[derive(Debug, Default)]
pub struct EventEncoder {
    last: Sample,
}

impl EventEncoder {
    /// Most bytes that one event takes.
    pub const MAX_BYTES: usize = 64;

    /// Appends an event to `out`. `at` must not lie before the event before it.
    pub fn encode(&mut self, out: &mut Vec<u8>, at: Sample, event: &Event) {
        let mut buf = [0; EventEncoder::MAX_BYTES];
        let delta = (at.tb - self.last.tb, at.instructions - self.last.instructions, event);
        let bytes = postcard::to_slice(&delta, &mut buf).expect("an event is shorter than MAX_BYTES");
        out.extend_from_slice(bytes);
        self.last = at;
    }
}

/// Turns bytes back into one thread's events.
#[derive(Debug, Default)]
pub struct EventDecoder {
    last: Sample,
}

impl EventDecoder {
    /// Takes the next event off the front of `bytes`; `None` when there are no more.
    ///
    /// # Errors
    /// [`ReadError::Event`] where the bytes are not an event.
    pub fn decode(&mut self, bytes: &mut &[u8]) -> Result<Option<(Sample, Event)>, ReadError> {
        if bytes.is_empty() {
            return Ok(None);
        }
        let ((tb, instructions, event), rest) =
            postcard::take_from_bytes::<(u64, u64, Event)>(bytes).map_err(ReadError::Event)?;
        *bytes = rest;
        self.last = Sample {
            tb: self.last.tb.checked_add(tb).ok_or(ReadError::Overflow)?,
            instructions: self.last.instructions.checked_add(instructions).ok_or(ReadError::Overflow)?,
        };
        Ok(Some((self.last, event)))
    }
}
