// SPDX-License-Identifier: GPL-2.0-or-later
//! The emulator: the one in `P8SMT_QEMU`, else the one on PATH if the plugin can be loaded in it, else Debian's.

mod api;
pub mod debian;
mod known;

use super::Env;
use crate::artifacts::Qemu;
use anyhow::{Context, Result, bail};
use std::env;
use std::path::{Path, PathBuf};

/// The version of QEMU's plugin interface that the plugin speaks.
pub const PLUGIN_API: u32 = 7;

/// Finds it, or gets it.
///
/// # Errors
/// Where the one that was asked for cannot be used, or Debian's cannot be had.
pub fn find(env: &mut Env) -> Result<Qemu> {
    if let Some(asked) = env::var_os("P8SMT_QEMU").filter(|value| !value.is_empty()) {
        let path = on_path(Path::new(&asked)).with_context(|| {
            format!(
                "P8SMT_QEMU={}: no such program; give the path of a qemu-system-ppc64",
                asked.to_string_lossy()
            )
        })?;
        let qemu = examine(env, vec![path.to_string_lossy().into_owned()])
            .with_context(|| format!("P8SMT_QEMU={}", path.display()))?;
        if !speaks(&qemu) {
            bail!(
                "P8SMT_QEMU={}: {} accepts plugin API {}, p8smt speaks {PLUGIN_API} (QEMU 11.1); unset it to use Debian's build",
                path.display(),
                qemu.version,
                range(&qemu)
            );
        }
        return Ok(qemu);
    }
    if let Some(path) = on_path(Path::new("qemu-system-ppc64"))
        && let Ok(qemu) = examine(env, vec![path.to_string_lossy().into_owned()])
        && speaks(&qemu)
    {
        return Ok(qemu);
    }
    let command = debian::command(env)?;
    let qemu = examine(env, command).context("Debian's QEMU")?;
    if !speaks(&qemu) {
        bail!(
            "Debian's {} accepts plugin API {}, p8smt speaks {PLUGIN_API}: name a QEMU 11.1 in P8SMT_QEMU, or update p8smt",
            qemu.version,
            range(&qemu)
        );
    }
    Ok(qemu)
}

fn speaks(qemu: &Qemu) -> bool {
    (qemu.plugin_api.0..=qemu.plugin_api.1).contains(&PLUGIN_API)
}

/// `7`, or `2 to 4`.
fn range(qemu: &Qemu) -> String {
    match qemu.plugin_api {
        (lowest, highest) if lowest == highest => lowest.to_string(),
        (lowest, highest) => format!("{lowest} to {highest}"),
    }
}

/// Asks a QEMU what it is, or remembers what the same file has said before.
fn examine(env: &Env, command: Vec<String>) -> Result<Qemu> {
    known::or_ask(&env.cache, command, |command| {
        let version = version(command)?;
        let plugin_api = api::accepted(command)?;
        Ok(Qemu { command: command.to_vec(), version, plugin_api })
    })
}

fn version(command: &[String]) -> Result<String> {
    let (program, words) = command.split_first().context("no QEMU to ask")?;
    let ask = |last: &[&str]| {
        super::command::command(program, words.iter().map(String::as_str).chain(last.iter().copied()))
            .stderr_to_stdout()
            .read()
    };
    let text = ask(&["--version"]).with_context(|| format!("{program} --version: it cannot be started"))?;
    let line = text.lines().next().unwrap_or_default();
    if !line.starts_with("QEMU emulator version ") {
        bail!("it is no QEMU, it says: {line}");
    }
    let machines = ask(&["-M", "help"]).context("it does not list its machines")?;
    if !machines.lines().any(|line| line.starts_with("powernv8 ")) {
        bail!("{line} has no machine powernv8: it must be a qemu-system-ppc64");
    }
    Ok(line.to_owned())
}

/// The file that a name stands for, as a shell would find it.
fn on_path(name: &Path) -> Option<PathBuf> {
    use std::os::unix::fs::PermissionsExt;
    let runs = |path: &PathBuf| {
        path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
    };
    if name.components().count() > 1 {
        return std::path::absolute(name).ok().filter(runs);
    }
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(name)).find(runs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn range_of_versions_reads_well() {
        let qemu = |plugin_api| Qemu { command: vec![], version: String::new(), plugin_api };
        assert_eq!(range(&qemu((7, 7))), "7");
        assert_eq!(range(&qemu((2, 4))), "2 to 4");
        assert!(speaks(&qemu((7, 7))) && speaks(&qemu((5, 9))));
        assert!(!speaks(&qemu((2, 4))) && !speaks(&qemu((8, 9))));
    }

    #[test]
    fn what_is_no_qemu_is_named() {
        let error = version(&["/bin/true".to_owned()]).unwrap_err();
        assert!(error.to_string().starts_with("it is no QEMU, it says: true (GNU coreutils)"), "{error}");
    }
}
