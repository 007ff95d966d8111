// SPDX-License-Identifier: GPL-2.0-or-later
//! Permissions of the architecture as tests of software: it must bear what POWER8 may do (`lose=`, `jitter`), and is told
//! where it does what POWER8 does not promise to bear (`lint`).

pub mod jitter;
pub mod lint;
pub mod lose;
