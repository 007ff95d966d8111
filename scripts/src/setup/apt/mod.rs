// SPDX-License-Identifier: GPL-2.0-or-later
//! Debian packages without touching the system's: an apt world of our own, unpacked into a folder of the cache.

mod fetch;
mod mirror;
mod unpack;
mod world;

pub use world::World;

use super::Env;
use super::key::Key;
use super::progress::Step;
use anyhow::Result;
use serde::Deserialize;
use std::path::PathBuf;

/// Packages to unpack, with all that they depend on.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Set {
    /// Debian's name of it, such as `ppc64el`.
    pub architecture: String,
    /// Releases to take them from.
    pub suites: Vec<String>,
    /// The one of `suites` to prefer, where apt would not.
    pub prefer: Option<String>,
    /// The packages asked for.
    pub packages: Vec<String>,
    /// What is not unpacked, as paths from the root.
    #[serde(default)]
    pub leave_out: Vec<String>,
}

impl Set {
    fn key(&self) -> Key {
        let lists = [&self.suites, &self.packages, &self.leave_out].map(|list| list.join("\n"));
        let key =
            Key::new().part("architecture", &self.architecture).part("prefer", format!("{:?}", self.prefer));
        lists.iter().fold(key, |key, list| key.part("list", list))
    }

    /// The folder with the packages unpacked: from the cache, or from the archive.
    ///
    /// # Errors
    /// What is wrong with the archive or the disk.
    pub fn unpacked(&self, env: &mut Env, name: &str) -> Result<PathBuf> {
        let key = self.key().name();
        if let Some(path) = env.cache.finished("packages", &key) {
            return Ok(path);
        }
        let mut step = env.begin(name)?;
        let world = World::new(&env.cache, &self.architecture, &self.suites, &step)?;
        let debs = fetch::with_dependencies(&world, self, &mut step)?;
        let count = debs.len();
        let path =
            env.cache.finish("packages", &key, |to| unpack::all(&debs, to, &self.leave_out, &mut step))?;
        step.end(&format!("{count} packages from {}", self.suites.join(", ")));
        Ok(path)
    }
}

/// Downloads one package without what it depends on; returns the file.
///
/// # Errors
/// What is wrong with the archive or the disk.
pub fn one(world: &World, package: &str, step: &mut Step) -> Result<PathBuf> {
    fetch::one(world, package, step)
}

/// Writes one file of a package to `to`.
///
/// # Errors
/// Where the package is broken or the disk full.
pub fn extract(deb: &std::path::Path, member: &str, to: &std::path::Path, step: &Step) -> Result<()> {
    unpack::member(deb, member, to, step)
}
