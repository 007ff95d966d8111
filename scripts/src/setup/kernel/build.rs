// SPDX-License-Identifier: GPL-2.0-or-later
//! Building one kernel.

use super::super::Env;
use super::super::command::{command, run};
use super::super::progress::Step;
use super::config::dropped;
use super::objects::Objects;
use super::source::Source;
use super::{CROSS, MODULES, Variant, copy, modules};
use anyhow::{Context, Result, bail};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// What `make` is told besides folders: nothing in a kernel may tell who built it, where or when.
pub const HOW: [&str; 7] = [
    "ARCH=powerpc",
    "CROSS_COMPILE=powerpc64le-linux-gnu-",
    "KBUILD_BUILD_TIMESTAMP=1970-01-01",
    "KBUILD_BUILD_USER=p8smt",
    "KBUILD_BUILD_HOST=p8smt",
    "KBUILD_BUILD_VERSION=1",
    "LOCALVERSION=",
];

/// Told to `make` where there is a compiler cache. Kernels of one source share most of their objects: with it, the second
/// takes a third of the first one's time. What it builds is the same.
const CACHED: &str = "CC=ccache powerpc64le-linux-gnu-gcc";

/// Lines of `make` for a kernel of this repository's configuration, until a build has told better.
const USUAL_LINES: u64 = 1320;

/// Builds a kernel into the cache; returns the folder with `vmlinux`, `System.map`, `config` and `version`.
pub fn build(env: &mut Env, source: &Source, variant: &Variant, key: &str) -> Result<PathBuf> {
    let mut step = env.begin(&format!("kernel {}", variant.name))?;
    // Work on a tree of the user's goes on where the last build of it ended.
    let kept = match source {
        Source::Tree { dir, .. } => {
            let folder = env.cache.folder("objects")?.join(object_folder(dir, &variant.name));
            let series = variant.series.as_ref().map_or("", |series| series.content());
            Some((dir, Objects::kept_in(folder, series)))
        }
        _ => None,
    };
    let built = env.cache.finish("kernels", key, |out| {
        let objects = out.join("objects");
        if let Some((dir, kept)) = &kept {
            kept.take(dir, &objects)?;
        }
        let copy = match (&kept, &variant.series) {
            (Some((dir, _)), Some(_)) => {
                Some(env.cache.scratch("patched", &object_folder(dir, &variant.name))?)
            }
            _ => None,
        };
        let made = folder(source, variant, copy.as_deref(), &objects, &step).and_then(|folder| {
            make(&folder, &objects, source, variant, env, &mut step)?;
            keep(&folder, &objects, out, &step)
        });
        let spent = copy.as_ref().into_iter().chain(kept.is_none().then_some(&objects));
        for spent in spent.filter(|spent| spent.exists()) {
            fs::remove_dir_all(spent).with_context(|| format!("{}: cannot remove", spent.display()))?;
        }
        if let Some((_, kept)) = &kept {
            kept.keep(&objects)?;
        }
        made
    })?;
    let version = fs::read_to_string(built.join("version")).unwrap_or_default();
    step.end(&format!("Linux {}", version.trim()));
    Ok(built)
}

fn object_folder(dir: &Path, name: &str) -> String {
    super::Key::new().part("tree", dir.to_string_lossy().as_bytes()).part("kernel", name).name()
}

/// The folder with the source that is built: with the variant's series, in `copy` where it is a user's.
fn folder(
    source: &Source,
    variant: &Variant,
    copy: Option<&Path>,
    objects: &Path,
    step: &Step,
) -> Result<PathBuf> {
    let theirs = source.folder(objects, step)?;
    let Some(series) = &variant.series else { return Ok(theirs) };
    let folder = copy.unwrap_or(&theirs);
    if copy.is_some() {
        copy::tree(&theirs, folder, step)?;
    }
    series.apply(folder, &version(folder)?, step)?;
    if copy.is_some() {
        copy::keep_times(&theirs, folder)?;
    }
    Ok(folder.to_owned())
}

fn make(
    folder: &Path,
    objects: &Path,
    source: &Source,
    variant: &Variant,
    env: &Env,
    step: &mut Step,
) -> Result<()> {
    let (name, fragments) = (&variant.name, &variant.fragments);
    fs::create_dir_all(objects).with_context(|| format!("{}: cannot make this folder", objects.display()))?;
    let asked = objects.join("asked.config");
    fs::write(&asked, fragments).with_context(|| format!("{}: cannot write", asked.display()))?;
    let compilers = env.cache.folder("ccache")?;
    let compilers =
        command("ccache", ["--version"]).stdout_null().stderr_null().run().is_ok().then_some(compilers);
    let in_folders = |goal: &[String]| {
        let mut words: Vec<OsString> = vec!["-C".into(), folder.into()];
        if folder != objects {
            words.push([OsString::from("O="), objects.into()].into_iter().collect());
        }
        words.extend(HOW.iter().map(OsString::from));
        words.extend(compilers.is_some().then(|| CACHED.into()));
        words.extend(goal.iter().map(OsString::from));
        let make = command("make", words);
        match &compilers {
            Some(folder) => make
                .env("CCACHE_DIR", folder)
                .env("CCACHE_BASEDIR", objects)
                .env("CCACHE_NOHASHDIR", "1")
                .env("CCACHE_MAXSIZE", "2G"),
            None => make,
        }
    };
    step.doing("configuring");
    let configure = in_folders(&["allnoconfig".to_owned()]).env("KCONFIG_ALLCONFIG", &asked);
    step.run("make", &configure)?;
    let config = objects.join(".config");
    let config = fs::read_to_string(&config).with_context(|| format!("{}: cannot read", config.display()))?;
    let dropped = dropped(fragments, &config);
    if !dropped.is_empty() {
        let what = format!(
            "the configuration for {name} asks for {}, which this kernel does not have or which depends on something else",
            dropped.join(", ")
        );
        match source {
            Source::Debian { .. } => bail!("images/kernel: {what}"),
            Source::Tar { .. } | Source::Tree { .. } => step.note(&what),
        }
    }
    step.doing("compiling");
    let count = env.cache.folder("counts")?.join(name);
    let usual =
        fs::read_to_string(&count).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(USUAL_LINES);
    let mut lines = 0;
    let log = step.log().to_owned();
    let mut goals = vec![format!("-j{}", env.jobs), "vmlinux".to_owned()];
    goals.extend(modules::has_any(&config).then(|| "modules".to_owned()));
    run("make", &in_folders(&goals), &log, |line| {
        if line.starts_with("  ") {
            lines += 1;
            step.at(lines, usual);
        }
    })?;
    if lines > usual / 2 {
        fs::write(&count, lines.to_string()).with_context(|| format!("{}: cannot write", count.display()))?;
    }
    Ok(())
}

/// Takes what is needed out of the objects.
fn keep(folder: &Path, objects: &Path, out: &Path, step: &Step) -> Result<()> {
    let strip = [OsString::from("-o"), out.join("vmlinux").into(), objects.join("vmlinux").into()];
    step.run("strip", &command(&format!("{CROSS}strip"), strip))?;
    for (from, to) in [("System.map", "System.map"), (".config", "config")] {
        let from = objects.join(from);
        fs::copy(&from, out.join(to)).with_context(|| format!("{}: cannot copy", from.display()))?;
    }
    let config = fs::read_to_string(out.join("config")).context("cannot read the kernel's configuration")?;
    if modules::has_any(&config) {
        modules::keep(objects, &out.join(MODULES), step)?;
    }
    fs::write(out.join("version"), version(folder)?).context("cannot write the kernel's version")
}

fn version(folder: &Path) -> Result<String> {
    let makefile = folder.join("Makefile");
    let makefile =
        fs::read_to_string(&makefile).with_context(|| format!("{}: cannot read", makefile.display()))?;
    stated_version(&makefile).context("the source's Makefile states no version")
}

/// `6.12.117` or `6.13.0-rc1`, from the first lines of a kernel's Makefile.
fn stated_version(makefile: &str) -> Option<String> {
    let value = |name: &str| {
        makefile.lines().find_map(|line| {
            let (left, right) = line.split_once('=')?;
            (left.trim() == name).then(|| right.trim())
        })
    };
    let numbers = [value("VERSION")?, value("PATCHLEVEL")?, value("SUBLEVEL")?];
    Some(format!("{}{}", numbers.join("."), value("EXTRAVERSION").unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::super::series::Series;
    use super::*;
    use crate::setup::cache::Cache;

    /// Takes what a kernel's build takes, and says what it compiles.
    const MAKEFILE: &str = "\
VERSION = 6
PATCHLEVEL = 12
SUBLEVEL = 1
EXTRAVERSION =
.PHONY: allnoconfig vmlinux
allnoconfig:
\tcp $(KCONFIG_ALLCONFIG) $(O)/.config
vmlinux: $(O)/a.o $(O)/b.o
\t$(CROSS_COMPILE)ld -r -o $(O)/vmlinux $^
\ttouch $(O)/System.map
$(O)/%.o: %.c
\t@echo '  CC $<'
\t@$(CROSS_COMPILE)gcc -c -o $@ $<
";

    #[test]
    fn a_users_tree_is_built_with_the_series_again_and_again() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        for (name, text) in [
            ("tree/Makefile", MAKEFILE),
            ("tree/a.c", "int a;\n"),
            ("tree/b.c", "int b;\n"),
            ("series/series", "a.patch\n"),
            ("series/a.patch", "--- a/a.c\n+++ b/a.c\n@@ -1 +1 @@\n-int a;\n+int patched;\n"),
        ] {
            fs::create_dir_all(at(name).parent().unwrap()).unwrap();
            fs::write(at(name), text).unwrap();
        }
        let cache = Cache::open_at(at("cache")).unwrap();
        let mut env = Env { root: at("root"), cache, jobs: 1, worked: false };
        let source = Source::Tree { dir: at("tree"), content: String::new() };
        let mut compiled = |key: &str| {
            let series = Series::read(&at("series")).unwrap();
            let variant = Variant { name: "patched".into(), fragments: "CONFIG_A=y\n".into(), series };
            let built = build(&mut env, &source, &variant, key).unwrap();
            assert_eq!(fs::read_to_string(built.join("version")).unwrap(), "6.12.1");
            let log = fs::read_to_string(at("cache/logs/kernel-patched.log")).unwrap();
            assert!(!at("cache/patched").read_dir().unwrap().any(|_| true), "the copy stays");
            log.lines().filter_map(|line| line.strip_prefix("  CC ")).collect::<String>()
        };
        assert_eq!(compiled("first"), "a.cb.c");
        fs::write(at("tree/b.c"), "int b, more;\n").unwrap();
        assert_eq!(compiled("second"), "b.c");
        fs::write(at("series/a.patch"), "--- a/a.c\n+++ b/a.c\n@@ -1 +1 @@\n-int a;\n+int other;\n").unwrap();
        assert_eq!(compiled("third"), "a.cb.c");
        assert_eq!(fs::read_to_string(at("tree/a.c")).unwrap(), "int a;\n");
        assert_eq!(at("tree").read_dir().unwrap().count(), 3);
    }

    #[test]
    fn reads_the_version() {
        let makefile = "# SPDX\nVERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 117\nEXTRAVERSION =\nNAME = Baby\n";
        assert_eq!(stated_version(makefile).as_deref(), Some("6.12.117"));
        assert_eq!(
            stated_version(&makefile.replace("EXTRAVERSION =", "EXTRAVERSION = -rc1")).as_deref(),
            Some("6.12.117-rc1")
        );
        assert_eq!(stated_version("VERSION = 6\n"), None);
    }
}
