// SPDX-License-Identifier: GPL-2.0-or-later
//! `p8smt report`: where every hardware thread's time went, from a recording alone.

mod build;
mod contract;
mod csv;
mod html;
mod text;
mod timeline;
mod words;

pub use build::{Reported, replay};
pub use contract::{Cedes, Core, IpiCounts, Naps, OutsideEvent, Report, Run, SCHEMA, Thread};
pub use timeline::{Drawn, Lane, Timeline};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use cpu_model::recording::{FILE_NAME, Recording};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// What `p8smt report` is told.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The directory that `p8smt run --out` wrote to, or the recording in it.
    #[arg(value_name = "DIR")]
    recording: PathBuf,
    /// How to write it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Where to write it, instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Tables for a terminal of 120 columns.
    Text,
    /// The contract that scripts/REPORT.md documents.
    Json,
    /// One self-contained page with bars and a timeline.
    Html,
    /// One value a row: core, thread, metric, key, value.
    Csv,
}

/// Makes the report that `args` ask for.
///
/// # Errors
/// Where there is no recording, it cannot be read, or the report cannot be written: says which and why.
pub fn run(args: &Args) -> Result<()> {
    let file = find(&args.recording)?;
    let bytes = std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let out = render(&bytes, args.format).with_context(|| file.display().to_string())?;
    match &args.output {
        Some(path) => std::fs::write(path, out).with_context(|| format!("cannot write {}", path.display())),
        None => crate::format::print(out.as_bytes()),
    }
}

/// The report of a recording's bytes.
///
/// # Errors
/// Where the recording cannot be read.
pub fn render(bytes: &[u8], format: Format) -> Result<String> {
    let reported = replay(&Recording::new(bytes)?)?;
    match format {
        Format::Text => Ok(text::render(&reported.report)),
        Format::Json => Ok(serde_json::to_string_pretty(&reported.report)? + "\n"),
        Format::Html => Ok(html::render(&reported)),
        Format::Csv => csv::render(&reported.report),
    }
}

/// The recording that a path names: itself, or the one in that directory.
fn find(path: &Path) -> Result<PathBuf> {
    let meta = match std::fs::metadata(path) {
        Ok(meta) => meta,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            bail!("{}: no such directory; give the one that `p8smt run --out DIR` wrote to", path.display())
        }
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    if !meta.is_dir() {
        return Ok(path.to_owned());
    }
    let file = path.join(FILE_NAME);
    if !file.is_file() {
        bail!("{}: no {FILE_NAME} in it; give the one that `p8smt run --out DIR` wrote to", path.display());
    }
    Ok(file)
}
