// SPDX-License-Identifier: GPL-2.0-or-later
//! Objects of the last build of a user's tree, so that a small change is a short build.

use anyhow::{Context, Result};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// A file in the objects, as old as the beginning of their last build. It holds what series that had.
const BEGUN: &str = "p8smt-begun";

/// Objects that stay from one build to the next.
#[derive(Debug)]
pub struct Objects {
    kept: PathBuf,
    series: String,
}

impl Objects {
    /// Those that are kept in this folder, if there are any, for a build with this series (a hash; or none, empty).
    pub fn kept_in(kept: PathBuf, series: &str) -> Objects {
        Objects { kept, series: series.to_owned() }
    }

    /// Moves them to `to`, unless make could take one of them for newer than its source. They are not in their folder
    /// while they are in use, so that a build that was killed leaves none there.
    ///
    /// # Errors
    /// Where they cannot be moved.
    pub fn take(&self, source: &Path, to: &Path) -> Result<()> {
        if self.kept.exists() {
            let cannot = || format!("{}: cannot move", self.kept.display());
            fs::rename(&self.kept, to).with_context(cannot)?;
            let begun = to.join(BEGUN);
            let same_series = fs::read_to_string(&begun).is_ok_and(|series| series == self.series);
            if !same_series || !make_sees_what_changed(source, &begun) {
                fs::remove_dir_all(to).with_context(|| format!("{}: cannot remove", to.display()))?;
            }
        }
        fs::create_dir_all(to).with_context(|| format!("{}: cannot make this folder", to.display()))?;
        let begun = to.join(BEGUN);
        fs::write(&begun, &self.series).with_context(|| format!("{}: cannot write", begun.display()))
    }

    /// Keeps them for the next build.
    ///
    /// # Errors
    /// Where they cannot be moved.
    pub fn keep(&self, from: &Path) -> Result<()> {
        fs::rename(from, &self.kept).with_context(|| format!("{}: cannot move", self.kept.display()))
    }
}

/// Whether every file that has changed since then looks newer to make as well: it goes by the time of modification,
/// which is an old one for a file that was moved or unpacked there. The time of change tells.
fn make_sees_what_changed(source: &Path, begun: &Path) -> bool {
    let Ok(begun) = fs::metadata(begun) else { return false };
    let begun = (begun.mtime(), begun.mtime_nsec());
    walkdir::WalkDir::new(source).into_iter().filter_entry(|entry| entry.file_name() != ".git").all(|entry| {
        let Ok(meta) = entry.and_then(|entry| entry.metadata()) else { return false };
        let changed = (meta.ctime(), meta.ctime_nsec());
        meta.is_dir() || changed < begun || (meta.mtime(), meta.mtime_nsec()) >= begun
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::time::{Duration, SystemTime};

    #[test]
    fn objects_are_not_trusted_after_a_change_that_make_does_not_see() {
        let dir = tempfile::tempdir().unwrap();
        let [source, kept, used] = ["source", "kept", "used"].map(|name| dir.path().join(name));
        fs::create_dir(&source).unwrap();
        fs::write(source.join("a.c"), "").unwrap();
        let build_with = |series| {
            let objects = Objects::kept_in(kept.clone(), series);
            objects.take(&source, &used).unwrap();
            assert!(!kept.exists());
            let again = used.join("a.o").exists();
            fs::write(used.join("a.o"), "").unwrap();
            objects.keep(&used).unwrap();
            again
        };
        let build = || build_with("");
        assert!(!build());
        assert!(build());
        fs::write(source.join("a.c"), "changed").unwrap();
        assert!(build());
        let old = File::options().append(true).open(source.join("a.c")).unwrap();
        old.set_modified(SystemTime::now() - Duration::from_secs(3600)).unwrap();
        assert!(!build());
        assert!(build());
        assert!(!build_with("a series"));
        assert!(build_with("a series"));
        assert!(!build());
    }
}
