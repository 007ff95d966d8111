// SPDX-License-Identifier: GPL-2.0-or-later
//! The recording of a run: what `run --out DIR` leaves in `DIR/recording.p8smt`.
//!
//! A recording is a sequence of chunks. Each starts with a 16-byte header ([`ChunkHeader`]); a chunk
//! whose payload is not all there (the run was killed) ends the recording, and all before it is good.
//! The first chunk is [`Kind::Recipe`]. A run that ended by itself closes with [`Kind::Summary`] (from
//! the plugin) and [`Kind::Verdict`] (from `p8smt run`, which knows whether the scenario succeeded).
//! Chunks of [`Kind::Events`] hold events of one hardware thread, in order; events of different threads
//! are put in order by their timebase.

mod events;
mod meta;
mod read;
mod replay;

pub use events::{EventDecoder, EventEncoder};
pub use meta::{Found, Guest, Injection, Outside, Recipe, Summary, Verdict};
pub use read::{Chunk, ReadError, chunks};
pub use replay::{Recording, Replay};

/// Format number, in every [`Recipe`]. Raised when an old reader would misread a new recording, or take it for damaged.
/// 2: a thread's cede to KVM and its return.
pub const FORMAT: u32 = 2;
/// The file's name in a run's output directory.
pub const FILE_NAME: &str = "recording.p8smt";

/// What a chunk holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// JSON of [`Recipe`].
    Recipe = 1,
    /// Events of one thread ([`EventDecoder`]).
    Events = 2,
    /// JSON of [`Outside`].
    Outside = 3,
    /// JSON of [`Summary`].
    Summary = 4,
    /// JSON of [`Verdict`].
    Verdict = 5,
}

impl Kind {
    fn from_u8(value: u8) -> Option<Kind> {
        [Kind::Recipe, Kind::Events, Kind::Outside, Kind::Summary, Kind::Verdict]
            .into_iter()
            .find(|k| *k as u8 == value)
    }
}

/// What stands before each chunk's payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkHeader {
    /// What the payload is.
    pub kind: Kind,
    /// The hardware thread whose events these are, counted over all cores (QEMU's vCPU index); else 0.
    pub thread: u16,
    /// Payload bytes.
    pub len: u32,
}

impl ChunkHeader {
    /// Bytes on disk.
    pub const SIZE: usize = 16;
    const MAGIC: [u8; 4] = *b"p8sm";

    /// As written: magic, kind, 0, thread, length, 0; little-endian.
    pub fn to_bytes(self) -> [u8; ChunkHeader::SIZE] {
        let mut b = [0; ChunkHeader::SIZE];
        b[..4].copy_from_slice(&ChunkHeader::MAGIC);
        b[4] = self.kind as u8;
        b[6..8].copy_from_slice(&self.thread.to_le_bytes());
        b[8..12].copy_from_slice(&self.len.to_le_bytes());
        b
    }

    /// The header in `b`, or `None` where there is none.
    pub fn from_bytes(b: &[u8; ChunkHeader::SIZE]) -> Option<ChunkHeader> {
        if b[..4] != ChunkHeader::MAGIC {
            return None;
        }
        Some(ChunkHeader {
            kind: Kind::from_u8(b[4])?,
            thread: u16::from_le_bytes([b[6], b[7]]),
            len: u32::from_le_bytes([b[8], b[9], b[10], b[11]]),
        })
    }
}

/// A whole chunk as it goes to the file.
pub fn chunk_bytes(kind: Kind, thread: u16, payload: &[u8]) -> Vec<u8> {
    let header = ChunkHeader { kind, thread, len: payload.len() as u32 };
    let mut out = Vec::with_capacity(ChunkHeader::SIZE + payload.len());
    out.extend_from_slice(&header.to_bytes());
    out.extend_from_slice(payload);
    out
}
