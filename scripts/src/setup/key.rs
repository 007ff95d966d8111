// SPDX-License-Identifier: GPL-2.0-or-later
//! Names for built things: a hash of all that went into them.

use anyhow::{Context, Result};
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Gathers what goes into a thing. Each part has a label and a length, so that parts cannot run into each other.
#[derive(Clone, Debug, Default)]
pub struct Key(blake3::Hasher);

impl Key {
    /// Nothing has gone in yet.
    pub fn new() -> Key {
        Key::default()
    }

    /// A part in memory.
    #[must_use]
    pub fn part(mut self, label: &str, bytes: impl AsRef<[u8]>) -> Key {
        for piece in [label.as_bytes(), bytes.as_ref()] {
            self.0.update(&(piece.len() as u64).to_le_bytes());
            self.0.update(piece);
        }
        self
    }

    /// The contents of a file.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn file(self, label: &str, path: &Path) -> Result<Key> {
        let mut hash = blake3::Hasher::new();
        let read = |hash: &mut blake3::Hasher| -> std::io::Result<()> {
            hash.update_reader(File::open(path)?)?;
            Ok(())
        };
        read(&mut hash).with_context(|| format!("{}: cannot read", path.display()))?;
        Ok(self.part(label, hash.finalize().as_bytes()))
    }

    /// All files below `dir`: names relative to it, contents, and whether they may be executed; not where `dir`
    /// is, who owns them or how old they are. What a version control system keeps for itself is left out.
    ///
    /// # Errors
    /// Where something cannot be read.
    pub fn tree(mut self, label: &str, dir: &Path) -> Result<Key> {
        self = self.part(label, "");
        for entry in files(dir) {
            let entry = entry.with_context(|| format!("{}: cannot read", dir.display()))?;
            let path = entry.path();
            let name = path.strip_prefix(dir).unwrap_or(path).as_os_str().as_bytes();
            if entry.file_type().is_symlink() {
                let target =
                    fs::read_link(path).with_context(|| format!("{}: cannot read", path.display()))?;
                self = self.part("link", name).part("to", target.as_os_str().as_bytes());
            } else {
                let executable = may_be_executed(path)?;
                self = self.part("file", name).part("executable", [u8::from(executable)]).file("is", path)?;
            }
        }
        Ok(self)
    }

    /// What `tree` would most likely change with, without reading contents: names, sizes and times of change.
    ///
    /// # Errors
    /// Where something cannot be read.
    pub fn look(mut self, label: &str, dir: &Path) -> Result<Key> {
        use std::os::unix::fs::MetadataExt;
        self = self.part(label, dir.as_os_str().as_bytes());
        for entry in files(dir) {
            let entry = entry.with_context(|| format!("{}: cannot read", dir.display()))?;
            let meta =
                entry.metadata().with_context(|| format!("{}: cannot read", entry.path().display()))?;
            // The time of change is the kernel's own, no program can set it back.
            let numbers = [meta.ino(), meta.size(), meta.ctime() as u64, meta.ctime_nsec() as u64];
            self = self.part("file", entry.path().as_os_str().as_bytes());
            self = self.part("state", numbers.map(u64::to_le_bytes).as_flattened());
        }
        Ok(self)
    }

    /// 32 hex digits.
    pub fn name(&self) -> String {
        self.0.finalize().to_hex()[..32].to_owned()
    }
}

/// Files and symbolic links below a folder, in the order of their names.
fn files(dir: &Path) -> impl Iterator<Item = walkdir::Result<walkdir::DirEntry>> {
    walkdir::WalkDir::new(dir)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| entry.file_name() != ".git")
        .filter(|entry| entry.as_ref().map_or(true, |entry| !entry.file_type().is_dir()))
}

fn may_be_executed(path: &Path) -> Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    let meta = fs::metadata(path).with_context(|| format!("{}: cannot read", path.display()))?;
    Ok(meta.permissions().mode() & 0o100 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn tree(dir: &Path) -> String {
        Key::new().tree("t", dir).unwrap().name()
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        let one = Key::new().part("a", "bc").name();
        assert_ne!(one, Key::new().part("ab", "c").name());
        assert_ne!(one, Key::new().part("a", "b").part("", "c").name());
        assert_eq!(one, Key::new().part("a", "bc").name());
    }

    #[test]
    fn tree_is_known_by_what_is_in_it_and_not_by_where_it_is() {
        let make = || {
            let dir = tempfile::tempdir().unwrap();
            fs::create_dir(dir.path().join("sub")).unwrap();
            fs::write(dir.path().join("sub/a"), "one").unwrap();
            fs::write(dir.path().join("b"), "two").unwrap();
            dir
        };
        let (here, there) = (make(), make());
        assert_eq!(tree(here.path()), tree(there.path()));

        fs::create_dir(there.path().join(".git")).unwrap();
        fs::write(there.path().join(".git/HEAD"), "x").unwrap();
        assert_eq!(tree(here.path()), tree(there.path()));

        fs::write(there.path().join("b"), "tw0").unwrap();
        let changed = tree(there.path());
        assert_ne!(tree(here.path()), changed);
        fs::rename(there.path().join("b"), there.path().join("c")).unwrap();
        let renamed = tree(there.path());
        assert_ne!(renamed, changed);
        fs::set_permissions(there.path().join("c"), fs::Permissions::from_mode(0o755)).unwrap();
        assert_ne!(tree(there.path()), renamed);
    }

    #[test]
    fn look_sees_a_file_replaced_by_one_of_the_same_size() {
        let dir = tempfile::tempdir().unwrap();
        let look = || Key::new().look("l", dir.path()).unwrap().name();
        fs::write(dir.path().join("a"), "one").unwrap();
        let first = look();
        assert_eq!(first, look());
        fs::write(dir.path().join("new"), "two").unwrap();
        fs::rename(dir.path().join("new"), dir.path().join("a")).unwrap();
        assert_ne!(first, look());
    }
}
