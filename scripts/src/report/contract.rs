// SPDX-License-Identifier: GPL-2.0-or-later
//! What `report.json` holds. scripts/REPORT.md documents it for those who read it; the two change together.

use cpu_model::account::IpiKind;
use cpu_model::{State, WakeReason};
use enum_map::EnumMap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Name and version of the contract. The number is raised when a reader of the old one would go wrong: a
/// field is taken away or means something else. New fields alone do not raise it.
pub const SCHEMA: &str = "p8smt-report/1";

/// A whole report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: String,
    /// What ran.
    pub run: Run,
    /// Timebase ticks from power-on to the end.
    pub elapsed_tb: u64,
    /// Timebase ticks a second.
    pub timebase_hz: u64,
    /// The hardware threads, core by core.
    pub threads: Vec<Thread>,
    /// The cores.
    pub cores: Vec<Core>,
    /// How often each correction of the emulator was applied, by name.
    pub corrections: BTreeMap<String, u64>,
    /// Faults that were put on threads, in the order in which they were asked for.
    pub injections: Vec<Injection>,
    /// What software did that POWER8 does not promise to bear, or that ran into a deviation, thread by thread.
    #[serde(default)]
    pub findings: Vec<Finding>,
    /// What the report cannot tell apart, one sentence each.
    pub cannot_tell: Vec<String>,
    /// What came into the run from outside, in order. After the first, another run may differ.
    pub outside: Vec<OutsideEvent>,
    /// Events that could not be written to the recording; what they would have told is missing here.
    pub lost_events: u64,
}

/// What ran.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The emulator, as it names itself.
    pub qemu: String,
    /// Name and version of the plugin.
    pub plugin: String,
    /// The host kernel's version; empty where it is not known.
    pub kernel: String,
    /// The scenario's name; empty where it is not known.
    pub scenario: String,
    /// Cores of the machine.
    pub cores: u32,
    /// Hardware threads of each.
    pub threads_per_core: u32,
    /// `exact` or `host`.
    pub time: String,
    /// Seed of the schedule.
    pub seed: u64,
    /// Instructions in a turn.
    pub turn: u64,
    /// What of `lose=WHAT`, `jitter`, `speed=smt` and `lint` was asked for.
    #[serde(default)]
    pub strict: Vec<String>,
    /// `ok`, or what failed. Begins with `incomplete recording: ` where the recording has no end.
    pub outcome: String,
    /// Digest over the schedule and every event; empty where there is none.
    pub digest: String,
    /// The guests, in the order they were started.
    pub guests: Vec<Guest>,
}

/// A guest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Guest {
    /// Virtual processors it was given.
    pub threads: u32,
    /// Processors that it brought up.
    pub cpus_up: u32,
}

/// One hardware thread.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Thread {
    /// Its core, from 0.
    pub core: u32,
    /// Itself in its core, from 0 (TIR).
    pub thread: u32,
    /// Timebase ticks by state. They add up to `elapsed_tb`.
    pub tb: EnumMap<State, u64>,
    /// Instructions by state.
    pub instructions: EnumMap<State, u64>,
    /// Its stays in power saving.
    pub naps: Naps,
    /// Times for which the host gave it to KVM.
    pub cedes: Cedes,
    /// Inter-processor interrupts.
    pub ipis: IpiCounts,
    /// How often it went from hypervisor state to a guest.
    pub guest_entries: u64,
    /// How often it came back.
    pub guest_exits: u64,
    /// How often each correction of the emulator was applied on it, by name.
    #[serde(default)]
    pub corrections: BTreeMap<String, u64>,
}

/// Stays in power saving.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Naps {
    /// How many.
    pub count: u64,
    /// Timebase ticks in all.
    pub tb_total: u64,
    /// Timebase ticks of an average one, rounded down; 0 where there was none.
    pub tb_mean: u64,
    /// Timebase ticks of the longest.
    pub tb_max: u64,
    /// Whether the run ended in one, which no wake ended.
    pub unfinished: bool,
    /// How many were ended by what.
    pub wakes: EnumMap<WakeReason, u64>,
}

/// Times for which the host gave a thread to KVM while a guest had its core.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cedes {
    /// How many began.
    pub count: u64,
    /// How many of these ended.
    pub returned: u64,
    /// Timebase ticks of the longest.
    pub tb_max: u64,
}

/// Inter-processor interrupts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IpiCounts {
    /// Requests made.
    pub sent: EnumMap<IpiKind, u64>,
    /// Requests that arrived.
    pub received: EnumMap<IpiKind, u64>,
}

/// One core.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Core {
    /// The core, from 0.
    pub core: u32,
    /// How often a vcore was entered.
    pub vcore_runs: u64,
    /// Timebase ticks during which a thread of it was in a guest or on KVM's way in or out.
    pub tb_kvm: u64,
    /// Timebase ticks during which a thread of it executed guest instructions.
    pub tb_guest: u64,
}

/// A fault that was put on a thread.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Injection {
    /// What: `sreset`, `mce+ue`, …
    pub kind: String,
    /// The hardware thread, counted over all cores.
    pub thread: u32,
    /// When and how often it was to come.
    pub at: String,
    /// How often it came.
    pub count: u64,
}

/// What software did at one place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Its name.
    pub name: String,
    /// What it is; empty where the name is not known.
    pub title: String,
    /// The deviation of the emulator that it ran into; null where software is at fault.
    pub deviation: Option<u8>,
    /// The hardware thread, counted over all cores.
    pub thread: u32,
    /// Address of the instruction.
    pub pc: u64,
    /// The same by a name of the host kernel, or `in a guest` or `in a process`; empty where nothing is known.
    pub place: String,
    /// How often.
    pub count: u64,
}

/// Something that came from outside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutsideEvent {
    /// Timebase ticks since power-on.
    pub tb: u64,
    /// What it was.
    pub what: String,
}
