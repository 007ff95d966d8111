// SPDX-License-Identifier: GPL-2.0-or-later
//! How commands that print a table or data are told which.

use clap::ValueEnum;

/// How the result is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table.
    Text,
    /// JSON.
    Json,
}
