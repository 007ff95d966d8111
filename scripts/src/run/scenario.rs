// SPDX-License-Identifier: GPL-2.0-or-later
//! A scenario as data: the steps that the host's agent is given, from which follows what must be heard.

use super::options::{Compat, GuestKind, Online, Options, ScenarioName, name_of};
use anyhow::{Result, ensure};
use cpu_model::THREADS_PER_CORE;
use std::fmt;

/// Memory of a Debian guest, in MiB.
const GUEST_MIB: u32 = 512;
/// What the host and the VMMs need beside the guests' memory, in MiB.
const HOST_MIB: u32 = 1024;

/// Threads of POWER7's core: `max_vthreads` of QEMU 11.1, target/ppc/compat.c.
const POWER7_THREADS: u32 = 4;

/// How far a busy process of the host counts in a round: some turns of a hardware thread.
const BUSY_ROUND: u64 = 10_000;

/// Loads a module, and unloads it.
const MODPROBE: &str = "/bin/busybox:modprobe";

/// Has the kernel count what it does for guests, and reports it.
const COUNTS: &str = "/bin/counts";

/// The agent's numbers are signed.
const MAX_SEED: u64 = i64::MAX as u64;

/// A step of an agent. Its text form is what stands on the kernel command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Split each core into so many sub-cores, 1, 2 or 4, for good.
    Subcores(u32),
    /// Take hardware threads offline, or bring all online.
    Online(Online),
    /// Count on each online processor up to a number.
    Work(u64),
    /// Keep each secondary thread busy with a process that counts in rounds of that many.
    Busy {
        /// To where it counts, again and again.
        round: u64,
        /// Of its timer, in µs, if it has one.
        timer: Option<u32>,
    },
    /// Run the counter guest.
    Counter {
        /// Virtual processors.
        threads: u32,
        /// How far each counts.
        count: u64,
    },
    /// Do things to counter guests and to the host that are drawn from a seed.
    Chaos {
        /// Of what is done, 0 to 2^63-1.
        seed: u64,
        /// How many things, at the least.
        acts: u32,
        /// How many of a hundred are a device's interrupt, if not as many as the agent thinks.
        device: Option<u32>,
        /// For how long, if not until the last of `acts`.
        seconds: Option<u32>,
    },
    /// Run a program of the host's image: its path and arguments, with colons between them.
    Exec(String),
    /// Run Debian guests at once.
    Guest {
        /// Virtual processors of each.
        threads: u32,
        /// Memory of each, in MiB.
        mib: u32,
        /// How far each virtual processor counts.
        count: u64,
        /// How many guests.
        guests: u32,
        /// What they see instead of POWER8.
        compat: Option<Compat>,
    },
}

impl Step {
    /// Does it run guests?
    pub fn is_guests(&self) -> bool {
        matches!(self, Step::Counter { .. } | Step::Chaos { .. } | Step::Guest { .. })
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Subcores(count) => write!(f, "subcores:{count}"),
            Step::Online(which) => write!(f, "online:{}", name_of(*which)),
            Step::Work(count) => write!(f, "work:{count}"),
            Step::Busy { round, timer: None } => write!(f, "busy:{round}"),
            Step::Busy { round, timer: Some(us) } => write!(f, "busy:{round}:{us}"),
            Step::Counter { threads, count } => write!(f, "counter:{threads}:{count}"),
            Step::Chaos { seed, acts, device, seconds } => {
                write!(f, "chaos:{seed}:{acts}")?;
                match (device, seconds) {
                    (None, None) => Ok(()),
                    (Some(share), None) => write!(f, ":{share}"),
                    (None, Some(seconds)) => write!(f, "::{seconds}"),
                    (Some(share), Some(seconds)) => write!(f, ":{share}:{seconds}"),
                }
            }
            Step::Exec(words) => write!(f, "exec:{words}"),
            Step::Guest { threads, mib, count, guests, compat } => {
                write!(f, "guest:{threads}:{mib}:{count}")?;
                match (guests, compat) {
                    (1, None) => Ok(()),
                    (guests, None) => write!(f, ":{guests}"),
                    (guests, Some(Compat::Power7)) => write!(f, ":{guests}:7"),
                }
            }
        }
    }
}

/// What happens in a run, and on what machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// `boot` or `kvm`.
    pub name: String,
    /// Cores of the machine.
    pub cores: u32,
    /// Sub-cores of each.
    pub subcores: u32,
    /// What the host's agent does. None: a person is at the console.
    pub steps: Vec<Step>,
}

impl Scenario {
    /// The scenario that `options` ask for.
    ///
    /// # Errors
    /// Where the guests do not fit into the host's memory, or chaos is asked for where it makes no sense.
    pub fn new(options: &Options) -> Result<Scenario> {
        let Options { guest_threads: threads, guests, work: count, .. } = *options;
        let online = Step::Online(options.online());
        // The point of secondaries that stay online is what the host does on them.
        let busy = (options.online() == Online::All)
            .then_some(Step::Busy { round: BUSY_ROUND, timer: options.host_timer });
        let chaos = options.chaos.map(|acts| Step::Chaos {
            seed: options.seed & MAX_SEED,
            acts,
            device: options.chaos_device,
            seconds: options.chaos_seconds,
        });
        // What --chaos excludes, excuses them from needing it.
        ensure!(
            chaos.is_some() || (options.chaos_device, options.chaos_seconds) == (None, None),
            "--chaos-device and --chaos-seconds are for --chaos"
        );
        ensure!(
            options.host_timer.is_none()
                || (options.scenario, options.online()) == (ScenarioName::Kvm, Online::All),
            "--host-timer is for p8smt run kvm --online all: it is a timer of the busy processes there"
        );
        ensure!(
            chaos.is_none()
                || (options.scenario, options.guest, options.online())
                    == (ScenarioName::Kvm, GuestKind::Counter, Online::All),
            "--chaos is for p8smt run kvm --guest counter --online all"
        );
        let subcores = options.subcores.unwrap_or(1);
        check_threads(options, subcores)?;
        let mut steps = match (options.interactive, options.scenario, options.guest) {
            (true, _, _) => vec![],
            (_, ScenarioName::Boot, _) => vec![online, Step::Work(count)],
            (_, ScenarioName::Kvm, GuestKind::Counter) => {
                let counter = Step::Counter { threads, count };
                let counters = std::iter::repeat_n(counter, guests as usize);
                let guests = chaos.map_or(counters.collect(), |chaos| vec![chaos]);
                std::iter::once(online).chain(busy).chain(guests).collect()
            }
            (_, ScenarioName::Kvm, GuestKind::Debian) => {
                let need = HOST_MIB + guests * GUEST_MIB;
                ensure!(
                    options.memory.0 >= need,
                    "{guests} guests of {GUEST_MIB}M need --memory {need}M or more, not {}",
                    options.memory
                );
                let guests = Step::Guest { threads, mib: GUEST_MIB, count, guests, compat: options.compat };
                std::iter::once(online).chain(busy).chain([guests]).collect()
            }
        };
        if let Some(first) = steps.iter().position(|step| step.is_guests()).filter(|_| options.counts) {
            steps.insert(first, Step::Exec(format!("{COUNTS}:begin")));
            steps.push(Step::Exec(format!("{COUNTS}:report")));
        }
        // Behind the step that says who is online.
        let load = |words: &String| Step::Exec(format!("{MODPROBE}:{words}"));
        let first = steps.len().min(1);
        steps.splice(first..first, options.modules.iter().map(load));
        let name = |words: &String| words.split(':').next().unwrap_or_default().to_owned();
        let unload = |words: &String| Step::Exec(format!("{MODPROBE}:-r:{}", name(words)));
        steps.extend(options.modules.iter().rev().map(unload));
        steps.extend(options.exec.iter().cloned().map(Step::Exec));
        if subcores > 1 {
            // The step that says who is online means the first thread of each sub-core.
            steps.insert(0, Step::Subcores(subcores));
        }
        Ok(Scenario { name: name_of(options.scenario), cores: options.cores, subcores, steps })
    }

    /// Hardware threads of the machine.
    pub fn host_threads(&self) -> u32 {
        self.cores * THREADS_PER_CORE as u32
    }

    /// The hardware threads that are online when a step has asked for `online`.
    pub fn online_threads(&self, online: Online) -> Vec<u32> {
        let step = if online == Online::All { 1 } else { THREADS_PER_CORE as u32 / self.subcores };
        (0..self.host_threads()).step_by(step as usize).collect()
    }

    /// What is appended to the host's kernel command line.
    pub fn kernel_arguments(&self) -> String {
        let steps: Vec<String> = self.steps.iter().map(Step::to_string).collect();
        match steps.as_slice() {
            [] => "console=hvc0".into(),
            steps => format!("console=hvc0 p8smt.steps={}", steps.join(",")),
        }
    }
}

/// Guests have room in a sub-core and in the processor that they see.
fn check_threads(options: &Options, subcores: u32) -> Result<()> {
    let threads = options.guest_threads;
    let most = THREADS_PER_CORE as u32 / subcores;
    ensure!(
        options.scenario == ScenarioName::Boot || threads <= most,
        "--subcores {subcores} leaves {most} threads to a guest, not --guest-threads {threads}"
    );
    ensure!(
        options.compat.is_none()
            || (options.scenario, options.guest) == (ScenarioName::Kvm, GuestKind::Debian),
        "--compat is for p8smt run kvm --guest debian"
    );
    ensure!(
        options.compat.is_none() || threads <= POWER7_THREADS,
        "--compat power7 leaves {POWER7_THREADS} threads to a guest, not --guest-threads {threads}"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::memory::Mib;
    use super::*;

    fn arguments(options: &Options) -> String {
        Scenario::new(options).unwrap().kernel_arguments()
    }

    #[test]
    fn options_become_steps() {
        let kvm = Options::new(ScenarioName::Kvm);
        assert_eq!(arguments(&kvm), "console=hvc0 p8smt.steps=online:primary,guest:4:512:1000000");
        let two = Options { guests: 2, guest_threads: 8, work: 9, ..kvm.clone() };
        assert_eq!(arguments(&two), "console=hvc0 p8smt.steps=online:primary,guest:8:512:9:2");
        let counter = Options { guest: GuestKind::Counter, online: Some(Online::All), ..two };
        assert_eq!(
            arguments(&counter),
            "console=hvc0 p8smt.steps=online:all,busy:10000,counter:8:9,counter:8:9"
        );
        let debian = Options { online: Some(Online::All), ..kvm.clone() };
        assert_eq!(arguments(&debian), "console=hvc0 p8smt.steps=online:all,busy:10000,guest:4:512:1000000");
        let timer = Options { host_timer: Some(500), ..debian };
        assert_eq!(
            arguments(&timer),
            "console=hvc0 p8smt.steps=online:all,busy:10000:500,guest:4:512:1000000"
        );
        assert!(Scenario::new(&Options { online: None, ..timer }).is_err());
        assert_eq!(
            arguments(&Options::new(ScenarioName::Boot)),
            "console=hvc0 p8smt.steps=online:all,work:1000000"
        );
        assert_eq!(arguments(&Options { interactive: true, ..kvm }), "console=hvc0");
    }

    #[test]
    fn modules_are_there_while_guests_run() {
        let modules = vec!["kvm_hv".into(), "scftorture:verbose=1:nthreads=2".into()];
        let exec = vec!["/bin/x".into()];
        let kvm = Options { modules, exec, ..Options::new(ScenarioName::Kvm) };
        assert_eq!(
            arguments(&kvm),
            "console=hvc0 p8smt.steps=online:primary,exec:/bin/busybox:modprobe:kvm_hv,\
             exec:/bin/busybox:modprobe:scftorture:verbose=1:nthreads=2,guest:4:512:1000000,\
             exec:/bin/busybox:modprobe:-r:scftorture,exec:/bin/busybox:modprobe:-r:kvm_hv,exec:/bin/x"
        );
    }

    #[test]
    fn counts_are_taken_around_guests_and_programs_run_at_the_end() {
        let kvm = Options { counts: true, exec: vec!["/bin/x:1".into()], ..Options::new(ScenarioName::Kvm) };
        let all = Options { guest: GuestKind::Counter, online: Some(Online::All), work: 9, ..kvm };
        assert_eq!(
            arguments(&all),
            "console=hvc0 p8smt.steps=online:all,busy:10000,exec:/bin/counts:begin,counter:4:9,\
             exec:/bin/counts:report,exec:/bin/x:1"
        );
    }

    #[test]
    fn chaos_is_drawn_from_the_seed() {
        let kvm = Options { chaos: Some(40), seed: u64::MAX, ..Options::new(ScenarioName::Kvm) };
        let error = Scenario::new(&kvm).unwrap_err().to_string();
        assert_eq!(error, "--chaos is for p8smt run kvm --guest counter --online all");
        let chaos = Options { guest: GuestKind::Counter, online: Some(Online::All), ..kvm };
        assert_eq!(
            arguments(&chaos),
            "console=hvc0 p8smt.steps=online:all,busy:10000,chaos:9223372036854775807:40"
        );
        let by_device = Options { chaos_device: Some(50), seed: 1, ..chaos };
        assert!(arguments(&by_device).ends_with(",chaos:1:40:50"), "{by_device:?}");
        let for_long = Options { chaos_device: None, chaos_seconds: Some(300), ..by_device };
        assert!(arguments(&for_long).ends_with(",chaos:1:40::300"), "{for_long:?}");
        assert!(Scenario::new(&Options { chaos: None, ..for_long }).is_err());
    }

    #[test]
    fn each_sub_core_has_a_primary() {
        let split =
            Options { subcores: Some(4), guests: 4, guest_threads: 2, ..Options::new(ScenarioName::Kvm) };
        let scenario = Scenario::new(&split).unwrap();
        assert_eq!(
            scenario.kernel_arguments(),
            "console=hvc0 p8smt.steps=subcores:4,online:primary,guest:2:512:1000000:4"
        );
        assert_eq!(scenario.online_threads(Online::Primary), [0, 2, 4, 6]);
        let error = Scenario::new(&Options { guest_threads: 4, ..split }).unwrap_err().to_string();
        assert_eq!(error, "--subcores 4 leaves 2 threads to a guest, not --guest-threads 4");
    }

    #[test]
    fn guests_may_see_an_older_processor() {
        let power7 = Options { compat: Some(Compat::Power7), ..Options::new(ScenarioName::Kvm) };
        assert!(arguments(&power7).ends_with(",guest:4:512:1000000:1:7"));
        let error = |options: Options| Scenario::new(&options).unwrap_err().to_string();
        assert_eq!(
            error(Options { guest_threads: 8, ..power7.clone() }),
            "--compat power7 leaves 4 threads to a guest, not --guest-threads 8"
        );
        let counter = Options { guest: GuestKind::Counter, ..power7 };
        assert_eq!(error(counter), "--compat is for p8smt run kvm --guest debian");
    }

    #[test]
    fn guests_must_fit_into_memory() {
        let options = Options { guests: 7, memory: Mib(4096), ..Options::new(ScenarioName::Kvm) };
        let error = Scenario::new(&options).unwrap_err().to_string();
        assert_eq!(error, "7 guests of 512M need --memory 4608M or more, not 4096M");
    }

    #[test]
    fn primaries_are_the_first_threads_of_each_core() {
        let scenario = Scenario::new(&Options { cores: 2, ..Options::new(ScenarioName::Boot) }).unwrap();
        assert_eq!(scenario.online_threads(Online::Primary), [0, 8]);
        assert_eq!(scenario.online_threads(Online::All).len(), 16);
    }
}
