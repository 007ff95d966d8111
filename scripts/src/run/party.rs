// SPDX-License-Identifier: GPL-2.0-or-later
//! What is expected of one agent, and what it has said so far.

use super::chaos::Chaos;
use super::options::Online;
use super::scenario::Step;
use crate::protocol::Body;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// An agent: the host's or a guest's.
#[derive(Clone, Debug)]
pub(super) struct Party {
    /// `host`, `guest0`, …
    pub who: String,
    /// Processors that it should bring up.
    pub cpus: u32,
    /// Processors that it did bring up; `None` before it reports.
    pub cpus_up: Option<u32>,
    /// Release of its kernel.
    pub kernel: String,
    /// Has it said that it is done?
    pub done: bool,
    steps: Vec<Step>,
    ended: usize,
    running: bool,
    online: Vec<u32>,
    online_reported: bool,
    primaries: Vec<u32>,
    /// Processors (or virtual ones) that counted right in the running step.
    counted: BTreeSet<u32>,
    /// Processors with a busy process, once there are any.
    busy: Vec<u32>,
    /// Those of them of which it was heard in the running step that they went on.
    went_on: BTreeSet<u32>,
    /// What the running step has said, if it is one of chaos.
    chaos: Chaos,
    last_output: String,
    /// For each counter guest that has run or runs, how many virtual processors counted right.
    counters: Vec<u32>,
}

/// Something is wrong, in words for a person.
pub(super) type Wrong = String;

impl Party {
    /// An agent with `cpus` processors, of which `primaries` are the first threads of their cores.
    pub fn new(who: &str, cpus: u32, primaries: Vec<u32>, steps: Vec<Step>) -> Party {
        Party {
            who: who.into(),
            cpus,
            cpus_up: None,
            kernel: String::new(),
            done: false,
            steps,
            ended: 0,
            running: false,
            online: (0..cpus).collect(),
            online_reported: false,
            primaries,
            counted: BTreeSet::new(),
            busy: Vec::new(),
            went_on: BTreeSet::new(),
            chaos: Chaos::default(),
            last_output: String::new(),
            counters: Vec::new(),
        }
    }

    /// Takes one report.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn hear(&mut self, body: &Body) -> Result<(), Wrong> {
        match body {
            Body::Up { cpus, kernel } => self.up(*cpus, kernel),
            Body::Begin { step } => self.begin(step),
            Body::End { step, code } => self.end(step, *code),
            Body::Online { cpus } => self.set_online(cpus),
            Body::Work { cpu, count, want } => self.work("CPU", *cpu, *count, *want),
            Body::Busy { cpu, count, wrong, .. } => self.went_on(*cpu, *count, *wrong),
            Body::Vcpu { vcpu, count, want, error } if error.is_empty() => {
                self.work("vCPU", *vcpu, *count, *want)
            }
            Body::Vcpu { vcpu, error, .. } => Err(self.failed(&format!("vCPU {vcpu}: {error}"))),
            Body::Act { .. } | Body::Ended { .. } | Body::Secondary { .. } => self.chaos(body),
            Body::Out { line } => self.output(line),
            Body::Counted { .. } | Body::Kmsg { .. } => Ok(()),
            Body::Done { failed } => self.finish(*failed),
        }
    }

    /// What was due next and has not come; `None` when all has.
    pub fn missing(&self) -> Option<String> {
        let who = &self.who;
        match (self.cpus_up, self.steps.get(self.ended)) {
            (None, _) => Some(format!("{who}'s agent was up")),
            (_, Some(step)) => {
                let event = if self.running { "ended" } else { "began" };
                Some(format!("{who} {event} {step}"))
            }
            (_, None) => (!self.done).then(|| format!("{who} was done")),
        }
    }

    /// Virtual processors of each counter guest, and how many of them counted right.
    pub fn counters(&self) -> impl Iterator<Item = (u32, u32)> {
        let threads = self.steps.iter().filter_map(|step| match step {
            Step::Counter { threads, .. } => Some(*threads),
            _ => None,
        });
        threads.zip(self.counters.iter().copied().chain(std::iter::repeat(0)))
    }

    /// The step that is running.
    pub fn step(&self) -> Option<&Step> {
        self.steps.get(self.ended).filter(|_| self.running)
    }

    fn up(&mut self, cpus: u32, kernel: &str) -> Result<(), Wrong> {
        if self.cpus_up.is_some() {
            return Err(format!("{} restarted", self.who));
        }
        self.cpus_up = Some(cpus);
        self.kernel = kernel.into();
        if cpus != self.cpus {
            return Err(format!("{} brought up {cpus} of {} CPUs", self.who, self.cpus));
        }
        Ok(())
    }

    fn begin(&mut self, step: &str) -> Result<(), Wrong> {
        let due = self.steps.get(self.ended).map_or("nothing".into(), Step::to_string);
        if self.running || self.cpus_up.is_none() || step != due {
            let due = self.missing().unwrap_or(due);
            return Err(format!("{} began {step} before {due}", self.who));
        }
        self.running = true;
        self.counted.clear();
        self.went_on.clear();
        self.chaos = Chaos::default();
        if matches!(self.step(), Some(Step::Counter { .. })) {
            self.counters.push(0);
        }
        self.online_reported = false;
        self.last_output.clear();
        Ok(())
    }

    fn end(&mut self, step: &str, code: i32) -> Result<(), Wrong> {
        let Some(running) = self.step().filter(|s| s.to_string() == step).cloned() else {
            return Err(format!("{} ended {step}, which it had not begun", self.who));
        };
        match code {
            0 => {}
            1..=127 => return Err(self.failed(&format!("{step} ended with status {code}"))),
            _ => return Err(self.failed(&format!("{step} ended by signal {}", code & 0x7f))),
        }
        let expected: Vec<u32> = match running {
            Step::Online(_) if !self.online_reported => {
                return Err(format!("{} ended {step} and did not say which CPUs are online", self.who));
            }
            Step::Work(_) => self.online.clone(),
            Step::Counter { threads, .. } => (0..threads).collect(),
            Step::Subcores(_)
            | Step::Online(_)
            | Step::Busy { .. }
            | Step::Chaos { .. }
            | Step::Guest { .. }
            | Step::Exec(_) => {
                vec![]
            }
        };
        if let Some(silent) = expected.iter().find(|cpu| !self.counted.contains(cpu)) {
            let kind = if matches!(running, Step::Work(_)) { "CPU" } else { "vCPU" };
            return Err(format!("{} ended {step} without a count of {kind} {silent}", self.who));
        }
        if let Step::Busy { .. } = running {
            self.busy = self.secondaries();
        }
        if let Step::Chaos { acts, seconds, .. } = running
            && let Some(missing) = self.chaos.missing(acts, seconds.is_some(), self.secondaries())
        {
            return Err(format!("{} ended {step} without {missing}", self.who));
        }
        if running.is_guests()
            && let Some(silent) = self.busy.iter().find(|cpu| !self.went_on.contains(cpu))
        {
            return Err(format!("{} ended {step} without a word of CPU {silent}'s busy process", self.who));
        }
        self.running = false;
        self.ended += 1;
        Ok(())
    }

    fn went_on(&mut self, cpu: u32, count: u64, wrong: u64) -> Result<(), Wrong> {
        let who = &self.who;
        if !self.step().is_some_and(Step::is_guests) || !self.busy.contains(&cpu) {
            return Err(format!("{who}: CPU {cpu} has a busy process that nobody asked for"));
        }
        if wrong > 0 {
            return Err(format!(
                "{who}: CPU {cpu}'s busy process counted wrong, elsewhere, or back in time, {wrong} times"
            ));
        }
        if count == 0 {
            return Err(format!("{who}: CPU {cpu}'s busy process did not get on while guests ran"));
        }
        self.went_on.insert(cpu);
        Ok(())
    }

    /// Those that are online.
    fn secondaries(&self) -> Vec<u32> {
        self.online.iter().copied().filter(|cpu| !self.primaries.contains(cpu)).collect()
    }

    fn chaos(&mut self, body: &Body) -> Result<(), Wrong> {
        if !matches!(self.step(), Some(Step::Chaos { .. })) {
            return Err(format!("{}: chaos that nobody asked for", self.who));
        }
        let result = match body {
            Body::Act { number, what, .. } => self.chaos.act(*number, what),
            Body::Ended { guest, threads, right, code, why } => {
                self.chaos.ended(*guest, *threads, *right, *code, why)
            }
            Body::Secondary { cpu, cedes, returns } => self.chaos.secondary(*cpu, *cedes, *returns),
            _ => Ok(()),
        };
        result.map_err(|wrong| self.failed(&wrong))
    }

    fn output(&mut self, line: &str) -> Result<(), Wrong> {
        // QEMU as the VMM says this of KVM_RUN, and that its processors wait for a debugger then.
        if matches!(self.step(), Some(Step::Guest { .. })) && line.contains(": error: kvm run failed") {
            return Err(self.failed(line));
        }
        self.last_output = line.into();
        Ok(())
    }

    fn set_online(&mut self, cpus: &[u32]) -> Result<(), Wrong> {
        let expected = match self.step() {
            Some(Step::Online(Online::All)) => (0..self.cpus).collect(),
            Some(Step::Online(Online::Primary)) => self.primaries.clone(),
            _ => self.online.clone(),
        };
        self.online_reported = true;
        self.online = cpus.to_vec();
        if cpus != expected {
            return Err(format!("{} has CPUs {cpus:?} online instead of {expected:?}", self.who));
        }
        Ok(())
    }

    fn work(&mut self, kind: &str, cpu: u32, count: u64, want: u64) -> Result<(), Wrong> {
        let due = match self.step() {
            Some(Step::Work(due) | Step::Counter { count: due, .. }) => *due,
            _ => return Err(format!("{}: {kind} {cpu} counted outside of a counting step", self.who)),
        };
        if want != due {
            return Err(format!("{}: {kind} {cpu} was to count to {want} instead of {due}", self.who));
        }
        if count != want {
            return Err(format!("{}: {kind} {cpu} counted to {count} instead of {want}", self.who));
        }
        if !self.counted.insert(cpu) {
            return Err(format!("{}: {kind} {cpu} counted twice", self.who));
        }
        if matches!(self.step(), Some(Step::Counter { .. })) {
            *self.counters.last_mut().unwrap_or(&mut 0) += 1;
        }
        Ok(())
    }

    fn finish(&mut self, failed: u32) -> Result<(), Wrong> {
        if failed > 0 {
            return Err(format!("{}: {failed} steps failed", self.who));
        }
        if let Some(missing) = self.missing().filter(|_| self.ended < self.steps.len()) {
            return Err(format!("{} was done before {missing}", self.who));
        }
        self.done = true;
        Ok(())
    }

    /// `what` failed: with the last line that the program printed, and the reason where it is known.
    fn failed(&self, what: &str) -> Wrong {
        let mut wrong = format!("{}: {what}", self.who);
        if !self.last_output.is_empty() {
            let _ = write!(wrong, ": {}", self.last_output);
        }
        let busy = if wrong.contains("Device or resource busy") { "EBUSY: " } else { "" };
        if (wrong.contains("EBUSY") || !busy.is_empty()) && self.online.len() as u32 == self.cpus {
            let _ = write!(wrong, " ({busy}secondary threads are online, and this kernel refuses)");
        }
        wrong
    }
}
