// SPDX-License-Identifier: GPL-2.0-or-later
//! Host kernels: `stock`, and a variant `stock-NAME` for each other fragment `images/kernel/NAME.config`.

mod build;
mod config;
mod objects;
mod source;

use super::Env;
use super::key::Key;
use crate::artifacts::Kernel;
use anyhow::{Context, Result, bail};
pub use source::Source;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The compiler and the other tools for the target, as a prefix of their names.
pub const CROSS: &str = "powerpc64le-linux-gnu-";
/// The kernel that is always built.
const STOCK: &str = "stock";

/// A kernel that could be built: its name, its configuration.
#[derive(Debug)]
struct Variant {
    name: String,
    fragments: Vec<String>,
}

/// Checks names that were asked for.
///
/// # Errors
/// Names the first that there is no configuration for, and those that there are.
pub fn check(root: &Path, asked: &[String]) -> Result<()> {
    let variants = variants(&root.join("images/kernel"))?;
    let names: Vec<&str> = variants.iter().map(|variant| variant.name.as_str()).collect();
    match asked.iter().find(|name| !names.contains(&name.as_str())) {
        Some(name) => bail!("--kernel {name}: no such kernel; there are {}", names.join(", ")),
        None => Ok(()),
    }
}

/// Builds the stock kernel and the variants asked for, unless they are there; returns these, and what other
/// variants there are already.
///
/// # Errors
/// Where a build fails.
pub fn all(env: &mut Env, source: &Source, asked: &[String]) -> Result<BTreeMap<String, Kernel>> {
    let variants = variants(&env.root.join("images/kernel"))?;
    let compiler = compiler()?;
    let mut kernels = BTreeMap::new();
    for variant in variants {
        let fragments = variant.fragments.concat();
        let key = Key::new()
            .part("source", source.content())
            .part("configuration", &fragments)
            .part("compiler", &compiler)
            .part("how", build::HOW.join(" "))
            .name();
        let wanted = variant.name == STOCK || asked.contains(&variant.name);
        let built = match env.cache.finished("kernels", &key) {
            Some(path) => path,
            None if wanted => build::build(env, source, &variant.name, &fragments, &key)?,
            None => continue,
        };
        kernels.insert(variant.name, listed(&built)?);
    }
    Ok(kernels)
}

fn listed(built: &Path) -> Result<Kernel> {
    let version = built.join("version");
    let version =
        fs::read_to_string(&version).with_context(|| format!("{}: cannot read", version.display()))?;
    Ok(Kernel {
        image: built.join("vmlinux"),
        symbols: built.join("System.map"),
        version: version.trim().into(),
    })
}

/// All that the fragments in a folder make: `host.config` alone, and with each of the others.
fn variants(dir: &Path) -> Result<Vec<Variant>> {
    let read =
        |path: &Path| fs::read_to_string(path).with_context(|| format!("{}: cannot read", path.display()));
    let base = read(&dir.join("host.config"))?;
    let mut variants = vec![Variant { name: STOCK.to_owned(), fragments: vec![base.clone()] }];
    let entries = fs::read_dir(dir).and_then(|entries| entries.collect::<std::io::Result<Vec<_>>>());
    let mut paths: Vec<_> = entries
        .with_context(|| format!("{}: cannot read", dir.display()))?
        .iter()
        .map(|entry| entry.path())
        .collect();
    paths.sort();
    for path in paths {
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        if path.extension().is_some_and(|extension| extension == "config") && name != "host" {
            variants.push(Variant {
                name: format!("{STOCK}-{name}"),
                fragments: vec![base.clone(), read(&path)?],
            });
        }
    }
    Ok(variants)
}

/// How the compiler and the linker name themselves.
pub fn compiler() -> Result<String> {
    let mut text = String::new();
    for tool in ["gcc", "ld"] {
        let program = format!("{CROSS}{tool}");
        let output = duct::cmd!(&program, "--version").stderr_capture().read().with_context(|| {
            format!("{program}: cannot be started; is the package gcc-powerpc64le-linux-gnu installed?")
        })?;
        text.push_str(output.lines().next().unwrap_or_default());
        text.push('\n');
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fragment_beside_the_base_is_a_variant() {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in [("host.config", "A=y\n"), ("debug.config", "B=y\n"), ("README", "")] {
            fs::write(dir.path().join(name), text).unwrap();
        }
        let variants = variants(dir.path()).unwrap();
        let all: Vec<_> =
            variants.iter().map(|variant| (variant.name.as_str(), variant.fragments.concat())).collect();
        assert_eq!(all, [("stock", "A=y\n".to_owned()), ("stock-debug", "A=y\nB=y\n".to_owned())]);
    }
}
