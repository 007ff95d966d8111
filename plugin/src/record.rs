// SPDX-License-Identifier: GPL-2.0-or-later
//! The recording's way to the disk.
//!
//! Each vCPU fills a buffer of its own; whole buffers go through a bounded lock-free queue to one writer
//! thread. In exact time only one thread runs at once, so the order of buffers, and with it every byte of
//! the file, follows from the run. A writer that falls behind makes the vCPU wait. A disk that fails is
//! reported at once, and the events that could not be kept are counted.

use cpu_model::recording::{EventEncoder, FILE_NAME, Kind, Outside, Recipe, Summary, chunk_bytes};
use cpu_model::{Event, Sample};
use crossbeam::channel::{Receiver, Sender, bounded};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::thread::JoinHandle;
use xxhash_rust::xxh3::Xxh3;

/// Bytes of events that are handed over at once.
const CHUNK: usize = 32 * 1024;
/// Chunks on their way to the writer.
const QUEUE: usize = 256;

/// One vCPU's events on their way.
#[derive(Default)]
pub struct Track {
    encoder: EventEncoder,
    buffer: Vec<u8>,
    events: u64,
}

enum Message {
    Events { thread: u16, bytes: Vec<u8>, events: u64 },
    Outside(Outside),
    End(Box<Summary>),
}

/// Where chunks go.
pub struct Recorder {
    queue: Sender<Message>,
    writer: std::sync::Mutex<Option<JoinHandle<String>>>,
}

impl Recorder {
    /// Opens the recording and starts its writer.
    ///
    /// # Errors
    /// One line that names the file and what is wrong.
    pub fn start(directory: Option<&Path>, recipe: &Recipe) -> Result<Recorder, String> {
        let mut file = directory.map(create).transpose()?;
        if let Some(file) = &mut file {
            let json = serde_json::to_vec(recipe).map_err(|e| e.to_string())?;
            let head = chunk_bytes(Kind::Recipe, 0, &json);
            file.write_all(&head).map_err(|e| format!("cannot write the recording: {e}"))?;
        }
        let (queue, chunks) = bounded(QUEUE);
        let writer = std::thread::Builder::new()
            .name("p8smt-writer".into())
            .spawn(move || Writer { file, hash: Xxh3::new(), lost: 0 }.run(&chunks))
            .map_err(|e| format!("no thread to write the recording: {e}"))?;
        Ok(Recorder { queue, writer: Some(writer).into() })
    }

    /// Takes an event of a vCPU.
    pub fn event(&self, thread: usize, track: &mut Track, at: Sample, event: &Event) {
        track.encoder.encode(&mut track.buffer, at, event);
        track.events += 1;
        if track.buffer.len() >= CHUNK {
            self.flush(thread, track);
        }
    }

    /// Hands over what a vCPU has.
    pub fn flush(&self, thread: usize, track: &mut Track) {
        if track.buffer.is_empty() {
            return;
        }
        let bytes = std::mem::replace(&mut track.buffer, Vec::with_capacity(CHUNK + EventEncoder::MAX_BYTES));
        self.send(Message::Events {
            thread: thread as u16,
            bytes,
            events: std::mem::take(&mut track.events),
        });
    }

    /// Notes that something came from outside.
    pub fn outside(&self, outside: Outside) {
        self.send(Message::Outside(outside));
    }

    /// Closes the recording; the digest over schedule and events, where the summary has one.
    pub fn finish(&self, summary: Summary) -> String {
        self.send(Message::End(Box::new(summary)));
        let writer = self.writer.lock().ok().and_then(|mut w| w.take());
        writer.and_then(|w| w.join().ok()).unwrap_or_default()
    }

    fn send(&self, message: Message) {
        if self.queue.send(message).is_err() {
            tracing::error!("the recording's writer is gone; events are lost");
        }
    }
}

fn create(directory: &Path) -> Result<File, String> {
    let path = directory.join(FILE_NAME);
    std::fs::create_dir_all(directory)
        .and_then(|()| File::create(&path))
        .map_err(|e| format!("out={}: cannot write {}: {e}", directory.display(), path.display()))
}

struct Writer {
    file: Option<File>,
    hash: Xxh3,
    lost: u64,
}

impl Writer {
    fn run(mut self, queue: &Receiver<Message>) -> String {
        for message in queue {
            match message {
                Message::Events { thread, bytes, events } => {
                    self.hash.update(&thread.to_le_bytes());
                    self.hash.update(&bytes);
                    if !self.write(&chunk_bytes(Kind::Events, thread, &bytes)) {
                        self.lost += events;
                    }
                }
                Message::Outside(outside) => {
                    self.json(Kind::Outside, &outside);
                }
                Message::End(mut summary) => {
                    if !summary.digest.is_empty() {
                        self.hash.update(summary.digest.as_bytes());
                        summary.digest = format!("{:016x}", self.hash.digest());
                    }
                    summary.lost_events = self.lost;
                    self.json(Kind::Summary, &summary);
                    return summary.digest;
                }
            }
        }
        String::new()
    }

    fn json(&mut self, kind: Kind, value: &impl serde::Serialize) {
        if let Ok(json) = serde_json::to_vec(value) {
            self.write(&chunk_bytes(kind, 0, &json));
        }
    }

    /// Whether the bytes are kept, or need not be.
    fn write(&mut self, bytes: &[u8]) -> bool {
        let Some(file) = &mut self.file else { return self.lost == 0 };
        if let Err(error) = file.write_all(bytes) {
            eprintln!("p8smt: the recording cannot be written any further: {error}");
            self.file = None;
            return false;
        }
        true
    }
}
