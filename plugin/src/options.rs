// SPDX-License-Identifier: GPL-2.0-or-later
//! The words after `-plugin libp8smt.so,`.

use crate::inject::Spec;
use cpu_model::Rules;
use cpu_model::lose::Lose;
use std::path::PathBuf;

/// What `help=on` prints.
pub const HELP: &str = "\
options of libp8smt.so, separated by commas:
  out=DIR         write the recording to DIR/recording.p8smt (the directory is made; default: no recording)
  symbols=FILE    System.map of the host kernel, so that reports can tell idle, offline and KVM apart
  time=exact      threads take turns on one host processor, time is a count: every run the same (default)
  time=host       nothing taken over, nothing corrected: observe stock QEMU
  seed=N          0 to 2^64-1: draw the length and order of turns from N; 0 draws nothing (default 0)
  turn=N          instructions in a turn, 100 to 1000000 (default 5000)
  correct=LIST    what is corrected: all, none, NAME or -NAME, separated by colons or by commas
                  (correct=all,-hdec; default all); names:
                  partition tlb wake-reason hv-doorbell pcr hdec msgsndp sub-core mer purr lacking-spr wake-me
  inject=SPEC     put a fault on a hardware thread; may be given several times. SPEC is KIND@cpuN:WHEN, then
                  :every=N (each N-th time; after tb=, each N ticks) or :nth=N (once, the N-th time), else the first
                  KIND: sreset, mce+CAUSE, hmi, doorbell (hypervisor's, nobody's), ext (external, an IPI of nobody's),
                  stall+US (executes nothing for so many microseconds);
                  sreset and mce also with +ri (wait for MSR[RI]) or +nori (SRR1[RI] is 0)
                  CAUSE: slb-multihit slb-parity erat-multihit tlb-multihit ue ue-walk ue-fetch
                  WHEN: tb=TICKS, sym=NAME[+OFFSET] of the host kernel (without an offset: behind the function's
                  two entry points), event=NAME; names:
                  nap nap-while-sibling-in-guest wake guest-entry guest-exit; found by symbols:
                  cede idle offline kvm-entry kvm-no-guest vcore-run
  lose=WHAT       what power saving may lose is lost: gpr, spr (of the hypervisor, in sleep and rvwinkle) or all
  jitter=on       wake-ups, doorbells and timers come late, up to 20 microseconds, as the seed draws (default off)
  speed=smt       threads of a core share its speed: two, four, eight do 1.4, 1.8, 1.8 times the work of one, at low
                  priority an eighth of that, and a nap takes 4 microseconds to leave; default flat: each is as fast as
                  alone
  lint=on         look for what POWER8 does not promise to bear: entry to power saving, order of mtspr, partitions,
                  doorbells to nobody (default off). What runs into a deviation is always looked for
  idle=skip       when all threads sleep, time goes to the next event at once (default)
  idle=real       when all threads sleep, time passes as on the wall: for a person at the console
  log=LEVEL       error, warn, info or debug, to standard error (default warn)
  help=on         print this and end
";

/// Whose time a run has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Time {
    /// Counted; threads take turns.
    Exact,
    /// The host's; nothing is taken over.
    Host,
}

/// How a run was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Where the recording goes.
    pub out: Option<PathBuf>,
    /// System.map of the host kernel.
    pub symbols: Option<PathBuf>,
    /// Whose time.
    pub time: Time,
    /// 0 draws nothing.
    pub seed: u64,
    /// Instructions in a turn.
    pub turn: u64,
    /// What is corrected.
    pub rules: Rules,
    /// Faults that are put on threads.
    pub inject: Vec<Spec>,
    /// What power saving loses.
    pub lose: Option<Lose>,
    /// What may be late is.
    pub jitter: bool,
    /// Threads of a core share its speed.
    pub smt: bool,
    /// Look for what POWER8 does not promise to bear.
    pub lint: bool,
    /// Sleep while all threads sleep, instead of skipping to the next event.
    pub idle_real: bool,
    /// How much is logged.
    pub log: tracing::Level,
    /// Print the help and end.
    pub help: bool,
}

impl Options {
    /// Takes `key=value` words as QEMU hands them over.
    ///
    /// # Errors
    /// One line that names the word, what is wrong with it and what would be right.
    pub fn parse<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<Options, String> {
        let mut o = Options {
            out: None,
            symbols: None,
            time: Time::Exact,
            seed: 0,
            turn: 5000,
            rules: Rules::ALL,
            inject: Vec::new(),
            lose: None,
            jitter: false,
            smt: false,
            lint: false,
            idle_real: false,
            log: tracing::Level::WARN,
            help: false,
        };
        for word in words {
            let (key, value) = word.split_once('=').unwrap_or((word, "on"));
            let wrong = |right: &str| format!("option '{word}': {right}");
            match key {
                "out" => o.out = Some(value.into()),
                "symbols" => o.symbols = Some(value.into()),
                "time" => {
                    o.time = match value {
                        "exact" => Time::Exact,
                        "host" => Time::Host,
                        _ => return Err(wrong("time is 'exact' or 'host'")),
                    }
                }
                "seed" => o.seed = value.parse().map_err(|_| wrong("seed is a number, 0 to 2^64-1"))?,
                "turn" => {
                    let range = 100..=1_000_000;
                    let turn = value.parse().ok().filter(|n| range.contains(n));
                    o.turn = turn.ok_or_else(|| wrong("turn is a number of instructions, 100 to 1000000"))?;
                }
                "correct" => o.rules = Rules::of_list(value).map_err(|e| wrong(&e))?,
                "inject" => o.inject.push(Spec::parse(value).map_err(|e| wrong(&e))?),
                "idle" => {
                    o.idle_real = match value {
                        "skip" => false,
                        "real" => true,
                        _ => return Err(wrong("idle is 'skip' or 'real'")),
                    }
                }
                "lose" => {
                    o.lose = Some(Lose::by_name(value).ok_or_else(|| wrong("lose is gpr, spr or all"))?)
                }
                "jitter" => o.jitter = on_or_off(value).ok_or_else(|| wrong("jitter is 'on' or 'off'"))?,
                "speed" => {
                    o.smt = match value {
                        "flat" => false,
                        "smt" => true,
                        _ => return Err(wrong("speed is 'flat' or 'smt'")),
                    }
                }
                "lint" => o.lint = on_or_off(value).ok_or_else(|| wrong("lint is 'on' or 'off'"))?,
                "log" => o.log = value.parse().map_err(|_| wrong("log is error, warn, info or debug"))?,
                "help" => o.help = on_or_off(value).ok_or_else(|| wrong("help is 'on' or 'off'"))?,
                // `correct=all,-hdec`: QEMU splits the list at its commas.
                name if value == "on" && name.starts_with('-') => {
                    o.rules = o.rules.changed(name).map_err(|e| wrong(&e))?;
                }
                _ => {
                    let known = "out, symbols, time, seed, turn, correct, inject, lose, jitter, speed, lint, idle, log, help";
                    return Err(wrong(&format!("there is no such option; known are {known}")));
                }
            }
        }
        if o.time == Time::Host {
            if !o.inject.is_empty() {
                return Err("inject= needs time=exact: stock QEMU is only observed".into());
            }
            if o.lose.is_some() || o.jitter || o.smt || o.lint {
                return Err(
                    "lose=, jitter, speed=smt and lint need time=exact: stock QEMU is only observed".into()
                );
            }
            o.rules = Rules::NONE;
        }
        Ok(o)
    }
}

fn on_or_off(word: &str) -> Option<bool> {
    match word {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cpu_model::Rule;

    #[test]
    fn defaults_are_exact_time_and_every_correction() {
        let o = Options::parse([]).unwrap();
        assert_eq!((o.time, o.seed, o.turn, o.rules), (Time::Exact, 0, 5000, Rules::ALL));
    }

    #[test]
    fn a_correction_is_switched_off_by_name() {
        let o = Options::parse(["correct=all:-hv-doorbell"]).unwrap();
        assert_eq!(o.rules, Rules::ALL.without(Rule::HvDoorbell));
        assert_eq!(Options::parse(["correct=all", "-hv-doorbell=on"]).unwrap().rules, o.rules);
        assert_eq!(Options::parse(["correct=-hv-doorbell"]).unwrap().rules, o.rules);
        assert_eq!(Options::parse(["correct=hdec"]).unwrap().rules, Rules::NONE.with(Rule::Hdec));
    }

    #[test]
    fn a_stock_run_corrects_nothing() {
        assert_eq!(Options::parse(["time=host", "correct=all"]).unwrap().rules, Rules::NONE);
    }

    #[test]
    fn what_is_wrong_is_named_with_what_would_be_right() {
        for (word, says) in [
            ("time=fast", "option 'time=fast': time is 'exact' or 'host'"),
            ("seed=-1", "option 'seed=-1': seed is a number, 0 to 2^64-1"),
            ("turn=5", "option 'turn=5': turn is a number of instructions, 100 to 1000000"),
            ("colour=red", "option 'colour=red': there is no such option; known are out, symbols, time"),
            ("correct=all:-hdce", "there is no correction 'hdce'; known are all, none, partition"),
        ] {
            let error = Options::parse([word]).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }
}
