// SPDX-License-Identifier: GPL-2.0-or-later
//! The recording's way to the disk.
//!
//! Each vCPU fills a buffer of its own and hands it over whole, through a bounded lock-free queue of its own,
//! to one writer thread; one more queue is for what no vCPU says. Whoever hands over draws a ticket, and the
//! file is written in the tickets' order: in exact time only one thread runs at once, so that order, and with
//! it every byte of the file, follows from the run. A writer that falls behind makes the vCPU wait. A disk
//! that fails is reported at once, and the events that could not be kept are counted.

use cpu_model::recording::{EventEncoder, FILE_NAME, Kind, Outside, Recipe, Summary, chunk_bytes};
use cpu_model::{Event, Sample};
use crossbeam::channel::{Receiver, Select, Sender, bounded};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread::JoinHandle;
use xxhash_rust::xxh3::Xxh3;

/// Bytes of events that are handed over at once.
const CHUNK: usize = 32 * 1024;
/// Chunks of one vCPU on their way to the writer.
const QUEUE: usize = 16;

/// One vCPU's events on their way.
#[derive(Default)]
pub struct Track {
    encoder: EventEncoder,
    buffer: Vec<u8>,
    events: u64,
}

/// A message and its place in the file.
type Ticketed = (u64, Message);

#[derive(Debug)]
enum Message {
    Events { thread: u16, bytes: Vec<u8>, events: u64 },
    Outside(Outside),
    End(Box<Summary>),
}

/// Where chunks go.
pub struct Recorder {
    /// One a vCPU, and a last one for the rest.
    queues: Box<[Sender<Ticketed>]>,
    tickets: AtomicU64,
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
        let (queues, ends): (Vec<_>, Vec<_>) = (0..=recipe.threads).map(|_| bounded(QUEUE)).unzip();
        let writer = std::thread::Builder::new()
            .name("p8smt-writer".into())
            .spawn(move || Writer { file, hash: Xxh3::new(), lost: 0 }.run(&ends))
            .map_err(|e| format!("no thread to write the recording: {e}"))?;
        Ok(Recorder { queues: queues.into(), tickets: AtomicU64::new(0), writer: Some(writer).into() })
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
        let events = std::mem::take(&mut track.events);
        self.send(&self.queues[thread], Message::Events { thread: thread as u16, bytes, events });
    }

    /// Notes that something came from outside.
    pub fn outside(&self, outside: Outside) {
        self.send(self.queue_of_the_rest(), Message::Outside(outside));
    }

    /// Closes the recording; the digest over schedule and events, where the summary has one.
    pub fn finish(&self, summary: Summary) -> String {
        self.send(self.queue_of_the_rest(), Message::End(Box::new(summary)));
        let writer = self.writer.lock().ok().and_then(|mut w| w.take());
        writer.and_then(|w| w.join().ok()).unwrap_or_default()
    }

    fn queue_of_the_rest(&self) -> &Sender<Ticketed> {
        self.queues.last().expect("there is always this one")
    }

    fn send(&self, queue: &Sender<Ticketed>, message: Message) {
        if queue.send((self.tickets.fetch_add(1, Relaxed), message)).is_err() {
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

/// What comes through all queues, by ticket. A message that overtook one still on its way is held back: a
/// ticket is drawn at once before its message is sent, so there are never many.
fn in_order(queues: &[Receiver<Ticketed>]) -> impl Iterator<Item = Message> {
    let mut any = Select::new();
    queues.iter().for_each(|queue| {
        any.recv(queue);
    });
    let (mut open, mut early) = (queues.len(), BTreeMap::new());
    (0..).map_while(move |ticket| {
        loop {
            if let Some(message) = early.remove(&ticket) {
                return Some(message);
            }
            if open == 0 {
                return None;
            }
            let ready = any.select();
            let queue = ready.index();
            if let Ok((ticket, message)) = ready.recv(&queues[queue]) {
                early.insert(ticket, message);
            } else {
                any.remove(queue);
                open -= 1;
            }
        }
    })
}

struct Writer {
    file: Option<File>,
    hash: Xxh3,
    lost: u64,
}

impl Writer {
    fn run(mut self, queues: &[Receiver<Ticketed>]) -> String {
        for message in in_order(queues) {
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
            crate::say::say(format_args!("the recording cannot be written any further: {error}"));
            self.file = None;
            return false;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(thread: u16) -> Message {
        Message::Events { thread, bytes: Vec::new(), events: 0 }
    }

    fn tags(queues: &[Receiver<Ticketed>]) -> Vec<u16> {
        let events = in_order(queues).map(|message| match message {
            Message::Events { thread, .. } => thread,
            other => panic!("{other:?} was not sent"),
        });
        events.collect()
    }

    #[test]
    fn messages_are_taken_in_the_order_of_their_tickets() {
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..3).map(|_| bounded(4)).unzip();
        for (queue, ticket) in [(2, 3), (0, 0), (1, 2), (0, 4), (2, 1)] {
            // Within a queue tickets may be late too: the one at the end is two vCPUs'.
            let sender: &Sender<Ticketed> = &senders[queue];
            sender.send((ticket, tag(ticket as u16))).unwrap();
        }
        drop(senders);
        assert_eq!(tags(&receivers), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn full_queues_do_not_lock_up_when_their_order_is_against_the_tickets() {
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..2).map(|_| bounded(1)).unzip();
        let sent = std::thread::spawn(move || {
            // The second queue holds what comes last; the first must be drained past its one place.
            senders[1].send((8, tag(8))).unwrap();
            (0..8).for_each(|ticket| senders[0].send((ticket, tag(ticket as u16))).unwrap());
        });
        assert_eq!(tags(&receivers), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
        sent.join().unwrap();
    }
}
