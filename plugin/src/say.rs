// SPDX-License-Identifier: GPL-2.0-or-later
//! What the plugin says on standard error.

use std::fmt::Display;
use std::io::Write;

/// A line. Where it cannot be written, on a full disk for instance, the run goes on without it: `eprintln!` would panic, in
/// QEMU.
pub fn say(line: impl Display) {
    let _ = writeln!(std::io::stderr(), "p8smt: {line}");
}
