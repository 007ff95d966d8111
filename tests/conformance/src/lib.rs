// SPDX-License-Identifier: GPL-2.0-or-later
//! What POWER8 does, rule by rule: programs that run on a core's threads without firmware or an operating system, and what
//! they have to see.
#![forbid(unsafe_code)]

pub mod alone;
pub mod asm;
pub mod frame;
pub mod random;
mod rule;

pub use rule::{RULES, Rule};
