// SPDX-License-Identifier: GPL-2.0-or-later
//! What a run can be asked for. The same struct serves the command line and tests.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, ValueEnum};
use std::path::PathBuf;

/// What happens in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ScenarioName {
    /// The host boots, does counted work on each of its processors and powers off
    Boot,
    /// The host boots and runs KVM guests; each does counted work on each of its processors
    Kvm,
}

/// What runs in a KVM guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GuestKind {
    /// Debian's kernel, unmodified
    Debian,
    /// A counted loop on each virtual processor and nothing else: milliseconds instead of seconds
    Counter,
}

/// An older processor than the machine's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Compat {
    /// ISA 2.06, four threads to a core
    Power7,
}

/// Which hardware threads stay online in the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Online {
    /// All; for kvm, each but the first of each core has a busy process of the host while guests run
    All,
    /// The first of each core (what Linux 6.12 as released demands for KVM guests)
    Primary,
}

/// Whose time it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Time {
    /// A count of what was executed: the next run is the same to the last bit
    Exact,
    /// The host's: QEMU as it is, observed, nothing corrected
    Host,
}

/// Options of a run.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// What to do
    #[arg(value_enum, default_value = "kvm")]
    pub scenario: ScenarioName,
    /// Virtual processors of each guest, all in one virtual core
    #[arg(long, value_name = "N", default_value = "4", value_parser = powers_of_two())]
    pub guest_threads: u32,
    /// Guests, 1 to 8: Debian guests run at once, counter guests one after the other
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u32).range(1..=8))]
    pub guests: u32,
    /// Sub-cores that the host splits each core into, 1, 2 or 4 (`subcores_per_core`): each runs a guest of its own, of at
    /// most 8, 4 or 2 threads [default: 1]
    #[arg(long, value_name = "N", value_parser = PossibleValuesParser::new(["1", "2", "4"]).map(|n| n.parse::<u32>().expect("one of those")), conflicts_with_all = ["chaos", "interactive"])]
    pub subcores: Option<u32>,
    /// The processor that Debian guests are made to see instead of POWER8: power7, which has four threads at most
    #[arg(long, value_enum)]
    pub compat: Option<Compat>,
    /// What runs in a guest
    #[arg(long, value_enum, default_value = "debian")]
    pub guest: GuestKind,
    /// Counter guests of all sizes that are started, stopped and killed while CPUs, cores and KVM's controls change: so
    /// many acts, drawn from the seed, 1 to 100000. With --guest counter --online all
    #[arg(long, value_name = "ACTS", value_parser = clap::value_parser!(u32).range(1..=100_000), conflicts_with_all = ["guests", "guest_threads", "work", "interactive"])]
    pub chaos: Option<u32>,
    /// How many of a hundred acts of chaos are a device's interrupt, 1 to 90 [default: 8]
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u32).range(1..=90), requires = "chaos")]
    pub chaos_device: Option<u32>,
    /// Further acts until so many seconds of the machine's time have passed, 1 to 100000
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=100_000), requires = "chaos")]
    pub chaos_seconds: Option<u32>,
    /// Have the kernel count what it does for guests (tracepoints, debugfs) and report it, to be held against the recording
    #[arg(long, conflicts_with = "interactive")]
    pub counts: bool,
    /// Load a module of the kernel (`patched-modules`) before the guests and unload it after them, NAME[:PARAMETER=VALUE...];
    /// may be given several times
    #[arg(long = "module", value_name = "WORDS", value_parser = module, conflicts_with = "interactive")]
    pub modules: Vec<String>,
    /// Run a program of the host's image at the end, PATH[:ARGUMENT...]; may be given several times
    #[arg(long, value_name = "WORDS", value_parser = words, conflicts_with = "interactive")]
    pub exec: Vec<String>,
    /// Hardware threads that stay online in the host [default: primary for kvm, all for boot]
    #[arg(long, value_enum)]
    pub online: Option<Online>,
    /// A timer in each busy process, due so many µs after the last time, 50 to 1000000: how late it is told while guests
    /// run stands in its frame on the console, on average and at worst (`late_ns`, `latest_ns`). With --online all
    #[arg(long, value_name = "US", value_parser = clap::value_parser!(u32).range(50..=1_000_000), conflicts_with = "interactive")]
    pub host_timer: Option<u32>,
    /// Cores of eight hardware threads, 1 to 12
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u32).range(1..=12))]
    pub cores: u32,
    /// The host's memory, a whole number with M or G (MiB, GiB), 1G to 64G
    #[arg(long, value_name = "SIZE", default_value = "4G", value_parser = super::memory::parse)]
    pub memory: super::memory::Mib,
    /// How far each processor counts (each virtual one for kvm, each of the host's for boot)
    #[arg(long, value_name = "COUNT", default_value = "1000000", value_parser = clap::value_parser!(u64).range(1..=1_000_000_000_000))]
    pub work: u64,
    /// Whose time it is
    #[arg(long, value_enum, default_value = "exact")]
    pub time: Time,
    /// Seed of the order in which threads execute; 0 draws nothing. Same seed, same run
    #[arg(long, value_name = "S", default_value = "0")]
    pub seed: u64,
    /// Instructions in a turn, 100 to 1000000 [default: the plugin's]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(100..=1_000_000))]
    pub turn: Option<u64>,
    /// Corrections, separated by commas: all, then -NAME for each to leave out (all,-hdec) [default: all]
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    pub correct: Option<String>,
    /// Put a fault on a hardware thread: KIND@cpuN:WHEN[:every=N or :nth=N], as in hmi@cpu3:event=nap:every=10;
    /// may be given several times. README.md lists KIND and WHEN
    #[arg(long, value_name = "SPEC")]
    pub inject: Vec<String>,
    /// What power saving may lose is lost: gpr, spr (of the hypervisor, in sleep and rvwinkle) or all
    #[arg(long, value_name = "WHAT", value_parser = ["gpr", "spr", "all"])]
    pub lose: Option<String>,
    /// Wake-ups, doorbells and timers come late, as the seed draws
    #[arg(long)]
    pub jitter: bool,
    /// Threads of a core share its speed, and a nap takes 4 us to leave
    #[arg(long, value_name = "HOW", value_parser = ["flat", "smt"])]
    pub speed: Option<String>,
    /// Look for what POWER8 does not promise to bear, and report it
    #[arg(long)]
    pub lint: bool,
    /// QEMU alone: nothing corrected, nothing recorded but the outcome
    #[arg(long, conflicts_with_all = ["time", "turn", "correct", "inject", "lose", "jitter", "speed", "lint"])]
    pub no_plugin: bool,
    /// A shell on this terminal instead of the scenario; idle time passes in real time. Ctrl-A x ends it
    #[arg(long, conflicts_with = "verbose")]
    pub interactive: bool,
    /// Where the recording and the console go; what an earlier run left there is replaced
    /// [default: a new folder in out/, also known as out/latest]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Give up when nothing was heard for so long, in seconds of wall time, 1 to 86400. A Debian guest
    /// says nothing while it boots
    /// [default: 300, in the host's time 600]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86400))]
    pub timeout: Option<u64>,
    /// The host's kernel, by its name among what scripts/setup has built
    #[arg(long, value_name = "NAME", default_value = "stock")]
    pub kernel: String,
    /// More of the host's kernel command line, such as kvm_hv.min_slice_us=500
    #[arg(long, value_name = "WORDS", default_value = "", hide_default_value = true)]
    pub append: String,
    /// Show the console as it comes
    #[arg(short, long)]
    pub verbose: bool,
    /// Show nothing while it goes on: for those who run many
    #[arg(skip)]
    pub quiet: bool,
    /// Print the QEMU command line, to be pasted into a shell, and run nothing
    #[arg(long)]
    pub dry_run: bool,
}

impl Options {
    /// The defaults for `scenario`.
    ///
    /// ```
    /// use p8smt_scripts::run::{GuestKind, Options, ScenarioName};
    /// let options = Options { guest: GuestKind::Counter, ..Options::new(ScenarioName::Kvm) };
    /// assert_eq!(options.guest_threads, 4);
    /// ```
    pub fn new(scenario: ScenarioName) -> Options {
        #[derive(Parser)]
        struct Defaults {
            #[command(flatten)]
            options: Options,
        }
        Options { scenario, ..Defaults::parse_from(["run"]).options }
    }

    /// Which hardware threads stay online.
    pub fn online(&self) -> Online {
        self.online.unwrap_or(match self.scenario {
            ScenarioName::Boot => Online::All,
            ScenarioName::Kvm => Online::Primary,
        })
    }

    /// The longest silence, in seconds of wall time; `None` while a person is at the console.
    pub fn timeout(&self) -> Option<u64> {
        let default = if self.exact() { 300 } else { 600 };
        (!self.interactive).then(|| self.timeout.unwrap_or(default))
    }

    /// Is the run repeatable?
    pub fn exact(&self) -> bool {
        !self.no_plugin && self.time == Time::Exact
    }
}

/// A program and its arguments as the agent takes them.
fn words(text: &str) -> Result<String, String> {
    if text.starts_with('/') && text.chars().all(plain) {
        Ok(text.into())
    } else {
        Err("must begin with / and hold no blank, comma or quotation mark".into())
    }
}

/// A module and its parameters, likewise.
fn module(text: &str) -> Result<String, String> {
    let mut words = text.split(':');
    let name = words.next().is_some_and(|name| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
    });
    if name && words.all(|word| word.contains('=')) && text.chars().all(plain) {
        Ok(text.into())
    } else {
        Err("must be a module's name, and PARAMETER=VALUE behind colons, without blank or comma".into())
    }
}

fn plain(c: char) -> bool {
    c.is_ascii_graphic() && c != ',' && c != '"'
}

fn powers_of_two() -> impl TypedValueParser<Value = u32> {
    PossibleValuesParser::new(["1", "2", "4", "8"]).map(|n| n.parse().expect("one of the values above"))
}

/// The name as written on the command line.
pub(crate) fn name_of(value: impl ValueEnum) -> String {
    value.to_possible_value().map_or_else(String::new, |v| v.get_name().into())
}
