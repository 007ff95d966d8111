// SPDX-License-Identifier: GPL-2.0-or-later
//! What an ELF file says it needs to run.

use anyhow::{Context, Result};
use object::elf;
use object::read::elf::{Dyn, ElfFile64, FileHeader, ProgramHeader};

/// The dynamic section and the interpreter of a program or library.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// The loader's path, in programs.
    pub interpreter: Option<String>,
    /// Names of libraries.
    pub libraries: Vec<String>,
    /// Folders that are searched before the usual ones.
    pub folders: Vec<String>,
}

/// Reads them; nothing is needed by what is statically linked.
///
/// # Errors
/// Where it is no 64-bit ELF file, or a broken one.
pub fn needs(bytes: &[u8]) -> Result<Needs> {
    let file: ElfFile64<'_> = ElfFile64::parse(bytes).context("no 64-bit ELF file")?;
    let endian = file.endian();
    let mut needs = Needs::default();
    for header in file.elf_program_headers() {
        if let Some(path) = header.interpreter(endian, bytes)? {
            needs.interpreter = Some(String::from_utf8_lossy(path).into_owned());
        }
        let Some(dynamic) = header.dynamic(endian, bytes)? else { continue };
        let sections = file.elf_header().sections(endian, bytes)?;
        let Some((_, link)) = sections.dynamic(endian, bytes)? else { continue };
        let strings = sections.strings(endian, bytes, link)?;
        for entry in dynamic.iter().take_while(|entry| entry.tag(endian) != elf::DT_NULL) {
            let text = || -> Result<String> {
                let text = entry.string(endian, strings).context("broken dynamic section")?;
                Ok(String::from_utf8_lossy(text).into_owned())
            };
            match entry.tag(endian) {
                elf::DT_NEEDED => needs.libraries.push(text()?),
                elf::DT_RPATH | elf::DT_RUNPATH => needs.folders.extend(text()?.split(':').map(String::from)),
                _ => {}
            }
        }
    }
    Ok(needs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_this_test_itself() {
        let bytes = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let needs = needs(&bytes).unwrap();
        assert!(needs.libraries.iter().any(|name| name == "libc.so.6"), "{needs:?}");
        assert!(needs.interpreter.unwrap().contains("ld-linux"));
    }

    #[test]
    fn reads_search_folders() {
        let dir = tempfile::tempdir().unwrap();
        let library = dir.path().join("x.so");
        let words = ["-shared", "-nostdlib", "-Wl,-rpath,$ORIGIN/sub:/opt", "-xc", "/dev/null", "-o"];
        duct::cmd("cc", words.map(std::ffi::OsString::from).into_iter().chain([library.clone().into()]))
            .run()
            .unwrap();
        let needs = needs(&std::fs::read(library).unwrap()).unwrap();
        assert_eq!(needs, Needs { folders: vec!["$ORIGIN/sub".into(), "/opt".into()], ..Needs::default() });
    }

    #[test]
    fn other_files_are_refused() {
        assert_eq!(needs(b"#!/bin/sh\n").unwrap_err().to_string(), "no 64-bit ELF file");
    }
}
