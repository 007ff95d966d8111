// SPDX-License-Identifier: GPL-2.0-or-later
//! Which archive to ask: the one that this system uses.

use super::super::command::command;

/// The archive to ask where the system names none of Debian's.
const DEFAULT: &str = "http://deb.debian.org/debian/";

/// `P8SMT_DEBIAN` where it is set; else the first archive of Debian in apt's configuration; else the default.
pub fn uri() -> String {
    if let Some(uri) = std::env::var("P8SMT_DEBIAN").ok().filter(|uri| !uri.is_empty()) {
        return uri;
    }
    let format = "$(REPO_URI)|$(RELEASE)|$(COMPONENT)";
    let targets = command("apt-get", ["indextargets", "--format", format, "Created-By: Packages"]);
    let targets = targets.stderr_null().read().unwrap_or_default();
    first_of_debian(&targets).unwrap_or_else(|| DEFAULT.to_owned())
}

/// The first archive with a whole release of Debian in lines of `URI|RELEASE|COMPONENT`: its last folder is
/// `debian`, and the release is no suffix suite (security and updates may stand elsewhere).
fn first_of_debian(targets: &str) -> Option<String> {
    targets.lines().find_map(|line| {
        let mut words = line.split('|');
        let (uri, release, component) = (words.next()?, words.next()?, words.next()?);
        let whole = component == "main" && !release.contains(['-', '/']);
        (whole && uri.trim_end_matches('/').ends_with("/debian")).then(|| uri.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_archive_and_not_security_or_others() {
        let targets = "https://deb.nodesource.com/node_20.x/|nodistro|main
http://security.debian.org/debian-security/|bookworm-security|main
http://mirror.example/debian/|bookworm-updates|main
http://mirror.example/debian/|bookworm|main
http://deb.debian.org/debian/|bookworm|main";
        assert_eq!(first_of_debian(targets).as_deref(), Some("http://mirror.example/debian/"));
        assert_eq!(first_of_debian("http://archive.ubuntu.com/ubuntu/|noble|main"), None);
        assert_eq!(first_of_debian(""), None);
    }
}
