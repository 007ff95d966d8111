// SPDX-License-Identifier: GPL-2.0-or-later
//! A recording as a run would leave it, without a run: eight threads boot, seven go offline, and a guest
//! of four threads is entered again and again.

mod script;
mod writer;

pub use script::{Shape, record};
#[allow(unused_imports, reason = "not every test needs the writer itself")]
pub use writer::Writer;
