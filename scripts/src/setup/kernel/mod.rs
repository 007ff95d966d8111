// SPDX-License-Identifier: GPL-2.0-or-later
//! Host kernels: `stock`; `patched`, with the series of [`SERIES`] and what it adds switched on, `patched-off`, with
//! it off, and `patched-bugs`, with the mistakes of [`BUGS`] to choose from; and of each of these a variant `…-NAME`
//! for each other fragment `images/kernel/NAME.config`; `NAME-MORE.config` is on top of `NAME.config`.

mod build;
mod config;
mod copy;
mod modules;
mod objects;
mod series;
mod source;

use super::key::Key;
use super::{Env, image};
use crate::artifacts::Kernel;
use anyhow::{Context, Result, bail};
use series::Series;
pub use series::entries;
pub use source::Source;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The compiler and the other tools for the target, as a prefix of their names.
pub const CROSS: &str = "powerpc64le-linux-gnu-";
/// The kernel that is always built.
const STOCK: &str = "stock";
/// The patches of `patched`, below the workspace's root.
pub const SERIES: &str = "kernel-patches/6.12";
/// The patches of `patched-bugs` on top of those.
const BUGS: &str = "tests/kernel";
/// The folder with its modules in that of a kernel that has some.
const MODULES: &str = "modules";
/// What `patched` is configured with beside the base.
const SWITCHED_ON: &str = "patched/secondaries.config";

/// A kernel that could be built.
#[derive(Debug)]
struct Variant {
    name: String,
    /// Its configuration.
    fragments: String,
    /// The patches that its source gets first.
    series: Option<Series>,
}

/// Checks names that were asked for.
///
/// # Errors
/// Names the first that there is no configuration for, and those that there are.
pub fn check(root: &Path, asked: &[String]) -> Result<()> {
    let variants = variants(root)?;
    let names: Vec<&str> = variants.iter().map(|variant| variant.name.as_str()).collect();
    match asked.iter().find(|name| !names.contains(&name.as_str())) {
        Some(name) => bail!("--kernel {name}: no such kernel; there are {}", names.join(", ")),
        None => Ok(()),
    }
}

/// Builds the stock kernel and the variants asked for, unless they are there; returns these, and what other
/// variants there are already. The modules of one that has some come with an initramfs of its own, `initrd` and they.
///
/// # Errors
/// Where a build fails.
pub fn all(
    env: &mut Env,
    source: &Source,
    asked: &[String],
    initrd: &Path,
) -> Result<BTreeMap<String, Kernel>> {
    let variants = variants(&env.root)?;
    let compiler = compiler()?;
    let mut kernels = BTreeMap::new();
    for variant in variants {
        let mut key = Key::new()
            .part("source", source.content())
            .part("configuration", &variant.fragments)
            .part("compiler", &compiler)
            .part("how", build::HOW.join(" "));
        if let Some(series) = &variant.series {
            key = key.part("series", series.content());
        }
        let key = key.name();
        let wanted = variant.name == STOCK || asked.contains(&variant.name);
        let built = match env.cache.finished("kernels", &key) {
            Some(path) => path,
            None if wanted => build::build(env, source, &variant, &key)?,
            None => continue,
        };
        let mut kernel = listed(&built)?;
        let modules = built.join(MODULES);
        if modules.is_dir() {
            let place = format!("/lib/modules/{}", kernel.version);
            kernel.initrd = Some(image::with_folder(env, initrd, &modules, &place)?);
        }
        kernels.insert(variant.name, kernel);
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
        initrd: None,
    })
}

/// All that the fragments and the series of the workspace at `root` make.
fn variants(root: &Path) -> Result<Vec<Variant>> {
    let dir = root.join("images/kernel");
    let read =
        |path: &Path| fs::read_to_string(path).with_context(|| format!("{}: cannot read", path.display()));
    let base = read(&dir.join("host.config"))?;
    let mut bases = vec![(STOCK, base.clone(), None)];
    if let Some(series) = Series::read(&root.join(SERIES))? {
        let on = base.clone() + &read(&dir.join(SWITCHED_ON))?;
        if let Some(bugs) = Series::read(&root.join(BUGS))? {
            bases.push(("patched-bugs", on.clone(), Some(series.followed_by(bugs))));
        }
        bases.extend([("patched", on, Some(series.clone())), ("patched-off", base, Some(series))]);
    }
    let entries = fs::read_dir(&dir).and_then(|entries| entries.collect::<std::io::Result<Vec<_>>>());
    let mut paths: Vec<_> = entries
        .with_context(|| format!("{}: cannot read", dir.display()))?
        .iter()
        .map(|entry| entry.path())
        .collect();
    paths.sort();
    let mut fragments: Vec<(String, String)> = vec![(String::new(), String::new())];
    for path in paths {
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        if path.extension().is_some_and(|extension| extension == "config") && name != "host" {
            fragments.push((format!("-{name}"), read(&path)?));
        }
    }
    let more: Vec<_> = fragments.iter().map(|(name, text)| (name, below(name, &fragments) + text)).collect();
    let variants = bases.iter().flat_map(|(name, base, series)| {
        more.iter().map(move |(suffix, fragment)| Variant {
            name: format!("{name}{suffix}"),
            fragments: format!("{base}{fragment}"),
            series: series.clone(),
        })
    });
    Ok(variants.collect())
}

/// The fragments that one of this name is on top of: each whose name it begins with.
fn below(name: &str, fragments: &[(String, String)]) -> String {
    let below = fragments.iter().filter(|(other, _)| name.starts_with(&format!("{other}-")));
    below.map(|(_, text)| text.as_str()).collect()
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

    fn workspace(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        let base = [
            ("images/kernel/host.config", "A=y\n"),
            ("images/kernel/debug.config", "B=y\n"),
            ("images/kernel/README", ""),
            ("images/kernel/patched/secondaries.config", "S=y\n"),
        ];
        for (name, text) in base.iter().chain(files) {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    fn all(root: &tempfile::TempDir) -> Vec<(String, String, bool)> {
        let variants = variants(root.path()).unwrap().into_iter();
        variants.map(|variant| (variant.name, variant.fragments, variant.series.is_some())).collect()
    }

    fn named(name: &str, fragments: &str, patched: bool) -> (String, String, bool) {
        (name.to_owned(), fragments.to_owned(), patched)
    }

    #[test]
    fn each_fragment_beside_the_base_is_a_variant() {
        let stock = [named("stock", "A=y\n", false), named("stock-debug", "A=y\nB=y\n", false)];
        assert_eq!(all(&workspace(&[])), stock);
        assert_eq!(all(&workspace(&[("kernel-patches/6.12/series", "# none yet\n\n")])), stock);
    }

    #[test]
    fn a_fragment_is_on_top_of_the_one_whose_name_it_begins_with() {
        let fragments = [
            ("images/kernel/debug-most.config", "C=y\n"),
            ("images/kernel/debugging.config", "D=y\n"),
            ("images/kernel/lone-most.config", "E=y\n"),
        ];
        let root = workspace(&fragments);
        let mut of_stock = all(&root);
        of_stock.sort();
        assert_eq!(
            of_stock,
            [
                named("stock", "A=y\n", false),
                named("stock-debug", "A=y\nB=y\n", false),
                named("stock-debug-most", "A=y\nB=y\nC=y\n", false),
                named("stock-debugging", "A=y\nD=y\n", false),
                named("stock-lone-most", "A=y\nE=y\n", false),
            ]
        );
    }

    #[test]
    fn a_series_makes_patched_kernels_of_all() {
        let series =
            [("kernel-patches/6.12/series", "1.patch # first\n"), ("kernel-patches/6.12/1.patch", "x")];
        assert_eq!(
            all(&workspace(&series))[2..],
            [
                named("patched", "A=y\nS=y\n", true),
                named("patched-debug", "A=y\nS=y\nB=y\n", true),
                named("patched-off", "A=y\n", true),
                named("patched-off-debug", "A=y\nB=y\n", true),
            ]
        );
    }

    #[test]
    fn mistakes_come_on_top_of_the_series() {
        let series = [
            ("kernel-patches/6.12/series", "1.patch\n"),
            ("kernel-patches/6.12/1.patch", "x"),
            ("tests/kernel/series", "2.patch\n"),
            ("tests/kernel/2.patch", "y"),
        ];
        let root = workspace(&series);
        let find = |name: &str| {
            let mut variants = variants(root.path()).unwrap().into_iter();
            variants.find(|variant| variant.name == name).unwrap().series.unwrap()
        };
        assert_ne!(find("patched-bugs").content(), find("patched").content());
        assert_eq!(find("patched-bugs").names(), ["1.patch", "2.patch"]);
        assert_eq!(find("patched-off").names(), ["1.patch"]);
    }

    #[test]
    fn without_a_series_patched_is_not_known() {
        let error = check(workspace(&[]).path(), &["patched".to_owned()]).unwrap_err().to_string();
        assert_eq!(error, "--kernel patched: no such kernel; there are stock, stock-debug");
    }
}
