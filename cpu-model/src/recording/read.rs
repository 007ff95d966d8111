// SPDX-License-Identifier: GPL-2.0-or-later
//! Taking a recording apart again.

use super::{ChunkHeader, FORMAT, Kind};
use thiserror::Error;

/// Why a recording cannot be read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The bytes do not start with a chunk.
    #[error("not a p8smt recording (no chunk at byte {0})")]
    NotARecording(usize),
    /// A newer p8smt wrote it.
    #[error(
        "recording of format {0}, this p8smt reads up to {FORMAT}: use the p8smt that made it, or a newer one"
    )]
    NewerFormat(u32),
    /// Events of a thread that the recipe does not have.
    #[error("damaged recording: events of thread {0}, but the run had {1}")]
    Thread(u16, u32),
    /// A count of an event went past 2^64.
    #[error("damaged event in the recording: its time or instruction count overflows")]
    Overflow,
    /// An event's bytes make no sense.
    #[error("damaged event in the recording: {0}")]
    Event(postcard::Error),
    /// A JSON chunk makes no sense.
    #[error("damaged {0:?} chunk in the recording: {1}")]
    Meta(Kind, serde_json::Error),
}

/// One chunk of a recording.
#[derive(Clone, Copy, Debug)]
pub struct Chunk<'a> {
    /// What it is.
    pub header: ChunkHeader,
    /// Its bytes.
    pub payload: &'a [u8],
}

impl Chunk<'_> {
    /// The payload of a JSON chunk.
    ///
    /// # Errors
    /// [`ReadError::Meta`] where it is not what the chunk's kind says.
    pub fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T, ReadError> {
        serde_json::from_slice(self.payload).map_err(|e| ReadError::Meta(self.header.kind, e))
    }
}

/// The chunks of a recording, in order. A chunk cut short at the end is left out: the run was killed.
///
/// # Errors
/// Each item is [`ReadError::NotARecording`] where a chunk should begin and does not.
pub fn chunks(bytes: &[u8]) -> impl Iterator<Item = Result<Chunk<'_>, ReadError>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = &bytes[at..];
        let head: &[u8; ChunkHeader::SIZE] = rest.first_chunk()?;
        let Some(header) = ChunkHeader::from_bytes(head) else {
            let error = ReadError::NotARecording(at);
            at = bytes.len();
            return Some(Err(error));
        };
        let payload = rest.get(ChunkHeader::SIZE..ChunkHeader::SIZE + header.len as usize)?;
        at += ChunkHeader::SIZE + payload.len();
        Some(Ok(Chunk { header, payload }))
    })
}
