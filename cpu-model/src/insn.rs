// SPDX-License-Identifier: GPL-2.0-or-later
//! The instructions that change more than their own thread's registers.

use serde::{Deserialize, Serialize};

/// The four power-saving instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PowerSaving {
    /// `doze`.
    Doze,
    /// `nap`.
    Nap,
    /// `sleep`.
    Sleep,
    /// `rvwinkle`.
    Rvwinkle,
}
