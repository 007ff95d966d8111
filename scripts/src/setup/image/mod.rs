// SPDX-License-Identifier: GPL-2.0-or-later
//! Images: what `images/NAME.toml` says, put together.

mod archive;
mod closure;
mod elf;
mod manifest;
mod packages;

use super::Env;
use super::apt::Set;
use super::command::command;
use super::kernel::CROSS;
use super::key::Key;
use super::programs;
use anyhow::{Context, Result, bail};
use archive::{Archive, Entry, gzip};
use closure::closure;
use manifest::{File, Manifest, Origin};
use packages::Packages;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// What images are made from.
struct Stock {
    programs: BTreeMap<String, PathBuf>,
    packages: Packages,
}

/// Builds the host's initramfs and all that is in it; returns the file.
///
/// # Errors
/// What is missing, by name.
pub fn host(env: &mut Env) -> Result<PathBuf> {
    let path = env.root.join("images/packages.toml");
    let text = fs::read_to_string(&path).with_context(|| format!("{}: cannot read", path.display()))?;
    let set: Set =
        toml::from_str(&text).with_context(|| format!("{}: no set of packages", path.display()))?;
    let packages = Packages::at(set.unpacked(env, "ppc64el packages")?);
    let stock = Stock { programs: programs::all(env)?, packages };
    image(env, &stock, "host", &[])
}

/// Builds an image that holds what `initrd` holds and the files of a folder, at `place`.
///
/// # Errors
/// Where one of them cannot be read.
pub fn with_folder(env: &mut Env, initrd: &Path, folder: &Path, place: &str) -> Result<PathBuf> {
    let mut archive = Archive::default();
    for entry in fs::read_dir(folder).with_context(|| format!("{}: cannot read", folder.display()))? {
        let entry = entry.with_context(|| format!("{}: cannot read", folder.display()))?;
        archive.add(&format!("{place}/{}", entry.file_name().to_string_lossy()), read(&entry.path())?)?;
    }
    // Linux unpacks one archive after the other.
    let mut cpio = fs::read(initrd).with_context(|| format!("{}: cannot read", initrd.display()))?;
    cpio.extend(archive.to_cpio()?);
    finished(env, "host with modules", &cpio)
}

/// Builds an image; `within` are those that it is a part of.
fn image(env: &mut Env, stock: &Stock, name: &str, within: &[&str]) -> Result<PathBuf> {
    if within.contains(&name) {
        bail!("images/{name}.toml: this image holds itself");
    }
    let within = [within, &[name]].concat();
    let manifest = Manifest::load(&env.root.join(format!("images/{name}.toml")))?;
    let mut archive = Archive::default();
    for path in &manifest.directories {
        archive.add(path, Entry::Folder)?;
    }
    for link in &manifest.links {
        archive.add(&link.path, Entry::Link(link.target.clone()))?;
    }
    for file in &manifest.files {
        add(env, stock, &mut archive, file, &within).with_context(|| format!("images/{name}.toml"))?;
    }
    finished(env, name, &archive.to_cpio()?)
}

fn finished(env: &mut Env, name: &str, cpio: &[u8]) -> Result<PathBuf> {
    let key = Key::new().part("image", cpio).name();
    let built = match env.cache.finished("images", &key) {
        Some(path) => path,
        None => {
            let step = env.begin(&format!("image {name}"))?;
            let path = env.cache.finish("images", &key, |dir| write(&dir.join("initrd"), cpio))?;
            step.end(&format!("{:.1} MB", cpio.len() as f64 / 1e6));
            path
        }
    };
    Ok(built.join("initrd"))
}

fn add(env: &mut Env, stock: &Stock, archive: &mut Archive, file: &File, within: &[&str]) -> Result<()> {
    let mut from = match file.origin()? {
        Origin::Program(name) => stock
            .programs
            .get(name)
            .cloned()
            .with_context(|| format!("{}: no folder images/programs/{name}", file.path))?,
        Origin::Package(path) => {
            if file.closure {
                for (path, library) in closure(&stock.packages, path)? {
                    archive.add(&path, read(&library)?)?;
                }
            }
            stock.packages.the(path)?
        }
        Origin::Image(name) => image(env, stock, name, within)?,
    };
    if file.strip {
        from = stripped(env, &from)?;
    }
    let mut entry = read(&from)?;
    if let Entry::File { bytes, .. } = &mut entry
        && file.gzip
    {
        *bytes = gzip(bytes)?;
    }
    archive.add(&file.path, entry)
}

fn stripped(env: &mut Env, from: &Path) -> Result<PathBuf> {
    let key = Key::new().part("compiler", super::kernel::compiler()?).file("strip", from)?.name();
    let kept = match env.cache.finished("stripped", &key) {
        Some(path) => path,
        None => {
            let step = env.begin("strip")?;
            let path = env.cache.finish("stripped", &key, |dir| {
                let words = [OsString::from("-o"), dir.join("file").into(), from.into()];
                step.run("strip", &command(&format!("{CROSS}strip"), words))
            })?;
            step.end(&from.file_name().unwrap_or_default().to_string_lossy());
            path
        }
    };
    Ok(kept.join("file"))
}

fn read(path: &Path) -> Result<Entry> {
    let read = || -> std::io::Result<Entry> {
        let executable = fs::metadata(path)?.permissions().mode() & 0o100 != 0;
        Ok(Entry::File { executable, bytes: fs::read(path)? })
    };
    read().with_context(|| format!("{}: cannot read", path.display()))
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).with_context(|| format!("{}: cannot write", path.display()))
}
