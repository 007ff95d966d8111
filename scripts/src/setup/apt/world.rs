// SPDX-License-Identifier: GPL-2.0-or-later
//! A folder in which apt finds its configuration, lists and archives instead of the system's.

use super::super::cache::{Cache, DOWNLOADS};
use super::super::command::command;
use super::super::key::Key;
use super::super::progress::Step;
use super::mirror;
use anyhow::{Context, Result};
use duct::Expression;
use std::fs;
use std::path::{Path, PathBuf};

/// Where Debian's keys are on a Debian system.
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// An apt world for one architecture and some suites.
#[derive(Debug)]
pub struct World {
    dir: PathBuf,
    /// The archive that it asks.
    pub uri: String,
}

impl World {
    /// Makes it in the cache, or uses what an earlier setup has left of it.
    ///
    /// # Errors
    /// Where it cannot be written, or the system has no keys to check Debian's signatures with.
    pub fn new(cache: &Cache, architecture: &str, suites: &[String], step: &Step) -> Result<World> {
        fs::metadata(KEYRING).with_context(|| {
            format!("{KEYRING}: not there; install the package debian-archive-keyring to check Debian's signatures with")
        })?;
        let uri = mirror::uri();
        let name = Key::new().part("architecture", architecture).part("suites", suites.join(" "));
        let dir = cache.folder(DOWNLOADS)?.join(name.part("uri", &uri).name());
        let make = || -> std::io::Result<()> {
            for folder in ["etc/sources.list.d", "etc/preferences.d", "etc/trusted.gpg.d", "etc/apt.conf.d"] {
                fs::create_dir_all(dir.join(folder))?;
            }
            for folder in ["lists/partial", "archives/partial", "none/partial", "dpkg", "log"] {
                fs::create_dir_all(dir.join(folder))?;
            }
            fs::write(dir.join("dpkg/status"), "")?;
            fs::write(dir.join("etc/sources.list.d/debian.sources"), sources(&uri, suites, architecture))?;
            fs::write(dir.join("apt.conf"), configuration(&dir, architecture, &acquire()))
        };
        make().with_context(|| format!("{}: cannot write", dir.display()))?;
        step.doing(format!("asking {uri}"));
        Ok(World { dir, uri })
    }

    /// A command that works in it.
    pub fn command(&self, program: &str, arguments: &[&str]) -> Expression {
        command(program, arguments.iter().copied()).env("APT_CONFIG", self.dir.join("apt.conf"))
    }

    /// Where downloaded packages are.
    pub fn archives(&self) -> PathBuf {
        self.dir.join("archives")
    }

    /// A folder for packages that is always empty.
    pub fn none(&self) -> PathBuf {
        self.dir.join("none")
    }
}

fn sources(uri: &str, suites: &[String], architecture: &str) -> String {
    format!(
        "Types: deb\nURIs: {uri}\nSuites: {}\nComponents: main\nArchitectures: {architecture}\nSigned-By: {KEYRING}\n",
        suites.join(" ")
    )
}

/// How the system's apt reaches its archives: proxies, timeouts and so on, line by line as `apt-config` prints it.
fn acquire() -> String {
    command("apt-config", ["dump", "Acquire"]).stderr_null().read().unwrap_or_default()
}

/// The system's lines that say how to reach an archive. Not what else to download for other programs, and nothing
/// that weakens the check of signatures.
fn how_to_reach(acquire: &str) -> impl Iterator<Item = &str> {
    let not = ["Acquire::IndexTargets", "Acquire::Changelogs", "Acquire::Languages", "Acquire::GzipIndexes"];
    acquire.lines().filter(move |line| {
        line.starts_with("Acquire::")
            && !not.iter().any(|name| line.starts_with(name))
            && !line.contains("AllowInsecure")
            && !line.contains("AllowWeak")
            && !line.contains("AllowDowngrade")
    })
}

fn configuration(dir: &Path, architecture: &str, acquire: &str) -> String {
    let dir = dir.display();
    let mut text = format!(
        "Dir \"{dir}\";
Dir::Etc \"{dir}/etc\";
Dir::Etc::netrc \"/etc/apt/auth.conf\";
Dir::Etc::netrcparts \"/etc/apt/auth.conf.d\";
Dir::State \"{dir}\";
Dir::State::status \"{dir}/dpkg/status\";
Dir::Cache \"{dir}\";
Dir::Log \"{dir}/log\";
APT::Architecture \"{architecture}\";
APT::Architectures {{ \"{architecture}\"; }};
APT::Install-Recommends \"false\";
APT::Sandbox::User \"root\";
APT::Get::AllowUnauthenticated \"false\";
APT::Update::Error-Mode \"any\";
APT::Status-Fd \"1\";
"
    );
    for line in how_to_reach(acquire) {
        text.push_str(line);
        text.push('\n');
    }
    text.push_str(
        "Acquire::AllowInsecureRepositories \"false\";
Acquire::AllowWeakRepositories \"false\";
Acquire::AllowDowngradeToInsecureRepositories \"false\";
Acquire::Languages { \"none\"; };
Acquire::GzipIndexes \"true\";
",
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_proxies_over_and_no_weakness() {
        let system = "Acquire \"\";
Acquire::AllowInsecureRepositories \"1\";
Acquire::http::Proxy \"http://proxy:3128\";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled \"true\";
Acquire::Retries \"5\";";
        let text = configuration(Path::new("/c"), "ppc64el", system);
        assert!(text.contains("Acquire::http::Proxy \"http://proxy:3128\";\n"));
        assert!(text.contains("Acquire::Retries \"5\";\n"));
        assert!(text.contains("Acquire::AllowInsecureRepositories \"false\";\n"));
        assert!(!text.contains("AllowInsecureRepositories \"1\""));
        assert!(!text.contains("DEP-11"));
    }

    #[test]
    fn sources_are_signed() {
        let text = sources("http://m/debian", &["a".into(), "b".into()], "amd64");
        assert!(text.contains("\nSuites: a b\n"));
        assert!(text.contains("\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n"));
    }
}
