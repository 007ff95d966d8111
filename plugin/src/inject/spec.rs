// SPDX-License-Identifier: GPL-2.0-or-later
//! `inject=KIND@cpuN:WHEN[:every=N|:nth=N]`.

use cpu_model::Landmark;
use cpu_model::fault::{Cause, Fault, Ri};
use cpu_model::recording::Injection;

/// What an injection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Put on the thread.
    Fault(Fault),
    /// An inter-processor interrupt that nobody sent, requested at the thread's presentation controller: an
    /// external interrupt for the host, delivered by QEMU.
    External,
    /// The thread executes nothing for so long, in ns: firmware or the core's own recovery has it.
    Stall(i64),
}

/// Longest stall, in µs: a minute.
const LONGEST_STALL: i64 = 60_000_000;

/// A named event of a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// From hypervisor state into a guest.
    GuestEntry,
    /// From a guest to hypervisor state.
    GuestExit,
    /// A power-saving instruction.
    Nap,
    /// It begins to nap while a thread of its core is in a guest, or such a thread enters one while it naps.
    NapWhileSiblingInGuest,
    /// The end of a power-saving mode.
    Wake,
    /// A named place in the kernel.
    Landmark(Landmark),
}

const NAMED: [(&str, Named); 10] = [
    ("guest-entry", Named::GuestEntry),
    ("guest-exit", Named::GuestExit),
    ("nap", Named::Nap),
    ("nap-while-sibling-in-guest", Named::NapWhileSiblingInGuest),
    ("wake", Named::Wake),
    ("idle", Named::Landmark(Landmark::Idle)),
    ("offline", Named::Landmark(Landmark::Offline)),
    ("kvm-entry", Named::Landmark(Landmark::KvmEntry)),
    ("kvm-no-guest", Named::Landmark(Landmark::KvmNoGuest)),
    ("vcore-run", Named::Landmark(Landmark::VcoreRun)),
];
/// The function in which a host thread belongs to KVM.
const CEDE: (&str, &str) = ("cede", "kvmhv_cede_thread");

/// When a fault comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    /// Timebase ticks since power-on.
    Tb(u64),
    /// The thread executes an instruction of the host kernel.
    Symbol {
        /// Its name in System.map.
        name: String,
        /// Bytes behind it; `None`: behind a function's two entry points.
        offset: Option<u64>,
    },
    /// Something happens to the thread.
    Event(Named),
}

/// How often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Once, the N-th time.
    Nth(u64),
    /// Every N-th time; of a time, again each N ticks.
    Every(u64),
}

/// One `inject=`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    /// What.
    pub kind: Kind,
    /// The hardware thread, counted over all cores.
    pub thread: usize,
    /// When.
    pub when: When,
    /// How often.
    pub repeat: Repeat,
    /// As it was asked for.
    pub asked: Injection,
}

impl Spec {
    /// Takes the words behind `inject=`.
    ///
    /// # Errors
    /// One line: what is wrong and what would be right.
    pub fn parse(text: &str) -> Result<Spec, String> {
        const FORM: &str = "inject is KIND@cpuN:WHEN[:every=N or :nth=N], \
                            as in sreset@cpu3:event=nap:every=10 (help=on lists KIND and WHEN)";
        let (kind, rest) = text.split_once('@').ok_or(FORM)?;
        let (cpu, at) = rest.split_once(':').ok_or(FORM)?;
        let thread = cpu.strip_prefix("cpu").and_then(|n| n.parse().ok());
        let thread: u32 =
            thread.ok_or_else(|| format!("'{cpu}' is no hardware thread; it is cpu0, cpu1, …"))?;
        let mut words = at.split(':');
        let when = when(words.next().unwrap_or_default())?;
        let repeat = words.next().map_or(Ok(Repeat::Nth(1)), repeat)?;
        if words.next().is_some() {
            return Err(FORM.into());
        }
        if let (When::Tb(_), Repeat::Nth(n)) = (&when, repeat)
            && n != 1
        {
            return Err("a time comes once: nth= is for event= and sym=".into());
        }
        let asked = Injection { kind: kind.into(), thread, at: at.into() };
        Ok(Spec { kind: self::kind(kind)?, thread: thread as usize, when, repeat, asked })
    }
}

fn kind(text: &str) -> Result<Kind, String> {
    let mut words = text.split('+');
    let name = words.next().unwrap_or_default();
    if name == "stall" {
        let us = words.next().and_then(|us| us.parse().ok()).filter(|us| (1..=LONGEST_STALL).contains(us));
        return match (us, words.next()) {
            (Some(us), None) => Ok(Kind::Stall(us * 1000)),
            _ => Err(format!("a stall is stall+US, 1 to {LONGEST_STALL} microseconds, not '{text}'")),
        };
    }
    let (mut cause, mut ri) = (None, Ri::Any);
    for word in words {
        match (word, Cause::ALL.iter().find(|(_, n)| *n == word)) {
            (_, Some((found, _))) if name == "mce" && cause.is_none() => cause = Some(*found),
            ("ri", _) if ri == Ri::Any && matches!(name, "mce" | "sreset") => ri = Ri::Set,
            ("nori", _) if ri == Ri::Any && matches!(name, "mce" | "sreset") => ri = Ri::Clear,
            _ => return Err(format!("'{word}' does not go with '{name}'; {}", kinds())),
        }
    }
    match (name, cause) {
        ("sreset", None) => Ok(Kind::Fault(Fault::SystemReset(ri))),
        ("mce", Some(cause)) => Ok(Kind::Fault(Fault::MachineCheck(cause, ri))),
        ("mce", None) => Err(format!("a machine check has a cause; {}", kinds())),
        ("hmi", None) => Ok(Kind::Fault(Fault::Maintenance)),
        ("doorbell", None) => Ok(Kind::Fault(Fault::Doorbell)),
        ("ext", None) => Ok(Kind::External),
        _ => Err(format!("there is no kind '{name}'; {}", kinds())),
    }
}

fn kinds() -> String {
    let causes = Cause::ALL.map(|(_, name)| name).join(", ");
    format!(
        "known are sreset, mce+CAUSE, hmi, doorbell, ext and stall+US, the first two also with +ri or +nori; CAUSE is one of {causes}"
    )
}

fn when(word: &str) -> Result<When, String> {
    match word.split_once('=') {
        Some(("tb", ticks)) => {
            let ticks = ticks
                .parse()
                .map_err(|_| format!("tb={ticks}: timebase ticks since power-on, a whole number"))?;
            Ok(When::Tb(ticks))
        }
        Some(("sym", symbol)) => {
            let (name, offset) = match symbol.split_once('+') {
                None => (symbol, None),
                Some((name, offset)) => {
                    let digits = offset.strip_prefix("0x").and_then(|h| u64::from_str_radix(h, 16).ok());
                    let bytes = digits.or_else(|| offset.parse().ok()).filter(|n| n % 4 == 0);
                    let wrong = || format!("sym={symbol}: an offset is a multiple of 4, as 16 or 0x10");
                    (name, Some(bytes.ok_or_else(wrong)?))
                }
            };
            Ok(When::Symbol { name: name.into(), offset })
        }
        Some(("event", name)) if name == CEDE.0 => Ok(When::Symbol { name: CEDE.1.into(), offset: None }),
        Some(("event", name)) => {
            let found = NAMED.iter().find(|(n, _)| *n == name).map(|(_, event)| When::Event(*event));
            found.ok_or_else(|| {
                let known = NAMED.map(|(name, _)| name).join(", ");
                format!("there is no event '{name}'; known are {}, {known}", CEDE.0)
            })
        }
        _ => Err(format!("'{word}' is no moment; it is tb=TICKS, sym=NAME[+OFFSET] or event=NAME")),
    }
}

fn repeat(word: &str) -> Result<Repeat, String> {
    let number = |n: &str| n.parse().ok().filter(|n| *n > 0);
    match word.split_once('=') {
        Some(("every", n)) => number(n).map(Repeat::Every),
        Some(("nth", n)) => number(n).map(Repeat::Nth),
        _ => None,
    }
    .ok_or_else(|| format!("'{word}' is no repetition; it is every=N or nth=N, N from 1 on"))
}

impl Repeat {
    /// Whether it is the turn of the `count`-th occurrence, from 1.
    pub fn includes(self, count: u64) -> bool {
        match self {
            Repeat::Nth(n) => count == n,
            Repeat::Every(n) => count.is_multiple_of(n),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specifications_are_taken_apart() {
        let spec = Spec::parse("mce+ue+nori@cpu12:event=nap:every=10").unwrap();
        assert_eq!(spec.kind, Kind::Fault(Fault::MachineCheck(Cause::Ue, Ri::Clear)));
        assert_eq!((spec.thread, spec.repeat), (12, Repeat::Every(10)));
        assert_eq!(spec.when, When::Event(Named::Nap));
        assert_eq!(spec.asked.at, "event=nap:every=10");
        let cede = Spec::parse("hmi@cpu1:event=cede").unwrap();
        assert_eq!(cede.when, When::Symbol { name: "kvmhv_cede_thread".into(), offset: None });
        assert_eq!(Spec::parse("sreset+ri@cpu0:tb=42").unwrap().when, When::Tb(42));
        assert_eq!(Spec::parse("stall+25@cpu1:event=cede").unwrap().kind, Kind::Stall(25_000));
        let symbol = Spec::parse("doorbell@cpu0:sym=a.b+0x10:nth=2").unwrap();
        assert_eq!(symbol.when, When::Symbol { name: "a.b".into(), offset: Some(16) });
    }

    #[test]
    fn what_is_wrong_is_named_with_what_would_be_right() {
        for (text, says) in [
            ("sreset", "inject is KIND@cpuN:WHEN"),
            ("sreset@3:event=nap", "'3' is no hardware thread; it is cpu0"),
            (
                "nmi@cpu3:event=nap",
                "there is no kind 'nmi'; known are sreset, mce+CAUSE, hmi, doorbell, ext and stall+US",
            ),
            ("mce@cpu3:event=nap", "a machine check has a cause; "),
            ("mce+ue+ue@cpu3:event=nap", "'ue' does not go with 'mce'"),
            ("stall@cpu3:event=nap", "a stall is stall+US, 1 to 60000000 microseconds, not 'stall'"),
            ("stall+0@cpu3:event=nap", "not 'stall+0'"),
            ("hmi+nori@cpu3:event=nap", "'nori' does not go with 'hmi'"),
            ("hmi@cpu3:event=snap", "there is no event 'snap'; known are cede, guest-entry"),
            ("hmi@cpu3:soon", "'soon' is no moment; it is tb=TICKS"),
            ("hmi@cpu3:tb=soon", "tb=soon: timebase ticks"),
            ("hmi@cpu3:sym=a+2", "sym=a+2: an offset is a multiple of 4"),
            ("hmi@cpu3:event=nap:every=0", "'every=0' is no repetition"),
            ("hmi@cpu3:tb=1:nth=2", "a time comes once"),
        ] {
            let error = Spec::parse(text).unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
    }

    #[test]
    fn repetitions_count_from_one() {
        let taken = |repeat: Repeat| (1..=6).filter(|n| repeat.includes(*n)).collect::<Vec<u64>>();
        assert_eq!(taken(Repeat::Nth(2)), [2]);
        assert_eq!(taken(Repeat::Every(3)), [3, 6]);
    }
}
