// SPDX-License-Identifier: GPL-2.0-or-later
//! A series of patches: a file `series` that lists them, one a line, `#` before a comment.

use super::super::command::{Failed, command, run};
use super::super::key::Key;
use super::super::progress::Step;
use anyhow::{Context, Result, ensure};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// The file that lists them.
const LIST: &str = "series";

/// Patches, in the order in which they are applied.
#[derive(Clone, Debug)]
pub struct Series {
    patches: Vec<PathBuf>,
    content: String,
}

/// The entries of a list, one a line, `#` before a comment.
pub fn entries(text: &str) -> impl Iterator<Item = &str> {
    let entries = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    entries.filter(|entry| !entry.is_empty())
}

impl Series {
    /// The series in a folder; `None` where there is none, or an empty one.
    ///
    /// # Errors
    /// Where the list names what is no patch or is not there.
    pub fn read(dir: &Path) -> Result<Option<Series>> {
        let list = dir.join(LIST);
        if !list.exists() {
            return Ok(None);
        }
        let text = fs::read_to_string(&list).with_context(|| format!("{}: cannot read", list.display()))?;
        let mut patches = Vec::new();
        let mut key = Key::new();
        for name in entries(&text) {
            ensure!(
                name.ends_with(".patch") && !name.contains(['/', ' ', '\t']),
                "{}: '{name}' is not the name of a file NAME.patch beside it",
                list.display()
            );
            let patch = dir.join(name);
            key = key.part("name", name).file("patch", &patch).with_context(|| list.display().to_string())?;
            patches.push(patch);
        }
        Ok((!patches.is_empty()).then(|| Series { patches, content: key.name() }))
    }

    /// These patches, then those of `other`.
    pub fn followed_by(&self, other: Series) -> Series {
        let content = Key::new().part("first", &self.content).part("then", &other.content).name();
        Series { patches: self.patches.iter().cloned().chain(other.patches).collect(), content }
    }

    /// The patches' file names.
    #[cfg(test)]
    pub fn names(&self) -> Vec<String> {
        self.patches.iter().map(|patch| patch.file_name().unwrap().to_string_lossy().into_owned()).collect()
    }

    /// A hash of the patches' names and bytes.
    pub fn content(&self) -> &str {
        &self.content
    }

    /// Applies all of it to the source in `folder`, which is of `version`.
    ///
    /// # Errors
    /// Names the first patch that does not apply as it stands (at another line, yes; to other lines, no).
    pub fn apply(&self, folder: &Path, version: &str, step: &Step) -> Result<()> {
        step.doing("applying the series");
        for patch in &self.patches {
            let words =
                ["--batch", "--forward", "--fuzz=0", "--strip=1", "--no-backup-if-mismatch", "--input"];
            let words = words.map(OsString::from).into_iter().chain([patch.into()]);
            let mut why = None;
            let patched = run("patch", &command("patch", words).dir(folder), step.log(), |line| {
                if why.is_none() && is_refusal(line) {
                    why = Some(line.trim_end_matches('.').to_owned());
                }
            });
            let Err(error) = patched else { continue };
            // A full disk is no patch's fault.
            match error.downcast_ref::<Failed>() {
                Some(Failed { fault: None, log, status, .. }) => anyhow::bail!(
                    "{}: does not apply to Linux {version}: {}; all that patch said: {}",
                    patch.display(),
                    why.unwrap_or_else(|| status.clone()),
                    log.display()
                ),
                _ => return Err(error),
            }
        }
        Ok(())
    }
}

/// Whether a line of patch's output says why it fails.
fn is_refusal(line: &str) -> bool {
    const PHRASES: [&str; 6] = [
        "FAILED at",
        "can't find file",
        "malformed patch",
        "Reversed (or previously applied)",
        "already exists",
        "Only garbage",
    ];
    PHRASES.iter().any(|phrase| line.contains(phrase))
}

#[cfg(test)]
mod tests {
    use super::super::copy;
    use super::*;
    use crate::setup::cache::Cache;
    use std::fs::File;
    use std::time::{Duration, SystemTime};

    const CHANGE: &str = "--- a/file.c\n+++ b/file.c\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n";
    const NEW: &str = "--- /dev/null\n+++ b/new/file.c\n@@ -0,0 +1 @@\n+new\n";

    /// A folder with a source, a series, and room for what else a test makes.
    fn room(list: &str) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("source")).unwrap();
        for (name, text) in [
            ("source/Makefile", "VERSION = 6\n"),
            ("source/file.c", "one\ntwo\nthree\n"),
            ("series", list),
            ("1.patch", CHANGE),
            ("2.patch", NEW),
        ] {
            fs::write(dir.path().join(name), text).unwrap();
        }
        dir
    }

    fn step(dir: &tempfile::TempDir) -> Step {
        let cache = Cache::open_at(dir.path().join("cache")).unwrap();
        Step::begin(&cache, "kernel patched").unwrap()
    }

    fn read(dir: &Path) -> Series {
        Series::read(dir).unwrap().unwrap()
    }

    #[test]
    fn a_list_without_patches_is_no_series() {
        assert!(Series::read(&room("# later\n\n").path().join("none")).unwrap().is_none());
        assert!(Series::read(room("# later\n\n").path()).unwrap().is_none());
    }

    #[test]
    fn names_order_and_bytes_tell_series_apart() {
        let both = room("1.patch\n# then\n2.patch # new\n");
        let content = read(both.path()).content;
        assert_eq!(read(room("1.patch\n2.patch").path()).content, content);
        assert_ne!(read(room("2.patch\n1.patch").path()).content, content);
        assert_ne!(read(room("1.patch").path()).content, content);
        fs::rename(both.path().join("2.patch"), both.path().join("3.patch")).unwrap();
        fs::write(both.path().join("series"), "1.patch\n3.patch\n").unwrap();
        assert_ne!(read(both.path()).content, content);
        let both = room("1.patch\n2.patch\n");
        fs::write(both.path().join("2.patch"), NEW.replace("+new", "+gnu")).unwrap();
        assert_ne!(read(both.path()).content, content);
    }

    #[test]
    fn what_is_not_a_patch_beside_the_list_is_named() {
        let error = |list| format!("{:#}", Series::read(room(list).path()).unwrap_err());
        assert!(
            error("../1.patch")
                .ends_with("series: '../1.patch' is not the name of a file NAME.patch beside it")
        );
        assert!(error("1.patch -p0").contains("'1.patch -p0' is not the name"));
        assert!(error("3.patch").contains("3.patch: cannot read"), "{}", error("3.patch"));
    }

    #[test]
    fn a_patch_that_does_not_apply_is_named_with_the_version() {
        let dir = room("2.patch\n1.patch\n");
        let source = dir.path().join("source");
        // Fuzz would let this pass: the context is not what the patch says.
        fs::write(source.join("file.c"), "uno\ntwo\nthree\n").unwrap();
        let error = read(dir.path()).apply(&source, "6.12.117", &step(&dir)).unwrap_err().to_string();
        let start = dir.path().join("1.patch").display().to_string()
            + ": does not apply to Linux 6.12.117: Hunk #1 FAILED at 1; all that";
        assert!(error.starts_with(&start), "{error}");
        assert!(error.ends_with("kernel-patched.log") && error.lines().count() == 1, "{error}");
    }

    #[test]
    fn a_users_tree_stays_and_its_copy_looks_as_old() {
        let dir = room("1.patch\n2.patch\n");
        let (theirs, ours) = (dir.path().join("source"), dir.path().join("copy"));
        fs::create_dir(theirs.join(".git")).unwrap();
        let old = SystemTime::now() - Duration::from_secs(3600);
        for name in ["file.c", "Makefile"] {
            File::open(theirs.join(name)).unwrap().set_modified(old).unwrap();
        }
        let step = step(&dir);
        copy::tree(&theirs, &ours, &step).unwrap();
        read(dir.path()).apply(&ours, "6.12.117", &step).unwrap();
        copy::keep_times(&theirs, &ours).unwrap();
        assert_eq!(fs::read_to_string(theirs.join("file.c")).unwrap(), "one\ntwo\nthree\n");
        assert_eq!(fs::read_to_string(ours.join("file.c")).unwrap(), "one\n2\nthree\n");
        assert!(!theirs.join("new").exists() && !ours.join(".git").exists());
        for name in ["file.c", "Makefile", "new/file.c"] {
            let modified = fs::metadata(ours.join(name)).unwrap().modified().unwrap();
            assert_eq!(modified, old, "{name}");
        }
    }
}
