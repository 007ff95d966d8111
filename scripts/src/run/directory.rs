// SPDX-License-Identifier: GPL-2.0-or-later
//! The output directory of a run.

use super::qemu::CONSOLE;
use anyhow::{Context, Result, bail};
use cpu_model::recording;
use rustix::fs::{FlockOperation, flock};
use std::fs::{self, File};
use std::io::ErrorKind;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// What QEMU and the plugin print.
pub const LOG: &str = "qemu.log";

/// A directory that one run alone writes to, for as long as this lives.
#[derive(Debug)]
pub struct Directory {
    /// Its absolute path.
    pub path: PathBuf,
    /// The console's file, empty; holds the lock.
    console: File,
}

impl Directory {
    /// Takes `path`, which is new, empty, or of an earlier run, whose files it removes.
    ///
    /// # Errors
    /// Where it holds anything else, or another run writes to it, or cannot be written.
    pub fn take(path: &Path) -> Result<Directory> {
        fs::create_dir_all(path).with_context(|| format!("cannot make {}", path.display()))?;
        let path = path.canonicalize().with_context(|| path.display().to_string())?;
        let names = fs::read_dir(&path)
            .and_then(|entries| entries.map(|e| Ok(e?.file_name())).collect::<Result<Vec<_>, _>>())
            .with_context(|| format!("cannot read {}", path.display()))?;
        if !names.is_empty() && !names.iter().any(|n| n == CONSOLE) {
            bail!("--out {}: holds something else than an earlier run", path.display());
        }
        let console = path.join(CONSOLE);
        let file = File::options().read(true).append(true).create(true).open(&console);
        let file = file.with_context(|| format!("cannot write {}", console.display()))?;
        if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            bail!("--out {}: another run writes to it", path.display());
        }
        file.set_len(0).with_context(|| console.display().to_string())?;
        for old in [recording::FILE_NAME, LOG] {
            match fs::remove_file(path.join(old)) {
                Err(e) if e.kind() != ErrorKind::NotFound => {
                    return Err(e).with_context(|| format!("cannot remove {}", path.join(old).display()));
                }
                _ => {}
            }
        }
        Ok(Directory { path, console: file })
    }

    /// Takes a new directory `NAME-1`, `NAME-2`, … in `parent` and lets `latest` point to it.
    ///
    /// # Errors
    /// Where none can be made.
    pub fn fresh(parent: &Path, name: &str) -> Result<Directory> {
        fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
        let mut number = 1;
        let path = loop {
            let path = parent.join(format!("{name}-{number}"));
            match fs::create_dir(&path) {
                Ok(()) => break path,
                Err(e) if e.kind() == ErrorKind::AlreadyExists => number += 1,
                Err(e) => return Err(e).with_context(|| format!("cannot make {}", path.display())),
            }
        };
        let directory = Directory::take(&path)?;
        // Renamed into place, so that `latest` always points somewhere; losing that race to another run is fine.
        let link = path.join(".latest");
        symlink(directory.path.file_name().unwrap_or_default(), &link)
            .and_then(|()| fs::rename(&link, parent.join("latest")))
            .with_context(|| format!("cannot make {}", parent.join("latest").display()))?;
        Ok(directory)
    }

    /// The console's file, for reading.
    ///
    /// # Errors
    /// Where it cannot be opened.
    pub fn console(&self) -> Result<File> {
        self.console.try_clone().context("cannot open the console's file again")
    }

    /// The first error that the plugin has logged.
    pub fn first_error(&self) -> Option<String> {
        let log = fs::read(self.path.join(LOG)).unwrap_or_default();
        String::from_utf8_lossy(&log).lines().find_map(|l| l.trim().strip_prefix("ERROR ").map(str::to_owned))
    }

    /// The last line that QEMU or the plugin printed and that tells why it ended, or empty.
    pub fn last_log_line(&self) -> String {
        let log = fs::read(self.path.join(LOG)).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines = || log.lines().rev().map(str::trim).filter(|l| !l.is_empty() && !l.contains("warning: "));
        // A plugin that refuses has said why just before.
        let reason = lines().find(|l| !l.contains("Could not load plugin"));
        reason.or_else(|| lines().next()).unwrap_or_default().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fresh_directories_are_numbered_and_latest_follows() {
        let parent = tempfile::tempdir().unwrap();
        let one = Directory::fresh(parent.path(), "kvm").unwrap();
        let two = Directory::fresh(parent.path(), "kvm").unwrap();
        assert!(one.path.ends_with("kvm-1"));
        assert!(two.path.ends_with("kvm-2"));
        assert_eq!(parent.path().join("latest").canonicalize().unwrap(), two.path);
    }

    #[test]
    fn an_earlier_run_is_replaced() {
        let out = tempfile::tempdir().unwrap();
        fs::write(out.path().join(CONSOLE), "old").unwrap();
        fs::write(out.path().join(recording::FILE_NAME), "old").unwrap();
        let directory = Directory::take(out.path()).unwrap();
        assert_eq!(directory.console().unwrap().metadata().unwrap().len(), 0);
        assert!(!out.path().join(recording::FILE_NAME).exists());
    }

    #[test]
    fn anything_else_is_left_alone() {
        let out = tempfile::tempdir().unwrap();
        fs::write(out.path().join("thesis.tex"), "years").unwrap();
        let error = Directory::take(out.path()).unwrap_err().to_string();
        assert!(error.ends_with("holds something else than an earlier run"), "{error}");
    }

    #[test]
    fn the_log_ends_with_what_matters() {
        let out = tempfile::tempdir().unwrap();
        let directory = Directory::take(out.path()).unwrap();
        assert_eq!(directory.last_log_line(), "");
        let log = "qemu: bad option\nqemu: warning: no PNOR\n\n";
        fs::write(out.path().join(LOG), log).unwrap();
        assert_eq!(directory.last_log_line(), "qemu: bad option");
        let refused = "qemu: Could not load plugin libp8smt.so: error code 1\n";
        fs::write(out.path().join(LOG), refused).unwrap();
        assert_eq!(directory.last_log_line(), refused.trim());
        fs::write(out.path().join(LOG), format!("p8smt: option 'x': none\n{refused}")).unwrap();
        assert_eq!(directory.last_log_line(), "p8smt: option 'x': none");
    }

    #[test]
    fn two_runs_do_not_share_a_directory() {
        let out = tempfile::tempdir().unwrap();
        let _first = Directory::take(out.path()).unwrap();
        let error = Directory::take(out.path()).unwrap_err().to_string();
        assert!(error.ends_with("another run writes to it"), "{error}");
    }
}
