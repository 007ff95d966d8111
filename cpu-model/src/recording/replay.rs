// SPDX-License-Identifier: GPL-2.0-or-later
//! A recording's events in the order in which they happened.

use super::{EventDecoder, FORMAT, Kind, Outside, ReadError, Recipe, Summary, Verdict, chunks};
use crate::{Event, Sample};
use serde::Deserialize;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Most hardware threads of a run: 12 cores of 8 threads on each of 16 chips.
const MAX_THREADS: u32 = 12 * 8 * 16;

/// A recording, taken apart but for its events.
#[derive(Debug)]
pub struct Recording<'a> {
    /// What the run was made from.
    pub recipe: Recipe,
    /// What came from outside, in the file's order.
    pub outside: Vec<Outside>,
    /// There unless QEMU was killed.
    pub summary: Option<Summary>,
    /// There unless `p8smt run` was killed, or had no part in the run.
    pub verdict: Option<Verdict>,
    /// Where the file makes no sense any more, in bytes, if it does not to its end. All before it is good.
    pub damaged_at: Option<usize>,
    /// Each thread's chunks of events.
    threads: Vec<Vec<&'a [u8]>>,
}

/// All that is read of a recipe before its format is known to be one of ours.
#[derive(Deserialize)]
struct Format {
    format: u32,
}

impl<'a> Recording<'a> {
    /// Takes a recording apart.
    ///
    /// # Errors
    /// Where `bytes` do not start with a recipe, or with one of a newer format, or a JSON chunk or a chunk's
    /// thread makes no sense.
    pub fn new(bytes: &'a [u8]) -> Result<Recording<'a>, ReadError> {
        let mut chunks = chunks(bytes);
        let first = chunks.next().ok_or(ReadError::NotARecording(0))??;
        if first.header.kind != Kind::Recipe {
            return Err(ReadError::NotARecording(0));
        }
        let Format { format } = first.json()?;
        if format > FORMAT {
            return Err(ReadError::NewerFormat(format));
        }
        let recipe: Recipe = first.json()?;
        let threads = vec![Vec::new(); recipe.threads.min(MAX_THREADS) as usize];
        let mut recording = Recording {
            recipe,
            outside: Vec::new(),
            summary: None,
            verdict: None,
            damaged_at: None,
            threads,
        };
        for chunk in chunks {
            let chunk = match chunk {
                Ok(chunk) => chunk,
                Err(ReadError::NotARecording(at)) => {
                    recording.damaged_at = Some(at);
                    break;
                }
                Err(error) => return Err(error),
            };
            match chunk.header.kind {
                Kind::Recipe => {}
                Kind::Events => {
                    let thread = chunk.header.thread;
                    let known = recording.recipe.threads;
                    let chunks = recording
                        .threads
                        .get_mut(usize::from(thread))
                        .ok_or(ReadError::Thread(thread, known))?;
                    chunks.push(chunk.payload);
                }
                Kind::Outside => recording.outside.push(chunk.json()?),
                Kind::Summary => recording.summary = Some(chunk.json()?),
                Kind::Verdict => recording.verdict = Some(chunk.json()?),
            }
        }
        Ok(recording)
    }

    /// Hardware threads in all.
    pub fn threads(&self) -> usize {
        self.threads.len()
    }

    /// The events of all threads by timebase; in one tick, those of the thread with the lower number first.
    pub fn replay(&self) -> Replay<'_> {
        let threads = self.threads.iter().map(|chunks| Stream::new(chunks)).collect();
        Replay { threads, next: BinaryHeap::new(), advance: None, started: false }
    }
}

/// Iterator over a recording's events: (hardware thread, when, what). Ends after its first error.
#[derive(Debug)]
pub struct Replay<'a> {
    threads: Vec<Stream<'a>>,
    /// (timebase, thread) of every thread's next event.
    next: BinaryHeap<Reverse<(u64, usize)>>,
    /// The thread whose event was given last, and so has to be asked for another.
    advance: Option<usize>,
    started: bool,
}

impl Replay<'_> {
    fn enqueue(&mut self, thread: usize) -> Result<(), ReadError> {
        if let Some(tb) = self.threads[thread].advance()? {
            self.next.push(Reverse((tb, thread)));
        }
        Ok(())
    }

    fn prepare(&mut self) -> Result<(), ReadError> {
        if !std::mem::replace(&mut self.started, true) {
            (0..self.threads.len()).try_for_each(|thread| self.enqueue(thread))?;
        }
        self.advance.take().map_or(Ok(()), |thread| self.enqueue(thread))
    }
}

impl Iterator for Replay<'_> {
    type Item = Result<(usize, Sample, Event), ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Err(error) = self.prepare() {
            self.next.clear();
            return Some(Err(error));
        }
        let Reverse((_, thread)) = self.next.pop()?;
        self.advance = Some(thread);
        let (at, event) = self.threads[thread].head?;
        Some(Ok((thread, at, event)))
    }
}

/// One thread's events.
#[derive(Debug)]
struct Stream<'a> {
    chunks: std::slice::Iter<'a, &'a [u8]>,
    bytes: &'a [u8],
    decoder: EventDecoder,
    head: Option<(Sample, Event)>,
}

impl<'a> Stream<'a> {
    fn new(chunks: &'a [&'a [u8]]) -> Stream<'a> {
        Stream { chunks: chunks.iter(), bytes: &[], decoder: EventDecoder::default(), head: None }
    }

    /// Takes the next event and gives its time; `None` when there are no more.
    fn advance(&mut self) -> Result<Option<u64>, ReadError> {
        loop {
            self.head = self.decoder.decode(&mut self.bytes)?;
            if let Some((at, _)) = self.head {
                return Ok(Some(at.tb));
            }
            match self.chunks.next() {
                Some(bytes) => self.bytes = bytes,
                None => return Ok(None),
            }
        }
    }
}
