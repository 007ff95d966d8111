// SPDX-License-Identifier: GPL-2.0-or-later
//! What `scripts/setup` has built and where it is: written by setup, read by every other command.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The workspace that this command was built from.
pub fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package).to_owned()
}

/// Everything a run needs. Stands in `target/p8smt/artifacts.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Artifacts {
    /// The emulator.
    pub qemu: Qemu,
    /// `libp8smt.so`.
    pub plugin: PathBuf,
    /// Host kernels by name: `stock`, and variants such as `stock-debug`.
    pub kernels: BTreeMap<String, Kernel>,
    /// The host's initramfs, which holds the VMMs, the guest's kernel and its initramfs.
    pub initrd: PathBuf,
}

/// An emulator that can be started.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Qemu {
    /// Program and first arguments (a private loader and its library path, `-L` and the firmware folder).
    pub command: Vec<String>,
    /// As it names itself, `QEMU emulator version 11.1.3 (Debian …)`.
    pub version: String,
    /// The plugin API versions that it accepts, lowest and highest.
    pub plugin_api: (u32, u32),
}

/// A host kernel.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kernel {
    /// The stripped `vmlinux`.
    pub image: PathBuf,
    /// Its `System.map`.
    pub symbols: PathBuf,
    /// `6.12.y` as in its Makefile.
    pub version: String,
    /// The host's initramfs with this kernel's modules, if it has some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initrd: Option<PathBuf>,
}

impl Artifacts {
    /// Where they are listed, below the workspace's root.
    pub fn list(root: &Path) -> PathBuf {
        root.join("target/p8smt/artifacts.json")
    }

    /// Reads the list.
    ///
    /// # Errors
    /// Where there is none yet, or it is of another version: says that `scripts/setup` makes it.
    pub fn load(root: &Path) -> Result<Artifacts> {
        let list = Artifacts::list(root);
        let text = std::fs::read_to_string(&list)
            .with_context(|| format!("{}: nothing is set up yet, run scripts/setup", list.display()))?;
        serde_json::from_str(&text)
            .with_context(|| format!("{}: not a list of this version, run scripts/setup", list.display()))
    }

    /// Writes the list, so that a reader sees the old or the new one.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub fn store(&self, root: &Path) -> Result<()> {
        let list = Artifacts::list(root);
        let write = || -> Result<()> {
            let dir = list.parent().context("no folder")?;
            std::fs::create_dir_all(dir)?;
            let file = tempfile::NamedTempFile::new_in(dir)?;
            std::fs::write(file.path(), serde_json::to_string_pretty(self)? + "\n")?;
            file.persist(&list)?;
            Ok(())
        };
        write().with_context(|| format!("{}: cannot write", list.display()))
    }
}
