// SPDX-License-Identifier: GPL-2.0-or-later
//! What goes into an image, as `images/NAME.toml` says; the form is described in `images/host.toml`.

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::fs;
use std::path::Path;

/// An image.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Folders that nothing else in the image would make.
    #[serde(default)]
    pub directories: Vec<String>,
    /// Files.
    #[serde(default, rename = "file")]
    pub files: Vec<File>,
    /// Symbolic links.
    #[serde(default, rename = "link")]
    pub links: Vec<Link>,
}

/// A file of an image.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Where it stands in the image.
    pub path: String,
    program: Option<String>,
    package: Option<String>,
    image: Option<String>,
    /// Whether the loader and the libraries that it needs come along.
    #[serde(default)]
    pub closure: bool,
    /// Whether it loses its symbols.
    #[serde(default)]
    pub strip: bool,
    /// Whether it is compressed.
    #[serde(default)]
    pub gzip: bool,
}

/// A symbolic link of an image.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// Where it stands.
    pub path: String,
    /// What it points to.
    pub target: String,
}

/// Where a file comes from.
#[derive(Debug, PartialEq, Eq)]
pub enum Origin<'a> {
    /// `images/programs/NAME`.
    Program(&'a str),
    /// A path in the unpacked packages.
    Package(&'a str),
    /// Another image.
    Image(&'a str),
}

impl File {
    /// Where it comes from.
    pub fn origin(&self) -> Result<Origin<'_>> {
        match (&self.program, &self.package, &self.image) {
            (Some(name), None, None) => Ok(Origin::Program(name)),
            (None, Some(path), None) => Ok(Origin::Package(path)),
            (None, None, Some(name)) => Ok(Origin::Image(name)),
            _ => bail!("{}: must come from one of program, package or image", self.path),
        }
    }
}

impl Manifest {
    /// Reads one.
    pub fn load(path: &Path) -> Result<Manifest> {
        let text = fs::read_to_string(path).with_context(|| format!("{}: cannot read", path.display()))?;
        Manifest::parse(&text).with_context(|| format!("{}: no description of an image", path.display()))
    }

    fn parse(text: &str) -> Result<Manifest> {
        let manifest: Manifest = toml::from_str(text)?;
        let files = manifest.files.iter().map(|file| &file.path);
        let paths =
            manifest.directories.iter().chain(files).chain(manifest.links.iter().map(|link| &link.path));
        if let Some(path) = paths.into_iter().find(|path| !is_plain(path)) {
            bail!("{path}: must be an absolute path without . and ..");
        }
        for file in &manifest.files {
            file.origin()?;
        }
        Ok(manifest)
    }
}

fn is_plain(path: &str) -> bool {
    path.strip_prefix('/').is_some_and(|rest| rest.split('/').all(|part| !matches!(part, "" | "." | "..")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_one_origin() {
        let origin = |line: &str| {
            let manifest = Manifest::parse(&format!("[[file]]\npath = \"/x\"\n{line}"))?;
            Ok::<_, anyhow::Error>(format!("{:?}", manifest.files[0].origin()?))
        };
        assert_eq!(origin("program = \"agent\"").unwrap(), "Program(\"agent\")");
        assert_eq!(origin("package = \"/a\"\nclosure = true").unwrap(), "Package(\"/a\")");
        for wrong in ["", "program = \"a\"\nimage = \"b\""] {
            let error = origin(wrong).unwrap_err();
            assert_eq!(error.to_string(), "/x: must come from one of program, package or image");
        }
    }

    #[test]
    fn what_it_does_not_know_is_refused() {
        let error = Manifest::parse("[[file]]\npath = \"/x\"\nprogramme = \"a\"").unwrap_err();
        assert!(error.to_string().contains("programme"), "{error}");
        let error = Manifest::parse("directories = [\"/a/../b\"]").unwrap_err();
        assert_eq!(error.to_string(), "/a/../b: must be an absolute path without . and ..");
    }
}
