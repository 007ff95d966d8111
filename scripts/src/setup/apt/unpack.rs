// SPDX-License-Identifier: GPL-2.0-or-later
//! Packages to files.

use super::super::command::{command, filter};
use super::super::progress::Step;
use anyhow::{Context, Result};
use duct::Expression;
use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Unpacks all of them into `to`, but for what is left out. Files belong to whoever runs this.
pub fn all(debs: &[PathBuf], to: &Path, leave_out: &[String], step: &mut Step) -> Result<()> {
    step.doing("unpacking");
    for (done, deb) in debs.iter().enumerate() {
        step.at(done as u64, debs.len() as u64);
        let mut words: Vec<OsString> =
            vec!["-x".into(), "--no-same-owner".into(), "--no-same-permissions".into()];
        words.extend(leave_out.iter().map(|path| format!("--exclude=./{path}").into()));
        words.extend(["-C".into(), to.into()]);
        step.run("dpkg-deb", &contents(deb).pipe(filter("tar", words)))
            .with_context(|| format!("{}: cannot be unpacked", deb.display()))?;
    }
    Ok(())
}

/// Writes one file of a package to `to`.
pub fn member(deb: &Path, member: &str, to: &Path, step: &Step) -> Result<()> {
    let file = File::create(to).with_context(|| format!("{}: cannot write", to.display()))?;
    let tar = filter("tar", ["-xO", member]).stdout_file(file);
    step.run("dpkg-deb", &contents(deb).pipe(tar))
        .with_context(|| format!("{}: cannot be unpacked", deb.display()))
}

fn contents(deb: &Path) -> Expression {
    command("dpkg-deb", [OsString::from("--fsys-tarfile"), deb.into()])
}
