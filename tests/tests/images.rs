// SPDX-License-Identifier: GPL-2.0-or-later
//! Images, and the programs in them.

use p8smt_scripts::artifacts::root;
use p8smt_scripts::setup;
use p8smt_tests::artifacts;
use rustix::fs::Mode;
use rustix::process::umask;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

fn run(command: &mut Command) {
    let status = command.status().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    assert!(status.success(), "{command:?}: {status}");
}

/// A cache in which nothing is built; what was downloaded is that of `from`.
fn downloads_alone(from: &Path, to: &Path) {
    let packages = to.join("packages");
    std::fs::create_dir_all(&packages).expect("a folder");
    for entry in std::fs::read_dir(from.join("packages")).expect("what setup has unpacked") {
        let entry = entry.expect("a folder");
        symlink(entry.path(), packages.join(entry.file_name())).expect("a link");
    }
}

#[test]
fn another_place_and_umask_give_the_same_bytes() {
    let built = artifacts().initrd;
    let cache = built.ancestors().nth(3).expect("CACHE/images/KEY/initrd");
    let elsewhere = tempfile::tempdir().expect("a folder");
    let clone = elsewhere.path().join("a clone that stands elsewhere");
    std::fs::create_dir(&clone).expect("a folder");
    // Not readable for others, and newer.
    umask(Mode::RWXG | Mode::RWXO);
    // Of the patches, a program of the image takes a source.
    for folder in ["images", "kernel-patches"] {
        run(Command::new("cp").arg("-r").arg(root().join(folder)).arg(&clone));
    }
    downloads_alone(cache, &elsewhere.path().join("cache"));
    let again = setup::image(&clone, &elsewhere.path().join("cache")).unwrap_or_else(|e| panic!("{e:#}"));
    assert_ne!(built, again);
    let [built, again] = [built, again].map(|path| std::fs::read(path).expect("an image"));
    assert!(!built.is_empty());
    assert!(built == again, "the images differ: {} and {} bytes", built.len(), again.len());
}

#[test]
fn programs_pass_their_own_tests() {
    run(&mut Command::new(root().join("images/programs/tests/run")));
}
