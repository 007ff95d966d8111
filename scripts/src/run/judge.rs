// SPDX-License-Identifier: GPL-2.0-or-later
//! Hears a run's console and decides whether the scenario succeeded: the first thing that was wrong, if any.

use super::options::Online;
use super::party::Party;
use super::scenario::{Scenario, Step};
use crate::badness::{self, Badness};
use crate::protocol::{Body, Frame, Piece, split};
use cpu_model::recording::Guest;

/// Longest part of a console line that is quoted.
const QUOTE: usize = 160;

/// Hears the console of one run.
#[derive(Clone, Debug)]
pub struct Judge {
    host: Party,
    guests: Vec<Party>,
    wrong: Option<Wrong>,
    lost: bool,
    last: String,
    frames: Vec<Frame>,
}

#[derive(Clone, Debug)]
struct Wrong {
    what: String,
    /// A guest's or host's complaint about a CPU that does not come up, not yet the count of those that did.
    stuck: Option<String>,
}

impl Judge {
    /// A judge of `scenario` that has heard nothing.
    pub fn new(scenario: &Scenario) -> Judge {
        let primaries = scenario.online_threads(Online::Primary);
        let mut guests = Vec::new();
        for step in &scenario.steps {
            if let Step::Guest { threads, count, guests: n, .. } = *step {
                guests
                    .extend((0..n).map(|i| {
                        Party::new(&format!("guest{i}"), threads, vec![0], vec![Step::Work(count)])
                    }));
            }
        }
        let host = Party::new("host", scenario.host_threads(), primaries, scenario.steps.clone());
        Judge { host, guests, wrong: None, lost: false, last: String::new(), frames: Vec::new() }
    }

    /// Takes one line of the console, and gives back what a person at the terminal wants to know of it.
    pub fn hear(&mut self, line: &[u8]) -> Vec<String> {
        let mut notes = Vec::new();
        for piece in split(line) {
            match piece {
                Piece::Text(text) => self.text(&text),
                Piece::Frame(frame) => {
                    self.frame(&frame, &mut notes);
                    self.frames.push(frame);
                }
                Piece::Damaged(text) => self.fail(format!("damaged report on the console: {}", quote(&text))),
            }
        }
        notes
    }

    /// What was wrong first; `None` while nothing is.
    pub fn wrong(&self) -> Option<&str> {
        self.wrong.as_ref().map(|w| w.what.as_str())
    }

    /// Is the host lost, so that nothing more will come?
    pub fn lost(&self) -> bool {
        self.lost
    }

    /// The last thing heard, for a person.
    pub fn last(&self) -> &str {
        if self.last.is_empty() { "nothing on the console" } else { &self.last }
    }

    /// What was due next; `None` when the scenario is complete.
    pub fn missing(&self) -> Option<String> {
        // A guest's step comes to nothing without the guest: name the guest's own step first.
        let in_guest = matches!(self.host.step(), Some(Step::Guest { .. }));
        let guest = self.guests.iter().find_map(Party::missing);
        let host = self.host.missing();
        if in_guest { guest.or(host) } else { host.or(guest) }
    }

    /// Every report, in the order heard.
    pub fn into_frames(self) -> Vec<Frame> {
        self.frames
    }

    /// Release of the host's kernel, or empty.
    pub fn kernel(&self) -> &str {
        &self.host.kernel
    }

    /// The guests and how many processors each brought up.
    pub fn guests(&self) -> Vec<Guest> {
        let counters = self.host.counters().map(|(threads, cpus_up)| Guest { threads, cpus_up });
        let debian = self.guests.iter().map(|g| Guest { threads: g.cpus, cpus_up: g.cpus_up.unwrap_or(0) });
        counters.chain(debian).collect()
    }

    fn text(&mut self, text: &str) {
        if !text.trim().is_empty() {
            self.last = quote(text);
        }
        let who = if text.starts_with("guest") && text.contains("| ") { "" } else { "host: " };
        self.kernel_line(who, text);
    }

    fn kernel_line(&mut self, prefix: &str, line: &str) {
        let Some(badness) = badness::judge(line) else { return };
        self.lost |= badness == Badness::Fatal && prefix == "host: ";
        let what = format!("{prefix}{}", quote(line));
        let stuck = line.contains(" is stuck").then(|| what.clone());
        self.wrong.get_or_insert(Wrong { what, stuck });
    }

    fn frame(&mut self, frame: &Frame, notes: &mut Vec<String>) {
        let who = &frame.who;
        match &frame.body {
            Body::Kmsg { line, .. } => self.kernel_line(&format!("{who}: "), line),
            Body::Out { line } => notes.push(format!("{who}: {line}")),
            _ => {}
        }
        let Some(party) = std::iter::once(&mut self.host).chain(&mut self.guests).find(|p| p.who == *who)
        else {
            return self.fail(format!("a report from {who}, which is not part of the scenario"));
        };
        let result = party.hear(&frame.body);
        if let Some(note) = note(frame) {
            self.last.clone_from(&note);
            notes.push(note);
        }
        if let Err(what) = result {
            self.fail(what);
        }
    }

    /// Notes what is wrong unless something was before. That a processor is stuck is told better by how
    /// many came up.
    fn fail(&mut self, what: String) {
        match &self.wrong {
            None => self.wrong = Some(Wrong { what, stuck: None }),
            Some(Wrong { stuck: Some(stuck), .. }) if what.contains(" brought up ") => {
                let what = format!("{what} ({stuck})");
                self.wrong = Some(Wrong { what, stuck: None });
            }
            Some(_) => {}
        }
    }
}

/// A report as a person at the terminal wants to read it.
fn note(frame: &Frame) -> Option<String> {
    let who = &frame.who;
    Some(match &frame.body {
        Body::Up { cpus, kernel } => format!("{who}: up with {cpus} CPUs, Linux {kernel}"),
        Body::Begin { step } => format!("{who}: {step} …"),
        Body::End { step, code: 0 } => format!("{who}: {step} ok"),
        Body::End { step, code } => format!("{who}: {step} failed ({code})"),
        Body::Vcpu { vcpu, error, .. } if !error.is_empty() => format!("{who}: vCPU {vcpu}: {error}"),
        Body::Act { what, answer, .. } => format!("{who}: {what}: {answer}"),
        Body::Ended { guest, why, .. } if !why.is_empty() => format!("{who}: guest {guest} ended: {why}"),
        Body::Ended { guest, .. } => format!("{who}: guest {guest} ended"),
        Body::Kmsg { line, .. } => format!("{who}: kernel: {line}"),
        Body::Done { failed: 0 } => format!("{who}: done"),
        Body::Done { failed } => format!("{who}: done, {failed} steps failed"),
        Body::Online { .. }
        | Body::Work { .. }
        | Body::Busy { .. }
        | Body::Vcpu { .. }
        | Body::Secondary { .. }
        | Body::Counted { .. }
        | Body::Out { .. } => return None,
    })
}

fn quote(line: &str) -> String {
    let clean: String = line.trim().chars().filter(|c| !c.is_control()).collect();
    match clean.char_indices().nth(QUOTE) {
        Some((cut, _)) => format!("{}…", &clean[..cut]),
        None => clean,
    }
}
