// SPDX-License-Identifier: GPL-2.0-or-later
//! The QEMU command line of a run.

use super::options::{Options, ScenarioName, Time, name_of};
use super::scenario::Scenario;
use crate::artifacts::{Artifacts, Kernel};
use anyhow::{Context, Result, bail, ensure};
use cpu_model::THREADS_PER_CORE;
use std::path::Path;

/// The console's copy in a run's output directory.
pub const CONSOLE: &str = "console.log";
/// Longest kernel command line: `COMMAND_LINE_SIZE` less the terminating zero. Source: Linux
/// `arch/powerpc/include/uapi/asm/setup.h`.
const COMMAND_LINE_MAX: usize = 2047;

/// The program and its arguments; the console and the recording go to `out`.
///
/// # Errors
/// An unknown kernel, a path that is not UTF-8, a kernel command line that is too long.
pub fn command(
    artifacts: &Artifacts,
    options: &Options,
    scenario: &Scenario,
    out: &Path,
) -> Result<Vec<String>> {
    let kernel = kernel(artifacts, &options.kernel)?;
    let mut append = scenario.kernel_arguments();
    let own = options.append.split_whitespace().find(|word| word.starts_with("p8smt."));
    ensure!(own.is_none(), "--append {}: what begins with p8smt. is the scenario's", own.unwrap_or_default());
    let more = super::split::kernel_argument(options, scenario);
    for words in more.iter().chain(Some(&options.append).filter(|words| !words.is_empty())) {
        append = format!("{words} {append}");
    }
    ensure!(append.len() <= COMMAND_LINE_MAX, "the kernel command line is too long: {append}");
    let threads = scenario.host_threads();
    let console = text(&out.join(CONSOLE))?;
    let mut command = artifacts.qemu.command.clone();
    let mut add = |words: &[&str]| command.extend(words.iter().map(|&w| w.to_owned()));
    // Guests of a QEMU that is left alone starve on a busy host: their threads wait for each other's steps.
    let counts = options.no_plugin && options.scenario == ScenarioName::Kvm && !options.interactive;
    add(&["-M", "powernv8", "-accel", if counts { ONE_THREAD } else { ACCELERATOR }]);
    if counts {
        add(&["-icount", INSTRUCTION_COUNT]);
    }
    add(&["-smp", &format!("{threads},cores={},threads={THREADS_PER_CORE}", scenario.cores)]);
    add(&["-m", &options.memory.to_string(), "-display", "none"]);
    if options.interactive {
        let stdio = format!("stdio,id=console,mux=on,signal=off,logfile={}", value(&console));
        add(&["-chardev", &stdio, "-serial", "chardev:console", "-mon", "chardev=console"]);
    } else {
        // A file, not a pipe: a reader that falls behind must not be felt by the run.
        add(&["-monitor", "none", "-serial", &format!("file:{console}")]);
    }
    add(&["-seed", &options.seed.to_string(), "-rtc", "base=2026-01-01,clock=vm"]);
    let initrd = kernel.initrd.as_ref().unwrap_or(&artifacts.initrd);
    add(&["-kernel", text(&kernel.image)?.as_str(), "-initrd", text(initrd)?.as_str()]);
    add(&["-append", &append, "-no-reboot"]);
    if !options.no_plugin {
        add(&["-plugin", &plugin(artifacts, kernel, options, out)?]);
    }
    Ok(command)
}

/// The kernel called `name`.
///
/// # Errors
/// Where there is none: lists those that there are.
pub fn kernel<'a>(artifacts: &'a Artifacts, name: &str) -> Result<&'a Kernel> {
    let Some(kernel) = artifacts.kernels.get(name) else {
        let names: Vec<&str> = artifacts.kernels.keys().map(String::as_str).collect();
        bail!(
            "--kernel {name}: no such kernel; there are: {} (scripts/setup --kernel NAME builds more)",
            names.join(", ")
        );
    };
    Ok(kernel)
}

/// QEMU would take an eighth of the host's memory for translated code: how often it throws that away, and with
/// it the order in which threads execute, must not depend on the host. In MiB.
const ACCELERATOR: &str = "tcg,thread=multi,tb-size=512";
/// The same with all vCPUs in one thread, which counting instructions demands.
const ONE_THREAD: &str = "tcg,thread=single,tb-size=512";
/// 16 ns an instruction: the guest waits 15 s of its time for processors that do not come up, and with 2 ns that takes
/// many more instructions. Seen once each, on a busy host: 2 ns 134 s of wall time, 16 ns 25 s; with 64 ns the guest was
/// still booting after 217 s of its time, and the run was ended there.
const INSTRUCTION_COUNT: &str = "shift=4,sleep=off";

/// The command as one line for a shell.
///
/// # Errors
/// A zero byte in a word.
pub fn shell_line(command: &[String]) -> Result<String> {
    shlex::try_join(command.iter().map(String::as_str)).context("a word of the QEMU command line")
}

fn plugin(artifacts: &Artifacts, kernel: &Kernel, options: &Options, out: &Path) -> Result<String> {
    let mut words = vec![
        value(&text(&artifacts.plugin)?),
        format!("out={}", value(&text(out)?)),
        format!("symbols={}", value(&text(&kernel.symbols)?)),
        format!("time={}", name_of(options.time)),
    ];
    if options.time == Time::Exact {
        words.push(format!("seed={}", options.seed));
    }
    words.extend(options.turn.map(|n| format!("turn={n}")));
    // QEMU would take the list apart at its commas; the plugin takes colons as well.
    words.extend(options.correct.as_ref().map(|list| format!("correct={}", list.replace(',', ":"))));
    words.extend(options.lose.iter().map(|what| format!("lose={what}")));
    words.extend(options.speed.iter().map(|how| format!("speed={how}")));
    let switches = [(options.jitter, "jitter=on"), (options.lint, "lint=on")];
    words.extend(switches.iter().filter(|(on, _)| *on).map(|(_, word)| (*word).to_owned()));
    words.extend(options.inject.iter().map(|spec| format!("inject={}", value(spec))));
    if options.interactive && options.time == Time::Exact {
        words.push("idle=real".into());
    }
    Ok(words.join(","))
}

/// A value in QEMU's option syntax, where a comma separates options unless it is doubled.
fn value(text: &str) -> String {
    text.replace(',', ",,")
}

fn text(path: &Path) -> Result<String> {
    Ok(path.to_str().with_context(|| format!("{}: not UTF-8", path.display()))?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifacts::Qemu;
    use std::collections::BTreeMap;

    fn artifacts() -> Artifacts {
        Artifacts {
            qemu: Qemu {
                command: vec!["/q/ld.so".into(), "-L".into(), "/q/my share".into()],
                version: "QEMU emulator version 11.1.3".into(),
                plugin_api: (7, 7),
            },
            plugin: "/t/libp8smt.so".into(),
            kernels: BTreeMap::from([(
                "stock".into(),
                Kernel {
                    image: "/k/vmlinux".into(),
                    symbols: "/k/System.map".into(),
                    version: "6.12.117".into(),
                    initrd: None,
                },
            )]),
            initrd: "/i/host.gz".into(),
        }
    }

    fn line(options: &Options) -> String {
        let scenario = Scenario::new(options).unwrap();
        shell_line(&command(&artifacts(), options, &scenario, Path::new("/o,1")).unwrap()).unwrap()
    }

    #[test]
    fn the_whole_line() {
        let options = Options { cores: 2, seed: 7, ..Options::new(ScenarioName::Kvm) };
        assert_eq!(
            line(&options),
            "/q/ld.so -L '/q/my share' -M powernv8 -accel 'tcg,thread=multi,tb-size=512' -smp '16,cores=2,threads=8' -m 4096M -display none \
             -monitor none -serial 'file:/o,1/console.log' -seed 7 -rtc 'base=2026-01-01,clock=vm' \
             -kernel /k/vmlinux -initrd /i/host.gz \
             -append 'console=hvc0 p8smt.steps=online:primary,guest:4:512:1000000' -no-reboot \
             -plugin '/t/libp8smt.so,out=/o,,1,symbols=/k/System.map,time=exact,seed=7'"
        );
    }

    #[test]
    fn plugin_options_follow() {
        let exact = Options {
            turn: Some(500),
            correct: Some("all,-hdec".into()),
            ..Options::new(ScenarioName::Boot)
        };
        assert!(line(&exact).ends_with(",time=exact,seed=0,turn=500,correct=all:-hdec'"));
        let inject = vec!["hmi@cpu3:event=nap".into(), "sreset@cpu1,:tb=5".into()];
        let faults = Options { inject, ..Options::new(ScenarioName::Boot) };
        let line_of_faults = line(&faults);
        assert!(
            line_of_faults.ends_with(",inject=hmi@cpu3:event=nap,inject=sreset@cpu1,,:tb=5'"),
            "{line_of_faults}"
        );
        let host = Options { time: Time::Host, ..Options::new(ScenarioName::Boot) };
        assert!(line(&host).ends_with(",time=host'"));
        let none = Options { no_plugin: true, ..Options::new(ScenarioName::Boot) };
        assert!(line(&none).ends_with(" -no-reboot"));
        assert!(!line(&none).contains("-icount"));
        let contrast = Options { scenario: ScenarioName::Kvm, ..none };
        assert!(
            line(&contrast).contains(" -accel 'tcg,thread=single,tb-size=512' -icount 'shift=4,sleep=off' ")
        );
    }

    #[test]
    fn more_of_the_kernel_command_line_comes_first() {
        let more =
            Options { append: "quiet kvm_hv.min_slice_us=500".into(), ..Options::new(ScenarioName::Boot) };
        let line = line(&more);
        assert!(line.contains(" -append 'quiet kvm_hv.min_slice_us=500 console=hvc0 p8smt.steps="), "{line}");
    }

    #[test]
    fn the_steps_are_not_for_append() {
        let options = Options { append: "quiet p8smt.steps=x".into(), ..Options::new(ScenarioName::Boot) };
        let scenario = Scenario::new(&options).unwrap();
        let error = command(&artifacts(), &options, &scenario, Path::new("/o")).unwrap_err().to_string();
        assert_eq!(error, "--append p8smt.steps=x: what begins with p8smt. is the scenario's");
    }

    #[test]
    fn a_person_gets_the_console_and_the_monitor() {
        let line = line(&Options { interactive: true, ..Options::new(ScenarioName::Boot) });
        assert!(line.contains("mux=on,signal=off,logfile=/o,,1/console.log"), "{line}");
        assert!(!line.contains("-monitor"));
        assert!(line.ends_with(",idle=real'"));
    }

    #[test]
    fn an_unknown_kernel_names_those_there_are() {
        let error = kernel(&artifacts(), "stok").unwrap_err().to_string();
        assert_eq!(
            error,
            "--kernel stok: no such kernel; there are: stock (scripts/setup --kernel NAME builds more)"
        );
    }
}
