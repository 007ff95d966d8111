// SPDX-License-Identifier: GPL-2.0-or-later
//! The `p8smt` command.
#![forbid(unsafe_code)]

fn main() {}
