// SPDX-License-Identifier: GPL-2.0-or-later
//! What a failed command's output says has happened, and what a person can do about it.

use std::io::ErrorKind;

/// A cause that is not in this repository.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Neither the archive nor a proxy answers.
    #[error(
        "the Debian archive cannot be reached ({0}): check the network and apt's proxy settings, then run scripts/setup again"
    )]
    Offline(String),
    /// The archive's index and its files are not of the same moment, or it is overloaded: passes with time.
    #[error(
        "the Debian archive does not deliver what its index names ({0}): try again later or name another mirror in P8SMT_DEBIAN"
    )]
    MidSync(String),
    /// The archive, or a proxy on the way, does not want to.
    #[error(
        "the Debian archive refuses to answer ({0}): check apt's proxy and login settings, or name another mirror in P8SMT_DEBIAN"
    )]
    Refused(String),
    /// No room.
    #[error(
        "the disk is full ({0}): setup needs about 3 GB in its cache while it builds, less than 1 GB afterwards; make room or set XDG_CACHE_HOME to another disk, then run scripts/setup again"
    )]
    DiskFull(String),
    /// The archive's index does not have it.
    #[error(
        "the Debian archive has no such package ({0}): it may be a partial mirror, name another in P8SMT_DEBIAN"
    )]
    MissingPackage(String),
    /// What came is not signed by Debian.
    #[error(
        "the signature of the Debian archive could not be verified ({0}): install or update the package debian-archive-keyring, or name another mirror in P8SMT_DEBIAN"
    )]
    Signature(String),
}

/// Phrases, each of which means that cause with that line.
type Phrases = (&'static [&'static str], fn(String) -> Fault);

/// Phrases of apt, dpkg-deb, tar, make and compilers (in the C locale), the most telling first.
const PHRASES: [Phrases; 6] = [
    (
        &["No space left on device", "Wrote only ", "enough free space in", "Disk quota exceeded"],
        Fault::DiskFull,
    ),
    (&["400  ", "401  ", "403  ", "407  ", "451  "], Fault::Refused),
    (
        &["is not signed", "NO_PUBKEY", "EXPKEYSIG", "BADSIG", "signatures couldn't be verified"],
        Fault::Signature,
    ),
    (
        &[
            "404  Not Found",
            "Hash Sum mismatch",
            "unexpected size",
            "Mirror sync in progress",
            "does not have a Release file",
            "500  ",
            "502  ",
            "503  ",
            "504  ",
            "Undetermined Error",
            "Connection reset",
            "Error reading from server",
        ],
        Fault::MidSync,
    ),
    (
        &[
            "Could not resolve",
            "Temporary failure resolving",
            "Could not connect",
            "Unable to connect",
            "Cannot initiate the connection",
            "Network is unreachable",
            "No route to host",
            "onnection refused",
            "onnection timed out",
            "onnection failed",
            "Could not handshake",
        ],
        Fault::Offline,
    ),
    (&["Unable to locate package", "has no installation candidate", "Can't select"], Fault::MissingPackage),
];

impl Fault {
    /// The cause that the lines of an output name, if any.
    pub fn of<'a>(lines: impl Iterator<Item = &'a str> + Clone) -> Option<Fault> {
        PHRASES.iter().find_map(|(phrases, fault)| {
            let line = lines.clone().find(|line| phrases.iter().any(|phrase| line.contains(phrase)))?;
            Some(fault(shorten(line)))
        })
    }

    /// The cause that an error of our own names, if any.
    pub fn in_error(error: &anyhow::Error) -> Option<Fault> {
        error.chain().filter_map(|cause| cause.downcast_ref::<std::io::Error>()).find_map(|cause| {
            matches!(cause.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
                .then(|| Fault::DiskFull(cause.to_string()))
        })
    }

    /// Whether the same may work a little later.
    pub fn passes(&self) -> bool {
        matches!(self, Fault::MidSync(_))
    }
}

/// The line without apt's marks in front of it.
fn shorten(line: &str) -> String {
    let line = line.trim();
    ["E: ", "W: ", "Err:"].iter().find_map(|mark| line.strip_prefix(mark)).unwrap_or(line).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> Option<Fault> {
        Fault::of(text.lines())
    }

    #[test]
    fn apt_in_the_middle_of_a_sync_passes() {
        for text in [
            "E: Failed to fetch http://deb.debian.org/debian/pool/x.deb  404  Not Found [IP: 1.2.3.4 80]",
            "E: Failed to fetch http://h/Packages.xz  File has unexpected size (1 != 2). Mirror sync in progress? [IP: 1.2.3.4 80]",
            "E: Failed to fetch store:/x  Hash Sum mismatch",
            "E: Failed to fetch http://h/InRelease  503  Service Unavailable [IP: 1.2.3.4 80]",
        ] {
            let fault = fault(text).unwrap();
            assert!(matches!(fault, Fault::MidSync(_)), "{text}: {fault:?}");
            assert!(fault.passes());
        }
    }

    #[test]
    fn offline_and_its_kin_do_not() {
        for (text, expected) in [
            (
                "W: Failed to fetch http://d/InRelease  Temporary failure resolving 'd'",
                "Failed to fetch http://d/InRelease  Temporary failure resolving 'd'",
            ),
            (
                "Err:1 http://d x InRelease\n  Could not connect to d:80 (1.2.3.4). - connect (111: Connection refused)",
                "Could not connect to d:80 (1.2.3.4). - connect (111: Connection refused)",
            ),
        ] {
            let fault = fault(text).unwrap();
            assert_eq!(fault, Fault::Offline(expected.to_owned()));
            assert!(!fault.passes());
        }
        assert_eq!(
            fault("E: Unable to locate package qemu-system-ppc"),
            Some(Fault::MissingPackage("Unable to locate package qemu-system-ppc".to_owned()))
        );
        let refused = "E: The repository 'http://d x InRelease' is not signed.
E: Failed to fetch http://d/InRelease  403  Forbidden [IP: 1.2.3.4 80]";
        assert!(matches!(fault(refused), Some(Fault::Refused(_))));
        assert!(matches!(
            fault("E: The repository 'http://d x InRelease' is not signed."),
            Some(Fault::Signature(_))
        ));
    }

    #[test]
    fn full_disk_comes_before_what_it_causes() {
        let text = "E: Failed to fetch http://h/x  Hash Sum mismatch\ntar: usr: Cannot write: No space left on device";
        let fault = fault(text).unwrap();
        assert_eq!(fault, Fault::DiskFull("tar: usr: Cannot write: No space left on device".to_owned()));
        assert!(!fault.passes());
    }

    #[test]
    fn full_disk_is_seen_in_our_own_errors() {
        let error =
            anyhow::Error::from(std::io::Error::from(ErrorKind::StorageFull)).context("x: cannot write");
        assert!(matches!(Fault::in_error(&error), Some(Fault::DiskFull(_))));
        let error = anyhow::Error::from(std::io::Error::from(ErrorKind::PermissionDenied));
        assert_eq!(Fault::in_error(&error), None);
    }

    #[test]
    fn other_output_names_no_cause() {
        assert_eq!(fault("init/main.c:3:1: error: unknown type name 'foo'"), None);
    }
}
