// SPDX-License-Identifier: GPL-2.0-or-later
//! Files that a series of patches adds to the kernel, without the kernel: what it says is in the patch whole.

use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::path::Path;

/// Text of the file at `path` in the kernel's tree that one of the patches in `dir` adds.
///
/// # Errors
/// Where none adds it, or where more than one have to do with it.
pub fn file(dir: &Path, path: &str) -> Result<String> {
    let mut names: Vec<_> = fs::read_dir(dir)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>())
        .with_context(|| format!("{}: cannot read", dir.display()))?;
    names.retain(|name: &std::path::PathBuf| name.extension().is_some_and(|e| e == "patch"));
    names.sort();
    let mut found = None;
    for name in names {
        let patch = fs::read_to_string(&name).with_context(|| format!("{}: cannot read", name.display()))?;
        let Some(text) = added(&patch, path) else { continue };
        let text = text.with_context(|| format!("{}: {path}", name.display()))?;
        ensure!(found.is_none(), "{}: more than one patch has to do with {path}", name.display());
        found = Some(text);
    }
    found.with_context(|| format!("{}: no patch adds {path}", dir.display()))
}

/// `None` where the patch has nothing to do with it.
fn added(patch: &str, path: &str) -> Option<Result<String>> {
    let head = format!("\n+++ b/{path}\n");
    let at = patch.find(&head)?;
    Some(if patch[..at].ends_with("\n--- /dev/null") {
        whole(&patch[at + head.len()..])
    } else {
        Err(anyhow::anyhow!("changed, not added"))
    })
}

/// The text of the one hunk that adds a file: `@@ -0,0 +1,LINES @@`, and the lines.
fn whole(hunk: &str) -> Result<String> {
    let mut lines = hunk.lines();
    let head = lines.next().unwrap_or_default();
    let Some(count) = head.strip_prefix("@@ -0,0 +1").and_then(|rest| rest.strip_suffix(" @@")) else {
        bail!("'{head}' does not begin a new file")
    };
    let count: usize = count.strip_prefix(',').unwrap_or("1").parse().context(head.to_owned())?;
    let text: Option<String> =
        lines.take(count).map(|line| Some(format!("{}\n", line.strip_prefix('+')?))).collect();
    let text = text.context("a line that is not added")?;
    ensure!(text.lines().count() == count, "fewer lines than {count}");
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDS: &str = "text\n\ndiff --git a/d/new.c b/d/new.c\nnew file mode 100644\nindex 000..111\n\
                        --- /dev/null\n+++ b/d/new.c\n@@ -0,0 +1,2 @@\n+one\n+\n-- \n2.39.5\n";
    const CHANGES: &str = "\n--- a/d/new.c\n+++ b/d/new.c\n@@ -1,2 +1,2 @@\n-one\n+two\n\n-- \n2.39.5\n";

    fn series(patches: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (number, patch) in patches.iter().enumerate() {
            fs::write(dir.path().join(format!("{number}.patch")), patch).unwrap();
        }
        dir
    }

    #[test]
    fn a_new_file_is_in_its_patch() {
        assert_eq!(file(series(&["", ADDS]).path(), "d/new.c").unwrap(), "one\n\n");
    }

    #[test]
    fn anything_else_is_refused() {
        let error = |patches: &[&str]| format!("{:#}", file(series(patches).path(), "d/new.c").unwrap_err());
        assert!(error(&[""]).ends_with(": no patch adds d/new.c"));
        assert!(error(&[CHANGES]).ends_with("0.patch: d/new.c: changed, not added"));
        assert!(error(&[ADDS, ADDS]).ends_with("1.patch: more than one patch has to do with d/new.c"));
        assert!(error(&[&ADDS.replace("+1,2", "+1,3")]).ends_with("d/new.c: a line that is not added"));
    }
}
