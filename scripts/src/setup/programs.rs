// SPDX-License-Identifier: GPL-2.0-or-later
//! The programs that run inside: a folder of `images/programs` each, static, so that they run in any image.

use super::Env;
use super::added;
use super::command::command;
use super::kernel::{CROSS, SERIES, compiler, entries};
use super::key::Key;
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// What all of them are made from, besides their own folder.
const COMMON: &str = "common";
/// Folders that are no programs.
const NOT_PROGRAMS: [&str; 2] = [COMMON, "tests"];

/// In a program's folder: the names of sources of it that a patch of the series adds, one a line, `#` before a comment.
const FROM_SERIES: &str = "from-series";

/// How the compiler is called. Names of files are relative and so say nothing of where this clone is.
const FLAGS: [&str; 7] =
    ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-static", "-ffile-prefix-map=./="];

/// Builds those that are not in the cache; returns all by name.
///
/// # Errors
/// Where one does not compile.
pub fn all(env: &mut Env) -> Result<BTreeMap<String, PathBuf>> {
    let folder = env.root.join("images/programs");
    let compiler = compiler()?;
    let mut programs = BTreeMap::new();
    for name in names(&folder)? {
        let patched = from_series(&env.root, &folder.join(&name))?;
        let mut key = Key::new()
            .part("compiler", &compiler)
            .part("flags", FLAGS.join(" "))
            .part("name", &name)
            .tree("own", &folder.join(&name))?
            .tree("common", &folder.join(COMMON))?;
        for (source, text) in &patched {
            key = key.part(source, text);
        }
        let key = key.name();
        let built = match env.cache.finished("programs", &key) {
            Some(path) => path,
            None => build(env, &folder, &name, &patched, &key)?,
        };
        programs.insert(name, built.join("program"));
    }
    Ok(programs)
}

fn build(
    env: &mut Env,
    folder: &Path,
    name: &str,
    patched: &[(String, String)],
    key: &str,
) -> Result<PathBuf> {
    let step = env.begin(&format!("program {name}"))?;
    let mut sources = sources(folder, name)?;
    sources.extend(sources_or_none(folder, COMMON)?);
    let path = env.cache.finish("programs", key, |to| {
        let mut words: Vec<OsString> = FLAGS.iter().map(OsString::from).collect();
        words.extend(sources.iter().map(OsString::from));
        for (source, text) in patched {
            let path = to.join(source);
            fs::write(&path, text).with_context(|| format!("{}: cannot write", path.display()))?;
            if source.ends_with(".c") {
                words.push(path.into());
            }
        }
        words.extend([format!("-I./{name}").into(), "-o".into(), to.join("program").into()]);
        step.run("gcc", &command(&format!("{CROSS}gcc"), words).dir(folder))
    })?;
    step.end("built");
    Ok(path)
}

/// Names without folders and texts of the sources that the series has of the program in `dir`.
fn from_series(root: &Path, dir: &Path) -> Result<Vec<(String, String)>> {
    let list = dir.join(FROM_SERIES);
    if !list.exists() {
        return Ok(Vec::new());
    }
    let text = fs::read_to_string(&list).with_context(|| format!("{}: cannot read", list.display()))?;
    entries(&text)
        .map(|path| {
            let name = path.rsplit('/').next().unwrap_or(path);
            Ok((name.to_owned(), added::file(&root.join(SERIES), path)?))
        })
        .collect()
}

fn names(folder: &Path) -> Result<Vec<String>> {
    let mut names: Vec<String> = listing(folder)?
        .into_iter()
        .filter(|path| path.is_dir())
        .filter_map(|path| path.file_name()?.to_str().map(String::from))
        .filter(|name| !NOT_PROGRAMS.contains(&name.as_str()))
        .collect();
    names.sort();
    Ok(names)
}

/// `NAME/*.c`, in the order of their names.
fn sources(folder: &Path, name: &str) -> Result<Vec<String>> {
    let mut sources: Vec<String> = listing(&folder.join(name))?
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "c"))
        .filter_map(|path| Some(format!("./{name}/{}", path.file_name()?.to_str()?)))
        .collect();
    sources.sort();
    Ok(sources)
}

fn sources_or_none(folder: &Path, name: &str) -> Result<Vec<String>> {
    if folder.join(name).is_dir() { sources(folder, name) } else { Ok(Vec::new()) }
}

fn listing(folder: &Path) -> Result<Vec<PathBuf>> {
    fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect())
        .with_context(|| format!("{}: cannot read", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_a_program_made_of_its_c_files() {
        let dir = tempfile::tempdir().unwrap();
        for file in ["b/two.c", "b/one.c", "b/one.h", "a/main.c", "common/x.c", "tests/t.c", "notes.txt"] {
            let path = dir.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        assert_eq!(names(dir.path()).unwrap(), ["a", "b"]);
        assert_eq!(sources(dir.path(), "b").unwrap(), ["./b/one.c", "./b/two.c"]);
        assert!(sources_or_none(dir.path(), "none").unwrap().is_empty());
    }
}
