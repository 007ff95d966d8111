// SPDX-License-Identifier: GPL-2.0-or-later
//! `p8smt setup`: everything that a run needs, built or found, and listed in `target/p8smt/artifacts.json`.

mod added;
mod apt;
mod cache;
mod command;
mod fault;
mod image;
mod kernel;
mod key;
mod programs;
mod progress;
mod qemu;
mod retry;

use crate::artifacts::{Artifacts, root};
use crate::progress::say;
use anyhow::{Result, bail};
use cache::Cache;
use fault::Fault;
use progress::Step;
use std::path::{Path, PathBuf};
use std::time::Instant;

const ENVIRONMENT: &str = "\
Environment:
  P8SMT_QEMU        qemu-system-ppc64 to use; it must accept plugin API 7 (QEMU 11.1) [default: the one on PATH if
                    it does, else Debian's, unpacked into the cache]
  P8SMT_KERNEL_SRC  Linux source for the host kernels, a folder or an archive [default: Debian's linux-source-6.12]
  P8SMT_DEBIAN      Debian archive to download from [default: the one that apt is configured for]
  XDG_CACHE_HOME    what is downloaded and built is kept in p8smt below it [default: ~/.cache]";

/// What setup is asked for.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(after_help = ENVIRONMENT)]
pub struct Options {
    /// A host kernel to build besides `stock`: `stock-NAME` for images/kernel/NAME.config; `patched` and `patched-NAME`
    /// with the series of kernel-patches, `patched-off` with what it adds left out, `patched-bugs` with the mistakes of
    /// tests/kernel, for tests
    #[arg(long = "kernel", value_name = "NAME")]
    pub kernels: Vec<String>,
    /// Processes that build a kernel at once [default: as many as there are processors]
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub jobs: Option<u32>,
    /// Print the list of what is set up and do nothing else
    #[arg(long)]
    pub print: bool,
}

/// What all steps need.
#[derive(Debug)]
struct Env {
    root: PathBuf,
    cache: Cache,
    jobs: u32,
    /// Whether there was anything to do.
    worked: bool,
}

impl Env {
    fn begin(&mut self, name: &str) -> Result<Step> {
        self.worked = true;
        Step::begin(&self.cache, name)
    }
}

/// Prints the list, or does what is missing, says how long it took, and lists all of it.
///
/// # Errors
/// What failed, and what a person can do about it.
pub fn run(options: &Options) -> Result<()> {
    if options.print {
        println!("{}", serde_json::to_string_pretty(&Artifacts::load(&root())?)?);
        return Ok(());
    }
    set_up(options).map_err(|error| match Fault::in_error(&error) {
        Some(fault) => error.context(fault),
        None => error,
    })
}

fn set_up(options: &Options) -> Result<()> {
    let begun = Instant::now();
    let processors = std::thread::available_parallelism().map_or(1, |n| n.get() as u32);
    let jobs = options.jobs.unwrap_or(processors);
    let root = root();
    kernel::check(&root, &options.kernels)?;
    let mut env = Env { root, cache: Cache::open()?, jobs, worked: false };
    let qemu = qemu::find(&mut env)?;
    let source = kernel::Source::find(&mut env)?;
    let initrd = image::host(&mut env)?;
    let artifacts = Artifacts {
        qemu,
        kernels: kernel::all(&mut env, &source, &options.kernels, &initrd)?,
        initrd,
        plugin: plugin(&env.root)?,
    };
    artifacts.store(&env.root)?;
    env.cache.tidy()?;
    let did = if env.worked { "done" } else { "nothing to do" };
    say!("setup: {did}, {}; {}", progress::time(begun.elapsed()), artifacts.qemu.version);
    Ok(())
}

/// Builds the host's initramfs of the clone at `root`, with `cache` as the folder that keeps things, and gives
/// back the file. Nothing is listed: what runs use stays as it is.
///
/// # Errors
/// What failed, as for [`run`].
pub fn image(root: &Path, cache: &Path) -> Result<PathBuf> {
    let cache = Cache::open_at(cache.to_owned())?;
    image::host(&mut Env { root: root.to_owned(), cache, jobs: 1, worked: false })
}

/// The plugin, which cargo has built beside this command.
fn plugin(root: &Path) -> Result<PathBuf> {
    let plugin = root.join("target/release/libp8smt.so");
    if !plugin.is_file() {
        bail!("{}: not there; scripts/setup builds it", plugin.display());
    }
    Ok(plugin)
}
