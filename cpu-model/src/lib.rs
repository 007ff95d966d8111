// SPDX-License-Identifier: GPL-2.0-or-later
//! The POWER8 SMT8 core as a pure state machine.
//!
//! Everything p8smt knows about POWER8 stands in this crate, once, with its source: the plugin asks it
//! what to correct, the reports ask it where a thread's time went. It does no I/O, reads no clock and
//! knows nothing of QEMU.
//!
//! Bits are numbered as in the Power ISA (0 is the most significant of 64) in comments, and written as
//! masks in code. Time is in timebase ticks ([`timebase`]) unless a name ends in a unit.
#![forbid(unsafe_code)]

pub mod account;
pub mod core;
pub mod deviation;
pub mod doorbell;
pub mod event;
pub mod fault;
pub mod finding;
pub mod hid0;
pub mod icp;
pub mod insn;
pub mod lint;
pub mod lose;
pub mod lpcr;
pub mod msr;
pub mod power8;
pub mod pvr;
pub mod recording;
pub mod rule;
pub mod share;
pub mod speed;
pub mod spr;
pub mod state;
pub mod thread;
pub mod timebase;
pub mod topology;
pub mod vector;
pub mod wake;

pub use event::{DoorbellKind, Event, Landmark, Sample};
pub use finding::Finding;
pub use rule::{Rule, Rules};
pub use state::{Mode, Place, State};
pub use wake::WakeReason;

/// Hardware threads of a POWER8 core in SMT8 mode. Source: Linux `arch/powerpc/kernel/setup-common.c`
/// (`threads_per_core` from `ibm,ppc-interrupt-server#s`, eight entries on POWER8).
pub const THREADS_PER_CORE: usize = 8;
