// SPDX-License-Identifier: GPL-2.0-or-later
//! Starts the machine, follows its console, and sees that it ends.

use super::console::Lines;
use super::directory::{Directory, LOG};
use super::judge::Judge;
use super::machine::{Machine, bad_end};
use super::options::Options;
use super::progress::Progress;
use super::qemu::CONSOLE;
use super::scenario::Scenario;
use super::watch::{Happened, Watch};
use anyhow::{Context, Result};
use std::time::{Duration, Instant};

/// How long a lost machine may go on, for the rest of its last words.
const LAST_WORDS: Duration = Duration::from_secs(5);
/// How many times the longest silence a run may go on after something was wrong. What is wrong may repeat
/// itself for ever; but it may also only be slow, and what comes after may tell more.
const AFTER_WRONG: u32 = 5;
/// How long QEMU may take to end when asked to.
const TO_END: Duration = Duration::from_secs(10);

/// How a run ended.
#[derive(Debug)]
pub(super) struct End {
    /// What was wrong first.
    pub wrong: Option<String>,
    /// A person ended it.
    pub interrupted: bool,
}

/// Runs `command` to its end, or ends it.
///
/// # Errors
/// Where it cannot be started or followed.
pub(super) fn drive(
    command: &[String],
    options: &Options,
    scenario: &Scenario,
    out: &Directory,
) -> Result<(Judge, End)> {
    let console = out.path.join(CONSOLE);
    let mut watch = Watch::new(&console)?;
    let mut run = Run {
        judge: Judge::new(scenario),
        lines: Lines::new(out.console()?),
        progress: Progress::new(options.verbose, options.interactive || options.quiet),
        heard: Instant::now(),
        wrong_since: None,
    };
    let mut machine = Machine::start(command, &out.path.join(LOG), options.interactive)?;
    let patience = options.timeout().map(Duration::from_secs);
    let mut gave_up = None;
    loop {
        let longest = if run.judge.lost() { Some(LAST_WORDS) } else { patience };
        let silence = longest.map(|p| run.heard + p);
        let end = run.wrong_since.zip(longest).map(|(since, p)| since + AFTER_WRONG * p);
        match watch.wait(&machine, silence.into_iter().chain(end).min())? {
            Happened::Console => run.read()?,
            Happened::Ended => break,
            Happened::Interrupted => gave_up = Some("interrupted".into()),
            Happened::Nothing => {
                let seconds = longest.unwrap_or_default().as_secs();
                let due = run.judge.missing().map_or(String::new(), |due| format!(" before {due}"));
                let last = run.judge.last();
                let stuck = out.first_error().map_or(String::new(), |why| format!("; QEMU: {why}"));
                gave_up = Some(format!("no event for {seconds} s{due}; last: {last}{stuck}"));
            }
        }
        if gave_up.is_some() {
            stop(&machine, &mut watch)?;
            break;
        }
    }
    let status = machine.wait()?;
    run.read()?;
    let rest = run.lines.rest().to_vec();
    run.line(&rest);
    let interrupted = gave_up.as_deref() == Some("interrupted");
    let judge = run.judge;
    let log = out.last_log_line();
    let wrong = if interrupted {
        gave_up
    } else {
        let early = || judge.missing().map(|due| format!("QEMU ended before {due}"));
        let end = || bad_end(status, &log).or_else(|| early().filter(|_| !options.interactive));
        judge.wrong().map(str::to_owned).or(gave_up).or_else(end)
    };
    Ok((judge, End { wrong, interrupted }))
}

struct Run {
    judge: Judge,
    lines: Lines<std::fs::File>,
    progress: Progress,
    heard: Instant,
    wrong_since: Option<Instant>,
}

impl Run {
    fn read(&mut self) -> Result<()> {
        let mut lines = Vec::new();
        self.lines.read(|line| lines.push(line.to_vec())).context("cannot read the console")?;
        for line in lines {
            self.line(&line);
        }
        Ok(())
    }

    fn line(&mut self, line: &[u8]) {
        self.progress.console(line);
        let heard = self.judge.hear(line);
        for note in &heard {
            self.progress.note(note);
        }
        if let Some(wrong) = self.judge.wrong().filter(|_| self.wrong_since.is_none()) {
            self.progress.note(&format!("wrong: {wrong}"));
            self.wrong_since = Some(Instant::now());
        }
        if !line.is_empty() {
            self.heard = Instant::now();
        }
    }
}

/// Asks QEMU to end, and ends it if it does not or if the person insists.
fn stop(machine: &Machine, watch: &mut Watch) -> Result<()> {
    machine.terminate();
    let deadline = Instant::now() + TO_END;
    loop {
        match watch.wait(machine, Some(deadline))? {
            Happened::Console => {}
            Happened::Ended => return Ok(()),
            Happened::Interrupted | Happened::Nothing => {
                machine.kill();
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::judge_tests::{debian, kvm};
    use super::*;

    /// Drives a shell script in QEMU's place; `$0` is the console's file, `$1` what a whole run prints.
    fn drive_script(script: &str) -> Option<String> {
        let out = tempfile::tempdir().unwrap();
        let whole = out.path().join("whole");
        std::fs::write(&whole, debian(4).text()).unwrap();
        let dir = Directory::take(&out.path().join("out")).unwrap();
        let words = [dir.path.join(CONSOLE), whole].map(|p| p.to_str().unwrap().to_owned());
        let command = [&["sh".to_owned(), "-c".into(), script.into()], &words[..]].concat();
        let options = Options { timeout: Some(1), ..kvm() };
        drive(&command, &options, &Scenario::new(&options).unwrap(), &dir).unwrap().1.wrong
    }

    #[test]
    fn a_whole_run_is_ok() {
        assert_eq!(drive_script(r#"cat "$1" > "$0""#), None);
    }

    #[test]
    fn an_early_end_names_what_was_due() {
        let head = r#"head -n 6 "$1" > "$0""#;
        assert_eq!(drive_script(head).unwrap(), "QEMU ended before guest0's agent was up");
        assert_eq!(drive_script("exit 0").unwrap(), "QEMU ended before host's agent was up");
    }

    #[test]
    fn a_crash_is_told_with_its_last_words() {
        let crash = r#"cat "$1" > "$0"; echo "assertion failed" >&2; kill -ABRT $$"#;
        assert_eq!(drive_script(crash).unwrap(), "QEMU ended by signal 6: assertion failed");
    }

    #[test]
    fn silence_ends_the_run() {
        let hang = r#"head -n 6 "$1" > "$0"; echo "ERROR nobody has taken a turn" >&2; exec sleep 1000"#;
        assert_eq!(
            drive_script(hang).unwrap(),
            "no event for 1 s before guest0's agent was up; last: host: guest:4:512:50 …; \
             QEMU: nobody has taken a turn"
        );
    }

    #[test]
    fn what_was_wrong_first_outlasts_what_followed() {
        let panic = r#"echo "Oops: Exception in kernel mode, sig: 4 [#1]" > "$0"; exec sleep 1000"#;
        assert_eq!(drive_script(panic).unwrap(), "host: Oops: Exception in kernel mode, sig: 4 [#1]");
    }
}
