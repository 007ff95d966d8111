// SPDX-License-Identifier: GPL-2.0-or-later
//! What a recording says about its run, beside the events.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a run was made from. Two runs of one recipe are the same to the last bit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipe {
    /// [`super::FORMAT`].
    pub format: u32,
    /// Name and version of the plugin.
    pub plugin: String,
    /// What the plugin knows of the emulator.
    pub qemu: String,
    /// `exact` or `host`.
    pub time: String,
    /// Seed of the schedule; 0 draws nothing.
    pub seed: u64,
    /// Instructions in a turn.
    pub turn: u64,
    /// Hardware threads in all.
    pub threads: u32,
    /// Hardware threads of a core.
    pub threads_per_core: u32,
    /// Names of the corrections that are on.
    pub corrections: Vec<String>,
    /// What the report cannot tell apart, one sentence each (no symbols, for example).
    pub cannot_tell: Vec<String>,
    /// Faults that are put on threads.
    #[serde(default)]
    pub injections: Vec<Injection>,
    /// What of `lose=WHAT`, `jitter`, `speed=smt` and `lint` was asked for.
    #[serde(default)]
    pub strict: Vec<String>,
}

/// A fault that is put on a thread, as it was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Injection {
    /// What: `sreset`, `mce+ue`, …
    pub kind: String,
    /// The hardware thread, counted over all cores.
    pub thread: u32,
    /// When and how often: `event=nap:every=10`.
    pub at: String,
}

/// Something that came into the run from outside. After the first one, another run may differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outside {
    /// Timebase ticks since power-on.
    pub tb: u64,
    /// What it was.
    pub what: String,
}

/// One finding at one place of one thread.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Its name ([`crate::Finding::name`]).
    pub finding: String,
    /// The hardware thread, counted over all cores.
    pub thread: u32,
    /// Address of the instruction.
    pub pc: u64,
    /// The same by a name of the host kernel, or `in a guest` or `in a process`; empty where nothing is known.
    pub place: String,
    /// How often.
    pub count: u64,
}

/// Written by the plugin when QEMU ends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Digest over the schedule and every event, 16 hexadecimal digits; empty where time was the host's.
    pub digest: String,
    /// Timebase ticks since power-on.
    pub elapsed_tb: u64,
    /// Instructions each thread executed.
    pub instructions: Vec<u64>,
    /// How often each correction was applied, by its name.
    pub corrections: BTreeMap<String, u64>,
    /// The same for each thread.
    #[serde(default)]
    pub corrections_of_threads: Vec<BTreeMap<String, u64>>,
    /// What software did that is worth a word ([`crate::Finding`]), thread by thread.
    #[serde(default)]
    pub findings: Vec<Found>,
    /// Events that could not be written; 0 unless the disk failed.
    pub lost_events: u64,
    /// How many times something came from outside.
    pub outside: u64,
}

/// Written by `p8smt run` when it has judged the run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The scenario's name.
    pub scenario: String,
    /// The emulator, as it names itself. The plugin cannot know: QEMU does not tell it.
    #[serde(default)]
    pub qemu: String,
    /// Version of the host kernel, as it said itself.
    pub kernel: String,
    /// `ok`, or what failed.
    pub outcome: String,
    /// The guests, in the order they were started.
    pub guests: Vec<Guest>,
}

/// A guest of the run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guest {
    /// Virtual processors it was given, all in one vcore.
    pub threads: u32,
    /// Processors that it brought up.
    pub cpus_up: u32,
}
