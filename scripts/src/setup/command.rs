// SPDX-License-Identifier: GPL-2.0-or-later
//! Running other programs: their output goes to a log, its last lines into the error.

use super::fault::Fault;
use anyhow::{Context, Result};
use duct::Expression;
use std::collections::VecDeque;
use std::ffi::OsString;
use std::fmt;
use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

/// As many of the last lines as an error shows.
const SHOWN: usize = 12;
/// As many of the last lines as the cause of a failure is looked for in.
const KEPT: usize = 200;

/// A command that did not succeed.
#[derive(Debug, Default)]
pub struct Failed {
    /// Its name.
    pub program: String,
    /// `exit status: 2`.
    pub status: String,
    /// Its last lines.
    pub tail: Vec<String>,
    /// The file that has all of them.
    pub log: PathBuf,
    /// The cause, where they name it.
    pub fault: Option<Fault>,
}

impl std::error::Error for Failed {}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(fault) = &self.fault {
            return write!(f, "{fault}\n  all that {} said: {}", self.program, self.log.display());
        }
        write!(f, "{} failed ({}); all that it said: {}", self.program, self.status, self.log.display())?;
        let skip = self.tail.len().saturating_sub(SHOWN);
        self.tail.iter().skip(skip).try_for_each(|line| write!(f, "\n  | {line}"))
    }
}

/// A command that reads nothing.
pub fn command<A: Into<OsString>>(program: &str, arguments: impl IntoIterator<Item = A>) -> Expression {
    filter(program, arguments).stdin_null()
}

/// A command that reads what another writes. It speaks English, and ends when setup does, however that ends.
pub fn filter<A: Into<OsString>>(program: &str, arguments: impl IntoIterator<Item = A>) -> Expression {
    let mut words: Vec<OsString> = ["--pdeathsig", "TERM", "--", program].map(OsString::from).into();
    words.extend(arguments.into_iter().map(Into::into));
    duct::cmd("setpriv", words).env("LC_ALL", "C").env_remove("LANGUAGE")
}

/// Runs it to its end; `line` is given each line of its output and of its errors.
///
/// # Errors
/// [`Failed`] when it does not succeed; otherwise where it cannot be started or the log cannot be written.
pub fn run(program: &str, command: &Expression, log: &Path, mut line: impl FnMut(&str)) -> Result<()> {
    let cannot_log = || format!("{}: cannot write", log.display());
    let mut file = OpenOptions::new().create(true).append(true).open(log).with_context(cannot_log)?;
    writeln!(file, "$ {command:?}").with_context(cannot_log)?;
    let output = command.stderr_to_stdout().unchecked().reader();
    let output = output.with_context(|| format!("{program}: cannot be started"))?;
    let mut reader = BufReader::new(&output);
    let mut tail = VecDeque::new();
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        let length = reader.read_until(b'\n', &mut bytes).with_context(|| format!("{program}: lost it"))?;
        if length == 0 {
            break;
        }
        file.write_all(&bytes).with_context(cannot_log)?;
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_end();
        line(text);
        if tail.len() == KEPT {
            tail.pop_front();
        }
        tail.push_back(text.to_owned());
    }
    let ended = output.try_wait().with_context(|| format!("{program}: lost it"))?;
    let status = ended.map(|output| output.status);
    if status.is_some_and(|status| status.success()) {
        return Ok(());
    }
    let fault = Fault::of(tail.iter().map(String::as_str));
    let status = status.map_or_else(|| "no status".to_owned(), |status| status.to_string());
    Err(Failed { program: program.to_owned(), status, tail: tail.into(), log: log.to_owned(), fault }.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failure_has_the_last_lines_and_the_log_all() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("log");
        let script = "for i in $(seq 30); do echo line $i; done; echo oops >&2; exit 3";
        let mut seen = 0;
        let error = run("sh", &command("sh", ["-c", script]), &log, |_| seen += 1).unwrap_err();
        assert_eq!(seen, 31);
        let text = error.to_string();
        assert!(text.starts_with("sh failed (exit status: 3); all that it said: /"), "{text}");
        assert!(text.ends_with("| line 30\n  | oops"), "{text}");
        assert!(!text.contains("line 5\n"), "{text}");
        assert!(std::fs::read_to_string(&log).unwrap().contains("line 5\n"));
    }

    #[test]
    fn a_known_cause_stands_alone() {
        let dir = tempfile::tempdir().unwrap();
        let script = "echo 'x: No space left on device'; exit 1";
        let error = run("sh", &command("sh", ["-c", script]), &dir.path().join("log"), |_| ()).unwrap_err();
        assert!(error.to_string().starts_with("the disk is full (x: No space left on device): "), "{error}");
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let none: [&str; 0] = [];
        let error = run("no-such", &command("no-such", none), &dir.path().join("log"), |_| ()).unwrap_err();
        assert!(error.to_string().contains("no-such"), "{error}");
    }
}
