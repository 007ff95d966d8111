// SPDX-License-Identifier: GPL-2.0-or-later
//! All that a program loads before its first instruction: the loader, its libraries, and theirs.

use super::elf::needs;
use super::packages::Packages;
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

/// Where Debian's loader for ppc64el looks when nothing else is said. `/lib` is a link to `/usr/lib` on an installed
/// system; packages of some releases still have files in it.
const USUAL: [&str; 4] = ["/usr/lib/powerpc64le-linux-gnu", "/lib/powerpc64le-linux-gnu", "/usr/lib", "/lib"];

/// The files that `program` (a path in the packages) loads, by the path that they are found at in an image.
///
/// # Errors
/// Where one is in none of the packages: names it and what needs it.
pub fn closure(packages: &Packages, program: &str) -> Result<BTreeMap<String, PathBuf>> {
    let mut found = BTreeMap::new();
    let mut todo = vec![(program.to_owned(), packages.the(program)?)];
    while let Some((path, file)) = todo.pop() {
        let bytes = fs::read(&file).with_context(|| format!("{}: cannot read", file.display()))?;
        let needs = needs(&bytes).with_context(|| path.clone())?;
        if let Some(loader) = needs.interpreter {
            let file = packages.the(&loader).with_context(|| format!("{path} needs its loader"))?;
            found.insert(loader, file);
        }
        let own: Vec<String> =
            needs.folders.iter().map(|folder| folder.replace("$ORIGIN", parent(&path))).collect();
        for library in needs.libraries {
            if found.keys().any(|path| path.rsplit('/').next() == Some(&library)) {
                continue;
            }
            let Some((path, file)) = search(packages, &library, &own)? else {
                bail!("{path} needs {library}, which is in none of the packages of images/packages.toml");
            };
            found.insert(path.clone(), file.clone());
            todo.push((path, file));
        }
    }
    Ok(found)
}

fn search(packages: &Packages, library: &str, own: &[String]) -> Result<Option<(String, PathBuf)>> {
    for folder in own.iter().map(String::as_str).chain(USUAL) {
        let path = format!("{folder}/{library}");
        if let Some(file) = packages.find(&path)? {
            return Ok(Some((installed(&path), file)));
        }
    }
    Ok(None)
}

/// The path without `..`, and `/lib/X` as `/usr/lib/X`.
fn installed(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|part| !matches!(*part, "" | ".")) {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    if parts.first() == Some(&"lib") {
        parts.insert(0, "usr");
    }
    format!("/{}", parts.join("/"))
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsString;
    use std::path::Path;

    /// Builds a library or, without `-shared`, a program for this machine in `root`.
    fn link(root: &Path, at: &str, flags: &[&str]) {
        let at = root.join(at);
        fs::create_dir_all(at.parent().unwrap()).unwrap();
        let words = ["-nostdlib", "-Wl,--no-as-needed", "-xc", "/dev/null", "-xnone"];
        let words = words.iter().chain(flags).map(OsString::from);
        duct::cmd("cc", words.chain(["-o".into(), at.into()])).dir(root).run().unwrap();
    }

    fn packages() -> (tempfile::TempDir, Packages) {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        let lib = |name: &str| format!("-Wl,-soname,{name}");
        link(root, "lib/powerpc64le-linux-gnu/libb.so.1", &["-shared", &lib("libb.so.1")]);
        link(root, "usr/lib/own/libc.so.1", &["-shared", &lib("libc.so.1")]);
        let (b, c) = ("lib/powerpc64le-linux-gnu/libb.so.1", "usr/lib/own/libc.so.1");
        let liba = "usr/lib/powerpc64le-linux-gnu/liba.so.1";
        link(root, liba, &["-shared", &lib("liba.so.1"), b, c, "-Wl,-rpath,$ORIGIN/../own"]);
        let program =
            ["-Wl,-e,0", "-pie", "-Wl,-dynamic-linker,/lib64/ld64.so.2", liba, "-Wl,--allow-shlib-undefined"];
        link(root, "usr/bin/program", &program);
        fs::create_dir(root.join("lib64")).unwrap();
        fs::write(root.join("lib64/ld64.so.2"), "loader").unwrap();
        let packages = Packages::at(root.to_owned());
        (dir, packages)
    }

    #[test]
    fn has_the_loader_libraries_and_theirs() {
        let (_dir, packages) = packages();
        let found = closure(&packages, "/usr/bin/program").unwrap();
        let paths: Vec<_> = found.keys().map(String::as_str).collect();
        assert_eq!(
            paths,
            [
                "/lib64/ld64.so.2",
                "/usr/lib/own/libc.so.1",
                "/usr/lib/powerpc64le-linux-gnu/liba.so.1",
                "/usr/lib/powerpc64le-linux-gnu/libb.so.1",
            ]
        );
    }

    #[test]
    fn a_missing_library_is_named_with_what_needs_it() {
        let (dir, packages) = packages();
        fs::remove_file(dir.path().join("usr/lib/own/libc.so.1")).unwrap();
        let error = closure(&packages, "/usr/bin/program").unwrap_err().to_string();
        assert!(error.starts_with("/usr/lib/powerpc64le-linux-gnu/liba.so.1 needs libc.so.1, "), "{error}");
    }
}
