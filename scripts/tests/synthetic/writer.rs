// SPDX-License-Identifier: GPL-2.0-or-later
//! Writes a recording: what the plugin does, for threads that only exist on paper.

use cpu_model::recording::{EventEncoder, Kind, Recipe, Summary, Verdict, chunk_bytes};
use cpu_model::{Event, Sample};
use serde::Serialize;

/// Bytes of events in a chunk.
const CHUNK: usize = 4096;

#[derive(Default)]
struct Thread {
    encoder: EventEncoder,
    pending: Vec<u8>,
    at: Sample,
}

/// A recording that is being written.
pub struct Writer {
    out: Vec<u8>,
    threads: Vec<Thread>,
}

impl Writer {
    pub fn new(recipe: &Recipe) -> Writer {
        let mut writer = Writer { out: Vec::new(), threads: Vec::new() };
        writer.threads.resize_with(recipe.threads as usize, Thread::default);
        writer.json(Kind::Recipe, recipe);
        writer
    }

    pub fn json(&mut self, kind: Kind, value: &impl Serialize) {
        let payload = serde_json::to_vec(value).expect("plain data");
        self.out.extend(chunk_bytes(kind, 0, &payload));
    }

    /// The thread's clock.
    pub fn now(&self, thread: usize) -> u64 {
        self.threads[thread].at.tb
    }

    /// Lets time go on for a thread, at `rate` instructions a tick.
    pub fn run(&mut self, thread: usize, ticks: u64, rate: u64) {
        let at = &mut self.threads[thread].at;
        at.tb += ticks;
        at.instructions += ticks * rate;
    }

    /// Lets time go on for a thread to `tb`, if it is not past it, at `rate` instructions a tick.
    pub fn run_to(&mut self, thread: usize, tb: u64, rate: u64) {
        let ticks = tb.saturating_sub(self.now(thread));
        self.run(thread, ticks, rate);
    }

    pub fn event(&mut self, thread: usize, event: Event) {
        let t = &mut self.threads[thread];
        t.encoder.encode(&mut t.pending, t.at, &event);
        if t.pending.len() >= CHUNK {
            self.out.extend(chunk_bytes(Kind::Events, thread as u16, &t.pending));
            t.pending.clear();
        }
    }

    /// Writes what is pending, as a run that ends does.
    pub fn flush(&mut self) {
        for (index, t) in self.threads.iter_mut().enumerate() {
            if !t.pending.is_empty() {
                self.out.extend(chunk_bytes(Kind::Events, index as u16, &t.pending));
                t.pending.clear();
            }
        }
    }

    /// Each thread's instructions so far.
    pub fn instructions(&self) -> Vec<u64> {
        self.threads.iter().map(|t| t.at.instructions).collect()
    }

    pub fn close(mut self, summary: &Summary, verdict: &Verdict) -> Vec<u8> {
        self.flush();
        self.json(Kind::Summary, summary);
        self.json(Kind::Verdict, verdict);
        self.out
    }

    /// The bytes that a killed run leaves.
    pub fn kill(mut self) -> Vec<u8> {
        self.flush();
        self.out
    }
}
