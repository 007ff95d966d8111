// SPDX-License-Identifier: GPL-2.0-or-later
//! Files of unpacked packages, as a program that runs in them would find them.

use anyhow::{Context, Result, bail};
use std::collections::VecDeque;
use std::fs;
use std::path::PathBuf;

/// As many links as Linux follows in one path.
const LINKS: usize = 40;

/// A folder with unpacked packages, seen as the root.
#[derive(Debug)]
pub struct Packages {
    root: PathBuf,
}

impl Packages {
    /// Those in this folder.
    pub fn at(root: PathBuf) -> Packages {
        Packages { root }
    }

    /// The file at a path inside, links followed inside as well; none if there is no file.
    ///
    /// # Errors
    /// Where it cannot be read, or links go round in circles.
    pub fn find(&self, path: &str) -> Result<Option<PathBuf>> {
        let mut rest: VecDeque<String> = parts(path);
        let mut inside: Vec<String> = Vec::new();
        let mut links = 0;
        while let Some(part) = rest.pop_front() {
            if part == ".." {
                inside.pop();
                continue;
            }
            inside.push(part);
            let here = self.root.join(inside.join("/"));
            let Ok(meta) = fs::symlink_metadata(&here) else { return Ok(None) };
            if meta.is_symlink() {
                links += 1;
                if links > LINKS {
                    bail!("{path}: too many links in the packages");
                }
                let target =
                    fs::read_link(&here).with_context(|| format!("{}: cannot read", here.display()))?;
                let target = target.to_string_lossy();
                inside.pop();
                if target.starts_with('/') {
                    inside.clear();
                }
                for part in parts(&target).into_iter().rev() {
                    rest.push_front(part);
                }
            }
        }
        let here = self.root.join(inside.join("/"));
        Ok(here.is_file().then_some(here))
    }

    /// The one file that a path stands for, whose last part may have a `*` for anything.
    ///
    /// # Errors
    /// Where there is none, or more than one.
    pub fn the(&self, path: &str) -> Result<PathBuf> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let path = match name.split_once('*') {
            None => path.to_owned(),
            Some((before, after)) => format!("{folder}/{}", self.only(folder, before, after)?),
        };
        self.find(&path)?.with_context(|| format!("{path}: in none of the packages of images/packages.toml"))
    }

    fn only(&self, folder: &str, before: &str, after: &str) -> Result<String> {
        let dir = self.root.join(folder.trim_start_matches('/'));
        let names = fs::read_dir(&dir)
            .and_then(|entries| {
                entries
                    .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
                    .collect::<Result<Vec<_>, _>>()
            })
            .with_context(|| format!("{folder}: in none of the packages of images/packages.toml"))?;
        let fits = |name: &String| {
            name.len() >= before.len() + after.len() && name.starts_with(before) && name.ends_with(after)
        };
        let mut found = names.into_iter().filter(fits);
        match (found.next(), found.next()) {
            (Some(name), None) => Ok(name),
            (None, _) => bail!("{folder}/{before}*{after}: in none of the packages of images/packages.toml"),
            (Some(one), Some(two)) => bail!("{folder}/{before}*{after}: stands for {one} and for {two}"),
        }
    }
}

fn parts(path: &str) -> VecDeque<String> {
    path.split('/').filter(|part| !matches!(*part, "" | ".")).map(String::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn packages() -> (tempfile::TempDir, Packages) {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["lib/triplet", "lib64", "boot"] {
            fs::create_dir_all(dir.path().join(folder)).unwrap();
        }
        fs::write(dir.path().join("lib/triplet/ld-2.so"), "loader").unwrap();
        symlink("/lib/triplet/ld.so", dir.path().join("lib64/ld.so")).unwrap();
        symlink("../triplet/ld-2.so", dir.path().join("lib/triplet/ld.so")).unwrap();
        symlink("loop", dir.path().join("lib64/loop")).unwrap();
        fs::write(dir.path().join("boot/vmlinux-6.1-le"), "").unwrap();
        let packages = Packages::at(dir.path().to_owned());
        (dir, packages)
    }

    #[test]
    fn links_stay_inside() {
        let (dir, packages) = packages();
        assert_eq!(packages.find("/lib64/ld.so").unwrap(), Some(dir.path().join("lib/triplet/ld-2.so")));
        assert_eq!(packages.find("/lib64/none").unwrap(), None);
        assert_eq!(packages.find("/lib64").unwrap(), None);
        assert!(packages.find("/lib64/loop").unwrap_err().to_string().contains("too many links"));
        assert_eq!(packages.find("/../../etc/passwd").unwrap(), None);
    }

    #[test]
    fn a_pattern_stands_for_one_file() {
        let (dir, packages) = packages();
        assert_eq!(packages.the("/boot/vmlinux-*-le").unwrap(), dir.path().join("boot/vmlinux-6.1-le"));
        assert!(packages.the("/boot/vmlinuz-*").is_err());
        fs::write(dir.path().join("boot/vmlinux-6.2-le"), "").unwrap();
        let error = packages.the("/boot/vmlinux-*-le").unwrap_err().to_string();
        assert!(error.contains("vmlinux-6.1-le") && error.contains("vmlinux-6.2-le"), "{error}");
    }
}
