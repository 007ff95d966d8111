// SPDX-License-Identifier: GPL-2.0-or-later
//! What QEMUs have said of themselves, by the file that said it.

use super::super::cache::Cache;
use super::super::key::Key;
use crate::artifacts::Qemu;
use anyhow::{Context, Result};
use std::fs;
use std::os::unix::fs::MetadataExt;

/// What `ask` says of the QEMU started by `command`: remembered for as long as none of the files named in it changes.
pub fn or_ask(
    cache: &Cache,
    command: Vec<String>,
    ask: impl FnOnce(&[String]) -> Result<Qemu>,
) -> Result<Qemu> {
    let mut key = Key::new();
    for word in &command {
        key = key.part("word", word);
        if let Ok(meta) = fs::metadata(word) {
            let state = format!("{} {} {}.{}", meta.ino(), meta.size(), meta.ctime(), meta.ctime_nsec());
            key = key.part("state", state);
        }
    }
    let key = key.name();
    if let Some(path) = cache.finished("qemu", &key)
        && let Ok(text) = fs::read_to_string(path.join("qemu.json"))
        && let Ok(qemu) = serde_json::from_str(&text)
    {
        return Ok(qemu);
    }
    let qemu = ask(&command)?;
    let text = serde_json::to_string_pretty(&qemu)?;
    cache.finish("qemu", &key, |dir| {
        fs::write(dir.join("qemu.json"), text).with_context(|| format!("{}: cannot write", dir.display()))
    })?;
    Ok(qemu)
}
