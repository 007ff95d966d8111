// SPDX-License-Identifier: GPL-2.0-or-later
//! What is alive during a run.

use crate::command_line;
use crate::host::{self, Processor};
use crate::inject::Injector;
use crate::options::{self, Options, Time};
use crate::outside;
use crate::qemu::{self, Machine, Slots};
use crate::record::Recorder;
use crate::say::say;
use crate::site::Sites;
use crate::strict::jitter::Jitter;
use crate::strict::lint;
use crate::symbols::Symbols;
use crate::turns;
use crate::vcpu::Vcpu;
use cpu_model::core::Core;
use cpu_model::lint::Lint;
use cpu_model::recording::{FORMAT, Recipe, Summary};
use cpu_model::{Rule, Sample, timebase};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, OnceLock};
use std::time::Instant;

/// How often the recording is flushed, in ns of model time: what a killed run may lose.
const FLUSH_EVERY_NS: i64 = 100_000_000;

/// Generated code of a round-robin thread folds in the index of the vCPU that translated a block, and blocks
/// are shared (seen with QEMU 10.0 and 11.1).
const SINGLE: &str = "QEMU runs all vCPUs in one thread (thread=single), which breaks plugins when there are several; \
                      leave -accel out, or use -accel tcg,thread=multi";
const ICOUNT: &str = "-icount breaks plugins when there are several vCPUs, and has a clock of its own; \
                      leave it out: time=exact counts instructions too";
/// What QEMU calls that thread.
const ROUND_ROBIN: &str = "ALL CPUs/TCG";

static PLUGIN: OnceLock<Plugin> = OnceLock::new();

thread_local! {
    static CURRENT: Cell<Option<usize>> = const { Cell::new(None) };
}

/// A run.
pub struct Plugin {
    /// How it was asked for.
    pub options: Options,
    /// Names of the host kernel.
    pub symbols: Symbols,
    /// Instructions: in the quantum (exact time) or in all (host time).
    pub used: Slots,
    /// Not 0: the vCPU is to be looked at before its next guest block.
    pub poked: Slots,
    /// Not 0: how many ticks the vCPU's timebase is ahead of QEMU's.
    pub apart: Slots,
    /// Instructions that hooks are told of by number.
    pub sites: Sites,
    /// Faults that are put on threads.
    pub injector: Option<Injector>,
    /// What comes late.
    pub jitter: Option<Jitter>,
    threads_per_core: usize,
    vcpus: Vec<OnceLock<Mutex<Vcpu>>>,
    cores: Vec<Mutex<Core>>,
    lints: Vec<Mutex<Lint>>,
    recorder: Recorder,
    flushed: AtomicI64,
    /// How often something came from outside.
    pub outside: AtomicU64,
    began: Instant,
    _processor: Option<Processor>,
}

/// The run, once it is set up.
pub fn installed() -> Option<&'static Plugin> {
    PLUGIN.get()
}

/// The run.
pub fn plugin() -> &'static Plugin {
    PLUGIN.get().expect("callbacks come after install")
}

/// Ends QEMU with a line that says why. The recording stays readable up to its last flush.
pub fn die(why: &str) -> ! {
    say(why);
    qemu::exit_now(1)
}

/// Sets a run up, or refuses with one line.
pub fn install(machine: &Machine, words: &[String]) -> Result<(), String> {
    let options = Options::parse(words.iter().map(String::as_str))?;
    if options.help {
        print!("{}", options::HELP);
        std::process::exit(0);
    }
    log_to_stderr(options.log);
    if !machine.system || machine.target != "ppc64" {
        let what = if machine.system { "system" } else { "user-mode" };
        return Err(format!(
            "this is {what} emulation of '{}'; p8smt is for qemu-system-ppc64 -M powernv8",
            machine.target
        ));
    }
    if command_line::has_no_machine(std::env::args()) {
        return Err("-M none has no processor; use -M powernv8".into());
    }
    let threads_per_core = command_line::threads_per_core(std::env::args())?;
    let counted = command_line::has_icount(std::env::args());
    if counted && (machine.vcpus > 1 || options.time == Time::Exact) {
        return Err(ICOUNT.into());
    }
    let symbols = options.symbols.as_deref().map_or_else(|| Ok(Symbols::none()), Symbols::read)?;
    let specs = options.inject.clone();
    let injector =
        Injector::new(specs, &symbols, machine.vcpus, threads_per_core, options.jitter || options.smt)?;
    let exact = options.time == Time::Exact;
    let recorder = Recorder::start(
        options.out.as_deref(),
        &recipe(&options, &symbols, machine.vcpus, threads_per_core),
    )?;
    let mut processor = None;
    let used = if exact {
        let rcu = host::other_threads().into_iter().find(|t| host::thread_name(*t) == "call_rcu");
        let rcu = rcu.and_then(|thread| Some((thread, await_futex(thread)?)));
        let mut table =
            turns::Table::new(machine.vcpus, options.turn as i64, options.seed, options.idle_real);
        if options.smt {
            table.share_speed(threads_per_core);
        }
        let used = turns::begin(table, rcu);
        qemu::take_slots()?;
        processor = Processor::take();
        if let Some(processor) = &processor {
            processor.tie(0);
            rcu.iter().for_each(|(thread, _)| processor.tie(*thread));
            tracing::info!("tied to processor {}", processor.number());
        }
        used
    } else {
        Slots::new()
    };
    let plugin = Plugin {
        cores: (0..machine.vcpus.div_ceil(threads_per_core))
            .map(|_| Core::new(options.rules).into())
            .collect(),
        vcpus: (0..machine.vcpus).map(|_| OnceLock::new()).collect(),
        lints: (0..machine.vcpus.div_ceil(threads_per_core)).map(|_| Lint::default().into()).collect(),
        injector,
        jitter: options.jitter.then(|| Jitter::new(options.seed)),
        threads_per_core,
        options,
        symbols,
        used,
        poked: Slots::new(),
        apart: Slots::new(),
        sites: Sites::default(),
        recorder,
        flushed: AtomicI64::new(0),
        outside: AtomicU64::new(0),
        began: Instant::now(),
        _processor: processor,
    };
    assert!(PLUGIN.set(plugin).is_ok(), "QEMU installs a plugin once");
    Ok(())
}

/// QEMU starts its RCU thread before it loads plugins; it is on its way to its first wait. `None` where the
/// host does not tell: the thread takes no part then.
fn await_futex(thread: i32) -> Option<usize> {
    loop {
        match host::futex_of(thread) {
            Ok(Some(futex)) => return Some(futex),
            Ok(None) => std::thread::yield_now(),
            Err(error) => {
                tracing::warn!("cannot see what QEMU's RCU thread waits for ({error}); it takes no turns");
                return None;
            }
        }
    }
}

fn log_to_stderr(level: tracing::Level) {
    let log = tracing_subscriber::fmt().with_writer(std::io::stderr).with_max_level(level).without_time();
    // It would tell of a line that cannot be written with one that cannot be either, and panic.
    let log = log.log_internal_errors(false);
    // A second plugin instance has set one already.
    let _ = log.with_target(false).try_init();
}

/// What is strict about a run, as it was asked for.
fn strict(options: &Options) -> Vec<String> {
    let lose = options.lose.map(|lose| format!("lose={}", lose.name()));
    let switches = [(options.jitter, "jitter"), (options.lint, "lint"), (options.smt, "speed=smt")];
    lose.into_iter()
        .chain(switches.iter().filter(|(on, _)| *on).map(|(_, name)| (*name).to_owned()))
        .collect()
}

fn recipe(options: &Options, symbols: &Symbols, threads: usize, threads_per_core: usize) -> Recipe {
    Recipe {
        format: FORMAT,
        plugin: format!("p8smt {}", env!("CARGO_PKG_VERSION")),
        qemu: format!("plugin API {}", qemu::API),
        time: if options.time == Time::Exact { "exact" } else { "host" }.into(),
        seed: options.seed,
        turn: options.turn,
        threads: threads as u32,
        threads_per_core: threads_per_core as u32,
        corrections: options.rules.iter().map(|r| r.name().to_owned()).collect(),
        cannot_tell: symbols.cannot_tell.clone(),
        injections: options.inject.iter().map(|spec| spec.asked.clone()).collect(),
        strict: strict(options),
    }
}

impl Plugin {
    /// Whether time is counted.
    pub fn is_exact(&self) -> bool {
        self.options.time == Time::Exact
    }

    /// A vCPU; for its own thread, or where it cannot be running.
    pub fn vcpu(&self, index: usize) -> MutexGuard<'_, Vcpu> {
        let vcpu = self.vcpus[index].get().expect("a vCPU is there before its callbacks");
        vcpu.lock().expect("a panic ends the run")
    }

    /// A core; for whoever has the turn, so that it is always free.
    pub fn core(&self, index: usize) -> MutexGuard<'_, Core> {
        self.cores[index].try_lock().expect("only whoever has the turn asks the model")
    }

    /// What a core's threads do, for whoever has the turn.
    pub fn lint(&self, core: usize) -> MutexGuard<'_, Lint> {
        self.lints[core].try_lock().expect("only whoever has the turn looks at what threads do")
    }

    /// The vCPU that is a thread of `vcpu`'s core, if the core has it.
    pub fn sibling(&self, vcpu: &Vcpu, thread: u8) -> Option<usize> {
        let thread = usize::from(thread);
        (thread < self.threads_per_core).then_some(vcpu.core * self.threads_per_core + thread)
    }

    /// Nanoseconds since power-on.
    pub fn now_ns(&self) -> i64 {
        if self.is_exact() { turns::now_ns() } else { self.began.elapsed().as_nanos() as i64 }
    }

    /// Now, for a vCPU.
    pub fn sample(&self, vcpu: usize) -> Sample {
        let instructions = if self.is_exact() { turns::instructions(vcpu) } else { self.used.get(vcpu) };
        Sample { tb: timebase::from_ns(self.now_ns() as u64), instructions }
    }

    /// Where events go.
    pub fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// The vCPUs that have come.
    pub fn present(&self) -> impl Iterator<Item = MutexGuard<'_, Vcpu>> {
        self.vcpus.iter().filter_map(|v| v.get()?.lock().ok())
    }

    fn flush(&self) {
        for mut vcpu in self.present() {
            let index = vcpu.index;
            self.recorder.flush(index, &mut vcpu.track);
        }
    }
}

/// A vCPU's own thread is about to run it for the first time.
pub fn vcpu_init(index: usize) {
    let p = plugin();
    let again = CURRENT.replace(Some(index)).is_some();
    let round_robin = host::thread_name(host::this_thread()) == ROUND_ROBIN;
    if again || round_robin && p.vcpus.len() > 1 {
        die(SINGLE);
    }
    if index >= p.vcpus.len() {
        die("a vCPU was added to a running machine, which p8smt does not follow");
    }
    let vcpu = Vcpu::new(index, p.threads_per_core).unwrap_or_else(|why| die(&why));
    assert!(p.vcpus[index].set(vcpu.into()).is_ok(), "a vCPU comes once");
    if p.is_exact() {
        turns::join(index);
    }
}

/// The vCPU of the calling thread.
pub fn current_vcpu() -> Option<usize> {
    CURRENT.get()
}

/// The main thread has its turn.
pub fn main_turn() {
    let Some(p) = PLUGIN.get() else { return };
    outside::note_signal(p);
    let now = p.now_ns();
    if now - p.flushed.load(Relaxed) >= FLUSH_EVERY_NS {
        p.flushed.store(now, Relaxed);
        p.flush();
    }
}

/// QEMU ends.
pub fn at_exit() {
    let Some(p) = PLUGIN.get() else { return };
    outside::note_signal(p);
    p.flush();
    let mut corrections: BTreeMap<String, u64> = BTreeMap::new();
    let mut corrections_of_threads = Vec::new();
    let mut instructions = Vec::new();
    for vcpu in p.present() {
        let count = |rule: Rule| (rule.name().to_owned(), vcpu.corrections[rule as usize]);
        let counts: BTreeMap<String, u64> = p.options.rules.iter().map(count).collect();
        for (name, count) in &counts {
            *corrections.entry(name.clone()).or_default() += count;
        }
        corrections_of_threads.push(counts);
        instructions.push(p.sample(vcpu.index).instructions);
    }
    let digest = if p.is_exact() { format!("{:016x}", turns::digest()) } else { String::new() };
    let summary = Summary {
        digest,
        elapsed_tb: timebase::from_ns(p.now_ns() as u64),
        instructions,
        corrections,
        corrections_of_threads,
        findings: lint::found(p),
        lost_events: 0,
        outside: p.outside.load(Relaxed),
    };
    let seconds = timebase::to_s(summary.elapsed_tb);
    let digest = p.recorder.finish(summary);
    if p.is_exact() {
        say(format_args!("{seconds:.6} s of model time, digest {digest}"));
    }
}
