// SPDX-License-Identifier: GPL-2.0-or-later
//! The parts of the `p8smt` command.
#![forbid(unsafe_code)]

pub mod artifacts;
pub mod badness;
pub mod bench;
pub mod conform;
pub mod deviations;
pub mod format;
mod progress;
pub mod protocol;
pub mod repeat;
pub mod report;
pub mod run;
pub mod setup;
mod table;
