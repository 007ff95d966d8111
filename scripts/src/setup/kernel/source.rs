// SPDX-License-Identifier: GPL-2.0-or-later
//! The kernel's source: a folder or an archive named in `P8SMT_KERNEL_SRC`, else Debian's package.

use super::super::Env;
use super::super::apt::{self, World};
use super::super::command::command;
use super::super::key::Key;
use super::super::progress::Step;
use super::super::qemu::debian::SUITES;
use anyhow::{Context, Result, bail};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// The package with the kernel line that the rest of this repository is made for.
const PACKAGE: &str = "linux-source-6.12";
/// The archive in it.
const MEMBER: &str = "./usr/src/linux-source-6.12.tar.xz";

/// A kernel's source.
#[derive(Debug)]
pub enum Source {
    /// Debian's archive.
    Debian {
        /// The file.
        tar: PathBuf,
        /// A hash of it.
        content: String,
    },
    /// A user's archive.
    Tar {
        /// The file.
        tar: PathBuf,
        /// A hash of it.
        content: String,
    },
    /// A user's folder.
    Tree {
        /// The folder.
        dir: PathBuf,
        /// A hash of all files in it.
        content: String,
    },
}

impl Source {
    /// Finds it, or gets it.
    ///
    /// # Errors
    /// Where the one that was asked for is none, or Debian's cannot be had.
    pub fn find(env: &mut Env) -> Result<Source> {
        match std::env::var_os("P8SMT_KERNEL_SRC").filter(|value| !value.is_empty()) {
            Some(asked) => named(env, Path::new(&asked))
                .with_context(|| format!("P8SMT_KERNEL_SRC={}", asked.to_string_lossy())),
            None => debian(env),
        }
    }

    /// A hash of all that is in it.
    pub fn content(&self) -> &str {
        match self {
            Source::Debian { content, .. } | Source::Tar { content, .. } | Source::Tree { content, .. } => {
                content
            }
        }
    }

    /// The folder with it: the user's own, or `to`, where it is unpacked.
    ///
    /// # Errors
    /// Where it cannot be unpacked.
    pub fn folder(&self, to: &Path, step: &Step) -> Result<PathBuf> {
        let (Source::Debian { tar, .. } | Source::Tar { tar, .. }) = self else {
            let Source::Tree { dir, .. } = self else { unreachable!("a source is an archive or a tree") };
            return Ok(dir.clone());
        };
        step.doing("unpacking the source");
        fs::create_dir_all(to).with_context(|| format!("{}: cannot make this folder", to.display()))?;
        let words = ["-x", "--strip-components=1", "--no-same-owner", "-f"].map(OsString::from);
        step.run("tar", &command("tar", words.into_iter().chain([tar.into(), "-C".into(), to.into()])))
            .with_context(|| format!("{}: cannot be unpacked", tar.display()))?;
        Ok(to.to_owned())
    }
}

fn debian(env: &mut Env) -> Result<Source> {
    let key = Key::new().part("package", PACKAGE).part("suites", SUITES.join(" ")).name();
    let kept = match env.cache.finished("source", &key) {
        Some(path) => path,
        None => {
            let mut step = env.begin("kernel source")?;
            let world = World::new(&env.cache, "amd64", &SUITES.map(String::from), &step)?;
            let deb = apt::one(&world, PACKAGE, &mut step)?;
            let path = env.cache.finish("source", &key, |dir| {
                let tar = dir.join("linux.tar.xz");
                apt::extract(&deb, MEMBER, &tar, &step)?;
                let content = Key::new().file("tar", &tar)?.name();
                fs::write(dir.join("content"), content).context("cannot write what it is")
            })?;
            step.end(&deb.file_stem().unwrap_or_default().to_string_lossy());
            path
        }
    };
    let content = kept.join("content");
    let content =
        fs::read_to_string(&content).with_context(|| format!("{}: cannot read", content.display()))?;
    Ok(Source::Debian { tar: kept.join("linux.tar.xz"), content })
}

fn named(env: &mut Env, path: &Path) -> Result<Source> {
    let path =
        path.canonicalize().context("no such file or folder; give a kernel's source folder or archive")?;
    if path.is_file() {
        let content = Key::new().file("tar", &path)?.name();
        return Ok(Source::Tar { tar: path, content });
    }
    for file in ["Kconfig", "arch/powerpc/kvm/book3s_hv.c"] {
        if !path.join(file).exists() {
            bail!("no {file} in it: that is no Linux source");
        }
    }
    // A tree has 80,000 files: they are read again only if one of them looks changed.
    let look = Key::new().look("tree", &path)?.name();
    let remembered = env.cache.finished("trees", &look).map(|known| known.join("content"));
    if let Some(content) = remembered.and_then(|file| fs::read_to_string(file).ok()) {
        return Ok(Source::Tree { dir: path, content });
    }
    let step = env.begin("kernel source")?;
    step.doing("reading it");
    let content = Key::new().tree("tree", &path)?.name();
    env.cache.finish("trees", &look, |dir| {
        fs::write(dir.join("content"), &content).context("cannot write what it is")
    })?;
    step.end(&path.to_string_lossy());
    Ok(Source::Tree { dir: path, content })
}
