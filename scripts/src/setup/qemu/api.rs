// SPDX-License-Identifier: GPL-2.0-or-later
//! Which versions of the plugin interface a QEMU accepts.
//!
//! QEMU tells only whom it refuses: `plugin requires API version 0, but this QEMU supports only a minimum version
//! of 7` and `… version 1000000, but … only up to version 7` (plugins/loader.c).

use super::super::command::command;
use anyhow::{Context, Result, bail};
use std::ffi::OsString;
use std::path::Path;

/// Below and above all versions there have been.
const OUTLANDISH: [u32; 2] = [0, 1_000_000];

/// The lowest and the highest version that the QEMU started by `program` accepts.
///
/// # Errors
/// Where it takes no plugins at all, or cannot be started.
pub fn accepted(program: &[String]) -> Result<(u32, u32)> {
    let dir = tempfile::tempdir().context("cannot make a temporary folder")?;
    let mut bounds = [0; 2];
    for (bound, version) in bounds.iter_mut().zip(OUTLANDISH) {
        let plugin = dir.path().join(format!("version-{version}.so"));
        compile(version, &plugin)?;
        let machine = ["-M", "none", "-display", "none", "-nodefaults", "-plugin"].map(OsString::from);
        let words =
            program.iter().skip(1).map(OsString::from).chain(machine).chain([plugin.into_os_string()]);
        let first = program.first().context("no QEMU to ask")?;
        let output = command(first, words)
            .stderr_to_stdout()
            .stdout_capture()
            .unchecked()
            .run()
            .with_context(|| format!("{first}: cannot be started"))?;
        let text = String::from_utf8_lossy(&output.stdout);
        *bound = refusal(&text, version).with_context(|| not_a_refusal(&text))?;
    }
    let [lowest, highest] = bounds;
    if lowest > highest {
        bail!("it says that it accepts plugin API versions from {lowest} to {highest}");
    }
    Ok((lowest, highest))
}

/// The version that a refusal of `version` names.
fn refusal(text: &str, version: u32) -> Option<u32> {
    let line = text.lines().find(|line| line.contains(&format!("requires API version {version},")))?;
    line.rsplit(' ').next()?.trim().parse().ok()
}

fn not_a_refusal(text: &str) -> String {
    let said = text.lines().next().unwrap_or("nothing");
    format!("it does not say which plugin API it accepts, was it built with plugins? It says: {said}")
}

fn compile(version: u32, plugin: &Path) -> Result<()> {
    let define = format!("-DP8SMT_VERSION={version}");
    let words = ["-shared", "-fPIC", &define, "-xc", "-", "-o"].map(OsString::from);
    duct::cmd("cc", words.into_iter().chain([plugin.as_os_str().to_owned()]))
        .stdin_bytes(include_str!("version_probe.c"))
        .stderr_to_stdout()
        .read()
        .context("cc: cannot compile a plugin to ask QEMU with; is the package gcc installed?")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_refusals() {
        let low = "qemu-system-ppc64: Could not load plugin /t/a.so: plugin requires API version 0, but this QEMU supports only a minimum version of 2";
        let high = "qemu-system-ppc64: Could not load plugin /t/a.so: plugin requires API version 1000000, but this QEMU supports only up to version 4\n";
        assert_eq!(refusal(low, 0), Some(2));
        assert_eq!(refusal(high, 1_000_000), Some(4));
        assert_eq!(refusal(low, 1_000_000), None);
        assert_eq!(refusal("qemu-system-ppc64: -plugin: invalid option", 0), None);
    }

    #[test]
    fn what_is_no_qemu_is_told_so() {
        let error = accepted(&["/bin/echo".to_owned()]).unwrap_err();
        assert!(error.to_string().contains("does not say which plugin API it accepts"), "{error}");
        let error = accepted(&["/no/such/qemu".to_owned()]).unwrap_err();
        assert!(format!("{error:#}").contains("/no/such/qemu"), "{error:#}");
    }
}
