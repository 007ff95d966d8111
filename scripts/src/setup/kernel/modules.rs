// SPDX-License-Identifier: GPL-2.0-or-later
//! The modules of a kernel that has some, as its initramfs holds them.

use super::super::command::command;
use super::super::progress::Step;
use super::CROSS;
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// What modprobe reads.
const DEPENDENCIES: &str = "modules.dep";
/// Before the names of the modules that one needs, in its section `.modinfo`. Source: Linux `scripts/mod/modpost.c`.
const DEPENDS: &[u8] = b"\0depends=";

/// Whether a configuration has modules.
pub fn has_any(config: &str) -> bool {
    config.lines().any(|line| line == "CONFIG_MODULES=y")
}

/// Takes the modules out of the objects into the folder `to`, beside what modprobe has to know of them.
///
/// # Errors
/// Where one cannot be read, stripped or written.
pub fn keep(objects: &Path, to: &Path, step: &Step) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("{}: cannot make this folder", to.display()))?;
    let mut needs = BTreeMap::new();
    for from in modules(objects) {
        let name = from.file_name().unwrap_or_default().to_owned();
        let kept = to.join(&name);
        let words = [OsString::from("-g"), "-o".into(), kept.clone().into(), from.into()];
        step.run("strip", &command(&format!("{CROSS}strip"), words))?;
        let bytes = fs::read(&kept).with_context(|| format!("{}: cannot read", kept.display()))?;
        needs.insert(name.to_string_lossy().into_owned(), depends(&bytes));
    }
    let list = to.join(DEPENDENCIES);
    fs::write(&list, dependencies(&needs)).with_context(|| format!("{}: cannot write", list.display()))
}

fn modules(objects: &Path) -> Vec<PathBuf> {
    let files = WalkDir::new(objects).sort_by_file_name().into_iter().filter_map(Result::ok);
    let paths = files.map(walkdir::DirEntry::into_path);
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "ko")).collect()
}

/// The names of the modules that a module needs itself.
fn depends(module: &[u8]) -> Vec<String> {
    let Some(at) = module.windows(DEPENDS.len()).position(|bytes| bytes == DEPENDS) else { return vec![] };
    let text = module[at + DEPENDS.len()..].split(|byte| *byte == 0).next().unwrap_or_default();
    let text = String::from_utf8_lossy(text);
    text.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// A line for each file: what has to be loaded before it, the last of that first.
fn dependencies(needs: &BTreeMap<String, Vec<String>>) -> String {
    let mut text = String::new();
    for file in needs.keys() {
        let mut before = Vec::new();
        add(needs, file, &mut before);
        text += &format!("{file}:{}\n", before.iter().map(|file| format!(" {file}")).collect::<String>());
    }
    text
}

fn add(needs: &BTreeMap<String, Vec<String>>, file: &str, before: &mut Vec<String>) {
    for name in &needs[file] {
        let is = |file: &&String| file.trim_end_matches(".ko").replace('-', "_") == name.replace('-', "_");
        if let Some(needed) = needs.keys().find(is) {
            before.retain(|file| file != needed);
            before.push(needed.clone());
            add(needs, needed, before);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_says_what_it_needs() {
        let module = b"\x7fELF..\0license=GPL\0depends=kvm,torture\0name=kvm_hv\0";
        assert_eq!(depends(module), ["kvm", "torture"]);
        assert_eq!(depends(b"\0depends=\0"), Vec::<String>::new());
        assert_eq!(depends(b"no module"), Vec::<String>::new());
    }

    #[test]
    fn what_is_needed_is_listed_all_of_it() {
        let needs = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let all = BTreeMap::from([
            ("kvm-hv.ko".to_owned(), needs(&["kvm_book3s"])),
            ("kvm-book3s.ko".to_owned(), needs(&["kvm"])),
            ("kvm.ko".to_owned(), needs(&[])),
        ]);
        let text = "kvm-book3s.ko: kvm.ko\nkvm-hv.ko: kvm-book3s.ko kvm.ko\nkvm.ko:\n";
        assert_eq!(dependencies(&all), text);
    }

    #[test]
    fn a_configuration_without_them_has_none() {
        assert!(has_any("CONFIG_A=y\nCONFIG_MODULES=y\n"));
        assert!(!has_any("# CONFIG_MODULES is not set\n"));
    }
}
