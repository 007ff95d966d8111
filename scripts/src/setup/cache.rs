// SPDX-License-Identifier: GPL-2.0-or-later
//! The folder that keeps what setup has downloaded and built, shared by every clone of this user.

use crate::progress::say;
use anyhow::{Context, Result, bail};
use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, TryLockError};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// What stands at the start of the name of a thing that is not finished.
const UNFINISHED: &str = ".unfinished-";
/// The kind of folders that are of use only until what is in them has been unpacked.
pub const DOWNLOADS: &str = "downloads";
/// How long a thing stays that no setup uses.
const UNUSED: Duration = Duration::from_secs(14 * 24 * 3600);

/// The cache, held by one setup at a time.
///
/// A finished thing is a folder `KIND/KEY`. It is made under another name and moved there when all of it is on
/// the disk, so that whatever has that name is whole. The key names all that went in, so that nothing there is
/// ever out of date.
#[derive(Debug)]
pub struct Cache {
    dir: PathBuf,
    _held: File,
}

/// `p8smt` below `$XDG_CACHE_HOME`, or below `~/.cache` where that is not an absolute path (as its specification
/// has it).
fn below(cache_home: Option<OsString>, home: Option<OsString>) -> Result<PathBuf> {
    let absolute = |path: Option<OsString>| path.map(PathBuf::from).filter(|path| path.is_absolute());
    match (absolute(cache_home), absolute(home)) {
        (Some(cache), _) => Ok(cache.join("p8smt")),
        (None, Some(home)) => Ok(home.join(".cache/p8smt")),
        (None, None) => bail!("no place to keep things: neither XDG_CACHE_HOME nor HOME is an absolute path"),
    }
}

impl Cache {
    /// Opens this user's cache; waits for another setup that is at work on it.
    ///
    /// # Errors
    /// Where the folder cannot be made or written.
    pub fn open() -> Result<Cache> {
        Cache::open_at(below(std::env::var_os("XDG_CACHE_HOME"), std::env::var_os("HOME"))?)
    }

    /// Opens the cache in a folder, likewise.
    ///
    /// # Errors
    /// Where the folder cannot be made or written.
    pub fn open_at(dir: PathBuf) -> Result<Cache> {
        let make = |dir: &Path| DirBuilder::new().recursive(true).mode(0o700).create(dir);
        make(&dir).with_context(|| format!("{}: cannot make this folder", dir.display()))?;
        let name = dir.join("lock");
        let lock = File::create(&name).with_context(|| format!("{}: cannot write", name.display()))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                say!("another setup is at work in {}: waiting for it", dir.display());
                lock.lock().with_context(|| format!("{}: cannot lock", name.display()))?;
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("{}: cannot lock", name.display()));
            }
        }
        let cache = Cache { dir, _held: lock };
        cache.sweep()?;
        Ok(cache)
    }

    /// A folder of it that is made when it is not there.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.dir.join(name);
        fs::create_dir_all(&folder)
            .with_context(|| format!("{}: cannot make this folder", folder.display()))?;
        Ok(folder)
    }

    /// Where a folder may be made that is of use to this setup alone: under the same name each time, and if this setup
    /// does not remove it, the next one does.
    ///
    /// # Errors
    /// Where the folder that it is to be in cannot be made.
    pub fn scratch(&self, kind: &str, key: &str) -> Result<PathBuf> {
        Ok(self.folder(kind)?.join(format!("{UNFINISHED}{key}")))
    }

    /// The finished thing, if it is there.
    pub fn finished(&self, kind: &str, key: &str) -> Option<PathBuf> {
        let path = self.dir.join(kind).join(key);
        // Marks it as used; a cache that cannot be written is told of where it has to be.
        let _ = File::open(&path).ok()?.set_modified(SystemTime::now());
        path.is_dir().then_some(path)
    }

    /// Makes the thing with `build`, which is given an empty folder to make it in, and returns where it is.
    /// Whatever goes wrong, nothing of it stays.
    ///
    /// # Errors
    /// What `build` says, or where the folder cannot be written.
    pub fn finish(&self, kind: &str, key: &str, build: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
        let folder = self.folder(kind)?;
        let unfinished = tempfile::Builder::new()
            .prefix(UNFINISHED)
            .tempdir_in(&folder)
            .with_context(|| format!("{}: cannot write", folder.display()))?;
        build(unfinished.path())?;
        // An archive that was unpacked into it has left its own time, which may be years ago: [`Cache::tidy`] looks at it.
        let used = File::open(unfinished.path()).and_then(|folder| folder.set_modified(SystemTime::now()));
        used.with_context(|| format!("{}: cannot write", unfinished.path().display()))?;
        to_disk(unfinished.path())?;
        let path = folder.join(key);
        if path.exists() {
            remove(&path)?;
        }
        fs::rename(unfinished.path(), &path)
            .with_context(|| format!("{}: cannot give it its name", path.display()))?;
        // Its folder has another name now: there is nothing left to remove.
        let _ = unfinished.keep();
        Ok(path)
    }

    /// Removes what is needed no more when all is done: downloads that have been unpacked, and things that no setup has
    /// used for some time (an image has 100 MB, and a change of one program makes another).
    ///
    /// # Errors
    /// Where something cannot be removed.
    pub fn tidy(&self) -> Result<()> {
        let oldest = SystemTime::now().checked_sub(UNUSED);
        for kind in folders(&self.dir)? {
            for path in folders(&kind)? {
                let used = fs::metadata(&path).and_then(|meta| meta.modified()).ok();
                let unused = used.zip(oldest).is_some_and(|(used, oldest)| used < oldest);
                if kind.ends_with(DOWNLOADS) || unused {
                    remove(&path)?;
                }
            }
        }
        Ok(())
    }

    /// Removes what a setup that was killed has left behind.
    fn sweep(&self) -> Result<()> {
        for kind in folders(&self.dir)? {
            for path in folders(&kind)? {
                if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(UNFINISHED)) {
                    fs::remove_dir_all(&path)
                        .with_context(|| format!("{}: cannot remove", path.display()))?;
                }
            }
        }
        Ok(())
    }
}

/// Takes the name away first: a thing that is half removed is not whole.
fn remove(path: &Path) -> Result<()> {
    let mut name = OsString::from(UNFINISHED);
    name.push(path.file_name().unwrap_or_default());
    let nameless = path.with_file_name(name);
    fs::rename(path, &nameless)
        .and_then(|()| fs::remove_dir_all(&nameless))
        .with_context(|| format!("{}: cannot remove", path.display()))
}

fn folders(dir: &Path) -> Result<Vec<PathBuf>> {
    let read = || -> std::io::Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(dir)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                found.push(entry.path());
            }
        }
        Ok(found)
    };
    read().with_context(|| format!("{}: cannot read", dir.display()))
}

/// A name must not survive a power cut that its contents did not: writes out the file system below `dir`.
fn to_disk(dir: &Path) -> Result<()> {
    duct::cmd("sync", [OsString::from("-f"), dir.into()])
        .run()
        .with_context(|| format!("{}: cannot be written to the disk", dir.display()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn place_follows_the_base_directory_specification() {
        let some = |path: &str| Some(OsString::from(path));
        assert_eq!(below(some("/c"), some("/h")).unwrap(), Path::new("/c/p8smt"));
        assert_eq!(below(some("relative"), some("/h")).unwrap(), Path::new("/h/.cache/p8smt"));
        assert_eq!(below(None, some("/h")).unwrap(), Path::new("/h/.cache/p8smt"));
        assert!(below(None, None).is_err());
    }

    #[test]
    fn only_whole_things_get_their_name() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::open_at(dir.path().join("p8smt")).unwrap();
        let failed = cache.finish("kind", "key", |at| {
            fs::write(at.join("half"), "x").unwrap();
            bail!("cut short")
        });
        assert_eq!(failed.unwrap_err().to_string(), "cut short");
        assert_eq!(cache.finished("kind", "key"), None);
        assert_eq!(fs::read_dir(dir.path().join("p8smt/kind")).unwrap().count(), 0);

        let path = cache.finish("kind", "key", |at| Ok(fs::write(at.join("all"), "x")?)).unwrap();
        assert_eq!(cache.finished("kind", "key"), Some(path.clone()));
        assert!(path.join("all").exists());
    }

    #[test]
    fn leftovers_of_a_killed_setup_are_swept() {
        let dir = tempfile::tempdir().unwrap();
        let left = dir.path().join("kind/.unfinished-abc");
        fs::create_dir_all(&left).unwrap();
        fs::create_dir_all(dir.path().join("kind/key")).unwrap();
        let cache = Cache::open_at(dir.path().into()).unwrap();
        assert!(!left.exists());
        assert!(cache.finished("kind", "key").is_some());
    }

    #[test]
    fn what_is_not_used_goes_and_what_is_used_stays() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::open_at(dir.path().into()).unwrap();
        for (kind, key) in [("kind", "old"), ("kind", "used"), (DOWNLOADS, "new")] {
            fs::create_dir_all(dir.path().join(kind).join(key)).unwrap();
        }
        for key in ["kind/old", "kind/used"] {
            let folder = File::open(dir.path().join(key)).unwrap();
            folder.set_modified(SystemTime::now() - UNUSED - Duration::from_secs(60)).unwrap();
        }
        assert!(cache.finished("kind", "used").is_some());
        cache.tidy().unwrap();
        assert_eq!(cache.finished("kind", "old"), None);
        assert_eq!(cache.finished(DOWNLOADS, "new"), None);
        assert!(cache.finished("kind", "used").is_some());
    }

    #[test]
    fn what_was_unpacked_is_as_new_as_its_setup() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::open_at(dir.path().into()).unwrap();
        let unpack = |to: &Path| Ok(File::open(to)?.set_modified(SystemTime::UNIX_EPOCH)?);
        cache.finish("kind", "key", unpack).unwrap();
        cache.tidy().unwrap();
        assert!(cache.finished("kind", "key").is_some());
    }

    #[test]
    fn second_setup_waits_for_the_first() {
        let dir = tempfile::tempdir().unwrap();
        let first = Cache::open_at(dir.path().into()).unwrap();
        let path = dir.path().to_owned();
        let (sender, receiver) = std::sync::mpsc::channel();
        let second = std::thread::spawn(move || {
            let cache = Cache::open_at(path);
            sender.send(()).unwrap();
            cache.map(|_| ())
        });
        let file = File::open(dir.path().join("lock")).unwrap();
        assert!(matches!(file.try_lock(), Err(TryLockError::WouldBlock)));
        assert!(receiver.try_recv().is_err());
        drop(first);
        receiver.recv().unwrap();
        second.join().unwrap().unwrap();
    }
}
