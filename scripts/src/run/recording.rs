// SPDX-License-Identifier: GPL-2.0-or-later
//! Closes a run's recording with the verdict.

use anyhow::{Context, Result, bail};
use cpu_model::recording::{ChunkHeader, FILE_NAME, Kind, Recipe, Summary, Verdict, chunk_bytes};
use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Starts a recording in `out` that holds `recipe` and no events.
///
/// # Errors
/// Where it cannot be written.
pub fn start(out: &Path, recipe: &Recipe) -> Result<()> {
    let path = out.join(FILE_NAME);
    let chunk = chunk_bytes(Kind::Recipe, 0, &serde_json::to_vec(recipe)?);
    std::fs::write(&path, chunk).with_context(|| format!("cannot write {}", path.display()))
}

/// Appends `verdict` to the recording in `out`, in place of a chunk that was cut short, and gives back
/// the plugin's summary, where there is one. Where there is no recording, nothing is done.
///
/// # Errors
/// Where the recording is none, or cannot be written.
pub fn close(out: &Path, verdict: &Verdict) -> Result<Option<Summary>> {
    let path = out.join(FILE_NAME);
    let mut file = match File::options().read(true).write(true).open(&path) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        file => file.with_context(|| path.display().to_string())?,
    };
    append(&mut file, verdict).with_context(|| format!("cannot close {}", path.display()))
}

fn append(file: &mut File, verdict: &Verdict) -> Result<Option<Summary>> {
    let size = file.metadata()?.len();
    let mut end = 0;
    let mut summary = None;
    while end + ChunkHeader::SIZE as u64 <= size {
        let mut head = [0; ChunkHeader::SIZE];
        file.seek(SeekFrom::Start(end))?;
        file.read_exact(&mut head)?;
        let Some(header) = ChunkHeader::from_bytes(&head) else { bail!("no chunk at byte {end}") };
        let next = end + ChunkHeader::SIZE as u64 + u64::from(header.len);
        if next > size {
            break;
        }
        if header.kind == Kind::Summary {
            let mut payload = vec![0; header.len as usize];
            file.read_exact(&mut payload)?;
            summary = Some(serde_json::from_slice(&payload)?);
        }
        end = next;
    }
    file.set_len(end)?;
    file.seek(SeekFrom::Start(end))?;
    file.write_all(&chunk_bytes(Kind::Verdict, 0, &serde_json::to_vec(verdict)?))?;
    Ok(summary)
}

#[cfg(test)]
mod tests {
    use super::*;
    use cpu_model::recording::chunks;

    fn verdict() -> Verdict {
        Verdict { scenario: "boot".into(), outcome: "ok".into(), ..Verdict::default() }
    }

    fn kinds(out: &Path) -> Vec<Kind> {
        let bytes = std::fs::read(out.join(FILE_NAME)).unwrap();
        chunks(&bytes).map(|c| c.unwrap().header.kind).collect()
    }

    #[test]
    fn the_verdict_follows_the_summary() {
        let out = tempfile::tempdir().unwrap();
        start(out.path(), &Recipe::default()).unwrap();
        let summary = Summary { digest: "0123456789abcdef".into(), elapsed_tb: 512, ..Summary::default() };
        let mut file = File::options().append(true).open(out.path().join(FILE_NAME)).unwrap();
        file.write_all(&chunk_bytes(Kind::Summary, 0, &serde_json::to_vec(&summary).unwrap())).unwrap();
        assert_eq!(close(out.path(), &verdict()).unwrap(), Some(summary));
        assert_eq!(kinds(out.path()), [Kind::Recipe, Kind::Summary, Kind::Verdict]);
    }

    #[test]
    fn a_chunk_cut_short_makes_place() {
        let out = tempfile::tempdir().unwrap();
        start(out.path(), &Recipe::default()).unwrap();
        let mut file = File::options().append(true).open(out.path().join(FILE_NAME)).unwrap();
        let chunk = chunk_bytes(Kind::Events, 3, &[0; 100]);
        for cut in [1, ChunkHeader::SIZE, chunk.len() - 1] {
            file.write_all(&chunk[..cut]).unwrap();
            assert_eq!(close(out.path(), &verdict()).unwrap(), None);
        }
        let verdicts = [Kind::Verdict; 3];
        assert_eq!(kinds(out.path()), [&[Kind::Recipe], &verdicts[..]].concat());
    }

    #[test]
    fn what_is_no_recording_is_left_alone() {
        let out = tempfile::tempdir().unwrap();
        assert_eq!(close(out.path(), &verdict()).unwrap(), None);
        std::fs::write(out.path().join(FILE_NAME), "a diary, kept for years").unwrap();
        assert!(close(out.path(), &verdict()).is_err());
        assert_eq!(std::fs::read(out.path().join(FILE_NAME)).unwrap(), b"a diary, kept for years");
    }
}
