// SPDX-License-Identifier: GPL-2.0-or-later
//! Downloading packages.

use super::super::command::run;
use super::super::progress::{Step, time};
use super::super::retry::patiently;
use super::{Set, World};
use anyhow::{Context, Result, bail};
use duct::Expression;
use std::path::PathBuf;

/// Downloads the packages of a set and all that they depend on; returns their files.
pub fn with_dependencies(world: &World, set: &Set, step: &mut Step) -> Result<Vec<PathBuf>> {
    retried(step, |step| {
        update(world, step)?;
        let mut words = vec!["-qq", "-y"];
        if let Some(suite) = &set.prefer {
            words.extend(["-t", suite]);
        }
        // Listed against an empty folder: one with packages in it would leave those out.
        let none = format!("Dir::Cache::archives={}", world.none().display());
        let list = [&words[..], &["-o", &none, "--print-uris", "install"]].concat();
        let packages: Vec<&str> = set.packages.iter().map(String::as_str).collect();
        let mut names = Vec::new();
        let command = world.command("apt-get", &[list, packages.clone()].concat());
        run("apt-get", &command, step.log(), |line| names.extend(file_name(line)))?;
        if names.is_empty() {
            bail!("apt-get lists no packages to download, see {}", step.log().display());
        }
        words.extend(["--download-only", "install"]);
        apt(step, &world.command("apt-get", &[words, packages].concat()))?;
        Ok(names.into_iter().map(|name| world.archives().join(name)).collect())
    })
}

/// Downloads one package; returns its file.
pub fn one(world: &World, package: &str, step: &mut Step) -> Result<PathBuf> {
    retried(step, |step| {
        update(world, step)?;
        let mut name = None;
        let list = world.command("apt-get", &["-qq", "--print-uris", "download", package]);
        run("apt-get", &list, step.log(), |line| name = name.take().or(file_name(line)))?;
        let name = name.with_context(|| format!("apt-get does not say where {package} is"))?;
        apt(step, &world.command("apt-get", &["-qq", "download", package]).dir(world.archives()))?;
        Ok(world.archives().join(name))
    })
}

fn update(world: &World, step: &mut Step) -> Result<()> {
    step.doing(format!("package lists from {}", world.uri));
    apt(step, &world.command("apt-get", &["-qq", "update"]))?;
    step.doing("packages");
    Ok(())
}

fn retried<T>(step: &mut Step, mut attempt: impl FnMut(&mut Step) -> Result<T>) -> Result<T> {
    let step = std::cell::RefCell::new(step);
    patiently(
        || attempt(&mut step.borrow_mut()),
        |error, wait| {
            let error = error.to_string();
            let first = error.lines().next().unwrap_or_default();
            step.borrow().note(&format!("{first}; trying again in {}", time(wait)));
        },
    )
}

/// Runs apt and shows how far it is.
fn apt(step: &mut Step, command: &Expression) -> Result<()> {
    let log = step.log().to_owned();
    run("apt-get", command, &log, |line| {
        if let Some(tenths) = done(line) {
            step.at(tenths, 1000);
        }
    })
}

/// Tenths of a per cent in a line of apt's progress, `dlstatus:ITEM:PERCENT:TEXT`.
fn done(line: &str) -> Option<u64> {
    let percent: f64 = line.strip_prefix("dlstatus:")?.split(':').nth(1)?.parse().ok()?;
    Some((percent.clamp(0.0, 100.0) * 10.0) as u64)
}

/// The file's name in a line of `--print-uris`, `'URI' NAME SIZE HASH`.
fn file_name(line: &str) -> Option<String> {
    let (_, rest) = line.strip_prefix('\'')?.split_once("' ")?;
    let name = rest.split(' ').next()?;
    name.ends_with(".deb").then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_names_with_epochs() {
        let line = "'http://d/debian/pool/main/q/qemu/qemu-system-ppc_7.2%2bdfsg-7_ppc64el.deb' qemu-system-ppc_1%3a7.2+dfsg-7_ppc64el.deb 6837 SHA256:00";
        assert_eq!(file_name(line).as_deref(), Some("qemu-system-ppc_1%3a7.2+dfsg-7_ppc64el.deb"));
        assert_eq!(file_name("Reading package lists..."), None);
        assert_eq!(file_name("'http://d/InRelease' d_InRelease 0 "), None);
    }

    #[test]
    fn reads_progress() {
        assert_eq!(done("dlstatus:3:12.5:Retrieving file 3 of 10 (5s remaining)"), Some(125));
        assert_eq!(done("pmstatus:x:1:y"), None);
        assert_eq!(done("dlstatus:3"), None);
    }
}
