// SPDX-License-Identifier: GPL-2.0-or-later
//! How commands that print a table or data are told which, and how they print it.

use anyhow::{Context, Result};
use clap::ValueEnum;
use std::io::{ErrorKind, Write};

/// How the result is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table.
    Text,
    /// JSON.
    Json,
}

/// Prints it to standard output. Whoever reads may have seen enough (`| head`).
///
/// # Errors
/// Where it cannot be written for another reason.
pub(crate) fn print(bytes: &[u8]) -> Result<()> {
    match std::io::stdout().write_all(bytes) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other.context("cannot write to standard output"),
    }
}
