// SPDX-License-Identifier: GPL-2.0-or-later
//! A copy of a user's tree that the series is applied to: the tree itself stays as it is.

use super::super::command::command;
use super::super::progress::Step;
use anyhow::{Context, Result};
use std::ffi::OsString;
use std::fs::{self, File};
use std::path::Path;

/// Copies a tree to the folder `to`, all but what git keeps for itself, files as old as they are.
///
/// # Errors
/// Where it cannot be read or written.
pub fn tree(from: &Path, to: &Path, step: &Step) -> Result<()> {
    step.doing("copying the source");
    fs::create_dir_all(to).with_context(|| format!("{}: cannot make this folder", to.display()))?;
    let mut words = ["--archive", "--reflink=auto", "--target-directory"].map(OsString::from).to_vec();
    words.extend([to.into(), "--".into()]);
    for entry in fs::read_dir(from).with_context(|| format!("{}: cannot read", from.display()))? {
        let entry = entry.with_context(|| format!("{}: cannot read", from.display()))?;
        if entry.file_name() != ".git" {
            words.push(entry.path().into());
        }
    }
    step.run("cp", &command("cp", words)).with_context(|| format!("{}: cannot be copied", from.display()))
}

/// Makes each file of the copy as old as the tree's. For make, one that has been patched has changed only if the tree's
/// has; and one that is not in the tree has not (with another series, nothing of the last build is used).
///
/// # Errors
/// Where a time cannot be read or set.
pub fn keep_times(from: &Path, copy: &Path) -> Result<()> {
    let at = |path: &Path| fs::metadata(path).and_then(|meta| meta.modified());
    let old = at(&from.join("Makefile")).with_context(|| format!("{}: cannot read", from.display()))?;
    for entry in walkdir::WalkDir::new(copy) {
        let entry = entry.with_context(|| format!("{}: cannot read", copy.display()))?;
        if !entry.file_type().is_file() {
            continue;
        }
        let path = entry.path();
        let theirs = at(&from.join(path.strip_prefix(copy).unwrap_or(path))).unwrap_or(old);
        let set = || -> std::io::Result<()> {
            if at(path)? != theirs {
                File::open(path)?.set_modified(theirs)?;
            }
            Ok(())
        };
        set().with_context(|| format!("{}: cannot set its time", path.display()))?;
    }
    Ok(())
}
