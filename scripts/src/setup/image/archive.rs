// SPDX-License-Identifier: GPL-2.0-or-later
//! An initramfs: a `newc` archive (Documentation/driver-api/early-userspace/buffer-format.rst in Linux).
//!
//! It is not compressed as a whole: an emulated processor takes a second and more to unpack 100 MB, and next to nothing
//! to copy them.
//! The bytes depend on names, contents, executability and link targets alone.

use anyhow::{Context, Result, bail};
use cpio::newc::{Builder, trailer};
use flate2::{Compression, GzBuilder};
use std::collections::BTreeMap;
use std::io::Write;

const FOLDER: u32 = 0o040_755;
const LINK: u32 = 0o120_777;
const PROGRAM: u32 = 0o100_755;
const DATA: u32 = 0o100_644;

/// Something in an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A folder.
    Folder,
    /// A symbolic link, with what it points to.
    Link(String),
    /// A file.
    File {
        /// Whether it may be executed.
        executable: bool,
        /// What is in it.
        bytes: Vec<u8>,
    },
}

/// The contents of an image by absolute path.
#[derive(Debug, Default)]
pub struct Archive(BTreeMap<String, Entry>);

impl Archive {
    /// Adds something and the folders on the way to it.
    ///
    /// # Errors
    /// Where there is something else at this path.
    pub fn add(&mut self, path: &str, entry: Entry) -> Result<()> {
        for (end, _) in path.match_indices('/').skip(1) {
            let folder = path[..end].to_owned();
            if *self.0.entry(folder.clone()).or_insert(Entry::Folder) != Entry::Folder {
                bail!("{path}: {folder} is no folder");
            }
        }
        if *self.0.entry(path.to_owned()).or_insert_with(|| entry.clone()) != entry {
            bail!("{path}: there is something else at this path");
        }
        Ok(())
    }

    /// The archive.
    ///
    /// # Errors
    /// Where a file has 4 GiB or more.
    pub fn to_cpio(&self) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        // Parents sort before what is in them.
        for (inode, (path, entry)) in (1..).zip(&self.0) {
            let (mode, bytes) = match entry {
                Entry::Folder => (FOLDER, &[][..]),
                Entry::Link(target) => (LINK, target.as_bytes()),
                Entry::File { executable: true, bytes } => (PROGRAM, &bytes[..]),
                Entry::File { executable: false, bytes } => (DATA, &bytes[..]),
            };
            let size =
                u32::try_from(bytes.len()).with_context(|| format!("{path}: too large for an initramfs"))?;
            let links = if *entry == Entry::Folder { 2 } else { 1 };
            let name = path.trim_start_matches('/');
            let mut file = Builder::new(name).ino(inode).mode(mode).nlink(links).write(out, size);
            file.write_all(bytes)?;
            out = file.finish()?;
        }
        Ok(trailer(out)?)
    }
}

/// Compresses; the header has neither a time nor a name nor an operating system.
///
/// # Errors
/// Never in memory.
pub fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut out = GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::new(6));
    out.write_all(bytes)?;
    Ok(out.finish()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn file(text: &str) -> Entry {
        Entry::File { executable: true, bytes: text.into() }
    }

    fn small() -> Archive {
        let mut archive = Archive::default();
        archive.add("/usr/bin/x", file("hello")).unwrap();
        archive.add("/bin", Entry::Link("usr/bin".to_owned())).unwrap();
        archive
    }

    #[test]
    fn bytes_are_those_of_the_format() {
        let cpio = small().to_cpio().unwrap();
        let header = |inode, mode: &str, links, size, name| {
            format!(
                "070701{inode:08x}{mode}0000000000000000{links:08x}00000000{size:08x}{:032x}{name:08x}{:08x}",
                0, 0
            )
        };
        let expected = [
            header(1, "0000a1ff", 1, 7, 4) + "bin\0" + "\0\0" + "usr/bin\0",
            header(2, "000041ed", 2, 0, 4) + "usr\0" + "\0\0",
            header(3, "000041ed", 2, 0, 8) + "usr/bin\0" + "\0\0",
            header(4, "000081ed", 1, 5, 10) + "usr/bin/x\0" + "hello\0\0\0",
        ]
        .concat();
        assert_eq!(String::from_utf8_lossy(&cpio[..expected.len()]), expected);
        assert!(cpio[expected.len()..].windows(10).any(|window| window == b"TRAILER!!!"));
        assert_eq!(cpio.len() % 4, 0);
    }

    #[test]
    fn order_of_adding_does_not_matter() {
        let mut other = Archive::default();
        other.add("/bin", Entry::Link("usr/bin".to_owned())).unwrap();
        other.add("/usr", Entry::Folder).unwrap();
        other.add("/usr/bin/x", file("hello")).unwrap();
        other.add("/usr/bin/x", file("hello")).unwrap();
        assert_eq!(other.to_cpio().unwrap(), small().to_cpio().unwrap());
    }

    #[test]
    fn one_path_holds_one_thing() {
        let mut archive = small();
        let error = archive.add("/usr/bin/x", file("other")).unwrap_err();
        assert_eq!(error.to_string(), "/usr/bin/x: there is something else at this path");
        let error = archive.add("/bin/y", file("y")).unwrap_err();
        assert_eq!(error.to_string(), "/bin/y: /bin is no folder");
    }

    #[test]
    fn gzip_tells_nothing_of_its_maker() {
        let bytes = gzip(b"hello").unwrap();
        assert_eq!(bytes[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
        let mut text = String::new();
        flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap();
        assert_eq!(text, "hello");
    }
}
