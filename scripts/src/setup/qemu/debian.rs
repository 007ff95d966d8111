// SPDX-License-Identifier: GPL-2.0-or-later
//! Debian's QEMU in a folder of its own, started by the loader and with the libraries that it was built for.

use super::super::Env;
use super::super::apt::Set;
use anyhow::{Result, bail};
use std::path::{Path, PathBuf};

/// The releases that have a QEMU with the plugin API that the plugin speaks.
pub const SUITES: [&str; 3] = ["trixie", "trixie-updates", "trixie-backports"];

/// Gets it, from the cache or from the archive; returns how it is started.
///
/// # Errors
/// What is wrong with the archive, the disk, or the processor, which must be an x86-64 one.
pub fn command(env: &mut Env) -> Result<Vec<String>> {
    if !cfg!(target_arch = "x86_64") {
        bail!("Debian's QEMU can be unpacked on x86-64 only: name a QEMU of your own in P8SMT_QEMU");
    }
    let set = Set {
        architecture: "amd64".to_owned(),
        suites: SUITES.map(String::from).into(),
        prefer: Some("trixie-backports".to_owned()),
        packages: vec!["qemu-system-ppc".to_owned()],
        leave_out: ["usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/bug", "var"]
            .map(String::from)
            .into(),
    };
    let prefix = set.unpacked(env, "QEMU")?;
    started_in(&prefix)
}

fn started_in(prefix: &Path) -> Result<Vec<String>> {
    let libraries = prefix.join("usr/lib/x86_64-linux-gnu");
    let loader = libraries.join("ld-linux-x86-64.so.2");
    let program = prefix.join("usr/bin/qemu-system-ppc64");
    for path in [&loader, &program, &prefix.join("usr/share/qemu/skiboot.lid")] {
        if !path.is_file() {
            bail!(
                "{}: not in Debian's packages any more; name a QEMU of your own in P8SMT_QEMU",
                path.display()
            );
        }
    }
    let text = |path: PathBuf| path.to_string_lossy().into_owned();
    Ok(vec![
        text(loader),
        "--library-path".to_owned(),
        text(libraries),
        text(program),
        "-L".to_owned(),
        text(prefix.join("usr/share/qemu")),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folder_without_the_loader_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let error = started_in(dir.path()).unwrap_err();
        assert!(error.to_string().contains("ld-linux-x86-64.so.2"), "{error}");
    }
}
