// SPDX-License-Identifier: GPL-2.0-or-later
//! What comes into a run from outside, and so ends the promise that the next run is the same.

use crate::plugin::{Plugin, installed};
use cpu_model::recording::Outside;
use cpu_model::timebase;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI32, Ordering::Relaxed};

/// A signal that is not noted yet; 0 for none.
static SIGNAL: AtomicI32 = AtomicI32::new(0);

/// What was noted last. A socket is read a byte at a time: what follows within [`STRETCH`] is the same.
static LAST: Mutex<Option<Outside>> = Mutex::new(None);
/// Ticks: 10 ms.
const STRETCH: u64 = timebase::HZ / 100;

/// A thread of QEMU's read something from a descriptor.
pub fn came_in(descriptor: i32, by: &str) {
    let Some(p) = installed() else { return };
    let target = std::fs::read_link(format!("/proc/self/fd/{descriptor}")).unwrap_or_default();
    let target = target.to_string_lossy().into_owned();
    // Files are inputs of the run, read before it begins; event counters are QEMU's own.
    let own = target.starts_with('/') && !target.starts_with("/dev/") || target.contains("eventfd");
    if own || p.present().next().is_none() {
        return;
    }
    note(p, format!("{by} from {}", target.split(':').next().unwrap_or_default()));
}

/// A signal came. Called in its handler.
pub fn signalled(signal: i32) {
    SIGNAL.store(signal, Relaxed);
}

/// Notes a signal that has come. For the main thread.
pub fn note_signal(p: &Plugin) {
    let signal = SIGNAL.swap(0, Relaxed);
    if signal != 0 {
        note(p, format!("signal {signal}"));
    }
}

fn note(p: &Plugin, what: String) {
    let tb = timebase::from_ns(p.now_ns() as u64);
    p.outside.fetch_add(1, Relaxed);
    let mut last = LAST.lock().expect("a panic ends the run");
    let another = last.as_ref().is_none_or(|l| l.what != what || tb - l.tb >= STRETCH);
    if another {
        let outside = Outside { tb, what };
        p.recorder().outside(outside.clone());
        *last = Some(outside);
    }
}
