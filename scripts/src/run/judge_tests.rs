// SPDX-License-Identifier: GPL-2.0-or-later
//! Canned consoles, whole and with each thing that can go wrong, and what the judge says of them.

use super::*;
use crate::protocol::{Body, Frame, line};
use cpu_model::recording::Guest;

/// A console line by line: what the agents say, and what else is printed.
#[derive(Clone)]
pub(super) struct Canned(Vec<String>);

impl Canned {
    fn say(mut self, who: &str, body: Body) -> Canned {
        let prefix = if who == "host" { String::new() } else { format!("{who}| ") };
        self.0.push(prefix + &line(&Frame { who: who.into(), body }));
        self
    }

    fn up(self, who: &str, cpus: u32) -> Canned {
        self.say(who, Body::Up { cpus, kernel: "6.12.117".into() })
    }

    fn begin(self, who: &str, step: &str) -> Canned {
        self.say(who, Body::Begin { step: step.into() })
    }

    fn end(self, who: &str, step: &str, code: i32) -> Canned {
        self.say(who, Body::End { step: step.into(), code })
    }

    fn work(self, who: &str, cpus: impl IntoIterator<Item = u32>) -> Canned {
        cpus.into_iter().fold(self.begin(who, "work:50"), |canned, cpu| {
            canned.say(who, Body::Work { cpu, count: 50, want: 50 })
        })
    }

    fn primary(self) -> Canned {
        self.begin("host", "online:primary").say("host", Body::Online { cpus: vec![0] }).end(
            "host",
            "online:primary",
            0,
        )
    }

    fn done(self, who: &str) -> Canned {
        self.say(who, Body::Done { failed: 0 })
    }

    fn print(mut self, text: &str) -> Canned {
        self.0.push(text.into());
        self
    }

    /// As it stands in the console's file.
    pub fn text(&self) -> String {
        self.0.join("\r\n") + "\r\n"
    }

    /// Without the lines that hold `what`.
    fn without(mut self, what: &str) -> Canned {
        let before = self.0.len();
        self.0.retain(|line| !line.contains(what));
        assert_ne!(self.0.len(), before, "nothing holds {what}");
        self
    }

    fn judge(&self, options: &Options) -> Judge {
        let mut judge = Judge::new(&Scenario::new(options).unwrap());
        for line in &self.0 {
            judge.hear(line.as_bytes());
        }
        judge
    }

    fn wrong(&self, options: &Options) -> String {
        self.judge(options).wrong().expect("something is wrong").to_owned()
    }

    fn assert_ok(&self, options: &Options) {
        let judge = self.judge(options);
        assert_eq!(judge.wrong(), None);
        assert_eq!(judge.missing(), None);
    }
}

fn console() -> Canned {
    Canned(vec!["[    0.000000] Linux version 6.12.117".into()])
}

pub(super) fn kvm() -> Options {
    Options { work: 50, ..Options::new(ScenarioName::Kvm) }
}

fn counter() -> Options {
    Options { guest: GuestKind::Counter, ..kvm() }
}

/// A console of [`kvm`] whose guest brought up `cpus`.
pub(super) fn debian(cpus: u32) -> Canned {
    console()
        .up("host", 8)
        .primary()
        .begin("host", "guest:4:512:50")
        .up("guest0", cpus)
        .work("guest0", 0..cpus)
        .end("guest0", "work:50", 0)
        .done("guest0")
        .end("host", "guest:4:512:50", 0)
        .done("host")
}

fn vcpu(vcpu: u32, count: u64, error: &str) -> Body {
    Body::Vcpu { vcpu, count, want: 50, error: error.into() }
}

/// A console of [`counter`] up to the first report of a virtual processor.
fn counter_begun() -> Canned {
    console().up("host", 8).primary().begin("host", "counter:4:50")
}

#[test]
fn whole_runs_are_ok() {
    debian(4).assert_ok(&kvm());
    assert_eq!(debian(4).judge(&kvm()).guests(), [Guest { threads: 4, cpus_up: 4 }]);
    assert_eq!(debian(4).judge(&kvm()).kernel(), "6.12.117");

    let counted = (0..4).fold(counter_begun(), |c, n| c.say("host", vcpu(n, 50, "")));
    let counted = counted.end("host", "counter:4:50", 0).done("host");
    counted.assert_ok(&counter());
    assert_eq!(counted.judge(&counter()).guests(), [Guest { threads: 4, cpus_up: 4 }]);

    let boot = Options { work: 50, ..Options::new(ScenarioName::Boot) };
    let all = console().up("host", 8).begin("host", "online:all");
    let all = all.say("host", Body::Online { cpus: (0..8).collect() }).end("host", "online:all", 0);
    all.work("host", 0..8).end("host", "work:50", 0).done("host").assert_ok(&boot);
}

#[test]
fn two_guests_may_speak_in_turn() {
    let guests = console().up("host", 8).primary().begin("host", "guest:1:512:50:2");
    let guests = guests.up("guest1", 1).up("guest0", 1).work("guest0", [0]).work("guest1", [0]);
    let guests = guests.end("guest1", "work:50", 0).done("guest1").end("guest0", "work:50", 0);
    let options = Options { guests: 2, guest_threads: 1, ..kvm() };
    let rest = |c: Canned| c.end("host", "guest:1:512:50:2", 0).done("host");
    rest(guests.clone().done("guest0")).assert_ok(&options);
    assert_eq!(rest(guests).judge(&options).missing().unwrap(), "guest0 was done");
}

#[test]
fn fewer_cpus_are_told_before_what_kept_them() {
    assert_eq!(debian(1).wrong(&kvm()), "guest0 brought up 1 of 4 CPUs");
    let mut stuck = debian(1);
    stuck.0.insert(6, "guest0| [    5.1] Processor 1 is stuck.".into());
    assert_eq!(
        stuck.wrong(&kvm()),
        "guest0 brought up 1 of 4 CPUs (guest0| [    5.1] Processor 1 is stuck.)"
    );
    assert_eq!(stuck.judge(&kvm()).guests(), [Guest { threads: 4, cpus_up: 1 }]);
    assert_eq!(console().up("host", 7).wrong(&kvm()), "host brought up 7 of 8 CPUs");
}

#[test]
fn badness_is_found_in_text_and_in_reports() {
    let text = console().print("[    2.5] BUG: scheduling while atomic: swapper/3/0/0x00000002");
    assert_eq!(text.wrong(&kvm()), "host: [    2.5] BUG: scheduling while atomic: swapper/3/0/0x00000002");
    let line = "rcu: INFO: rcu_sched self-detected stall on CPU".to_owned();
    let kmsg = console().say("guest0", Body::Kmsg { level: 3, line });
    assert_eq!(kmsg.wrong(&kvm()), "guest0: rcu: INFO: rcu_sched self-detected stall on CPU");
    let line = "workqueue: round-robin CPU selection forced".to_owned();
    assert_eq!(console().say("host", Body::Kmsg { level: 4, line }).judge(&kvm()).wrong(), None);
}

#[test]
fn only_the_hosts_panic_loses_the_machine() {
    let panic = "[    2.5] Kernel panic - not syncing: VFS";
    assert!(console().print(panic).judge(&kvm()).lost());
    let guest = console().print(&format!("guest0| {panic}")).judge(&kvm());
    assert!(!guest.lost());
    assert!(guest.wrong().is_some());
}

#[test]
fn a_failed_ioctl_is_named_with_its_reason() {
    let all = Options { online: Some(Online::All), ..counter() };
    let begun = console().up("host", 8).begin("host", "online:all");
    let begun = begun.say("host", Body::Online { cpus: (0..8).collect() }).end("host", "online:all", 0);
    let begun = begun.begin("host", "busy:10000").end("host", "busy:10000", 0);
    let busy = begun.begin("host", "counter:4:50").say("host", vcpu(0, 0, "KVM_RUN: EBUSY"));
    assert_eq!(
        busy.wrong(&all),
        "host: vCPU 0: KVM_RUN: EBUSY (secondary threads are online, and this kernel refuses)"
    );
    let other = counter_begun().say("host", vcpu(2, 0, "KVM_RUN: EINVAL"));
    assert_eq!(other.wrong(&counter()), "host: vCPU 2: KVM_RUN: EINVAL");
}

/// A console of a Debian guest beside busy processes, up to where their reports are due; and its options.
fn beside_busy() -> (Canned, Options) {
    let begun = console().up("host", 8).begin("host", "online:all");
    let begun = begun.say("host", Body::Online { cpus: (0..8).collect() }).end("host", "online:all", 0);
    let begun = begun.begin("host", "busy:10000").end("host", "busy:10000", 0);
    let begun = begun.begin("host", "guest:4:512:50").up("guest0", 4).work("guest0", 0..4);
    let guest = begun.end("guest0", "work:50", 0).done("guest0");
    (guest, Options { online: Some(Online::All), ..kvm() })
}

fn busy(cpu: u32, count: u64, wrong: u64) -> Body {
    Body::Busy { cpu, count, wrong, expiries: 0, late_ns: 0, latest_ns: 0 }
}

#[test]
fn the_host_gets_on_beside_guests() {
    let (guest, options) = beside_busy();
    let all = (1..8).fold(guest.clone(), |c, cpu| c.say("host", busy(cpu, 40_000, 0)));
    let end = |c: Canned| c.end("host", "guest:4:512:50", 0).done("host");
    end(all.clone()).assert_ok(&options);
    assert_eq!(
        end(all.without("\"cpu\":5,\"count\":40000")).wrong(&options),
        "host ended guest:4:512:50 without a word of CPU 5's busy process"
    );
    let of = |body| guest.clone().say("host", body).wrong(&options);
    assert_eq!(of(busy(3, 0, 0)), "host: CPU 3's busy process did not get on while guests ran");
    assert_eq!(
        of(busy(3, 50_000, 2)),
        "host: CPU 3's busy process counted wrong, elsewhere, or back in time, 2 times"
    );
    assert_eq!(of(busy(0, 50_000, 0)), "host: CPU 0 has a busy process that nobody asked for");
}

#[test]
fn chaos_is_judged_whole() {
    let options = Options { chaos: Some(1), seed: 5, online: Some(Online::All), ..counter() };
    let begun = console().up("host", 8).begin("host", "online:all");
    let begun = begun.say("host", Body::Online { cpus: (0..8).collect() }).end("host", "online:all", 0);
    let begun = begun.begin("host", "busy:10000").end("host", "busy:10000", 0).begin("host", "chaos:5:1");
    let act = |what: &str| Body::Act { number: 0, what: what.into(), answer: "ok".into() };
    let acted = begun.clone().say("host", act("start guest 0, 2 vCPUs count to 16 2 times"));
    let ended = |right| Body::Ended { guest: 0, threads: 2, right, code: 0, why: String::new() };
    let back = |c: Canned, cpu| c.say("host", Body::Secondary { cpu, cedes: 9, returns: 9 });
    let rest = |c: Canned| {
        let all = (1..8).fold((1..8).fold(c, back), |c, cpu| c.say("host", busy(cpu, 40_000, 0)));
        all.end("host", "chaos:5:1", 0).done("host")
    };
    let whole = rest(acted.clone().say("host", ended(2)));
    whole.assert_ok(&options);
    assert_eq!(
        whole.without("\"cpu\":5,\"count\"").wrong(&options),
        "host ended chaos:5:1 without a word of CPU 5's busy process"
    );
    assert_eq!(rest(acted.clone()).wrong(&options), "host ended chaos:5:1 without the end of guest 0");
    let wrong = acted.say("host", Body::Out { line: "agent: guest 0 of 2 vCPUs".into() });
    assert_eq!(
        wrong.say("host", ended(1)).wrong(&options),
        "host: guest 0 of chaos ended with 0; 1 of 2 vCPUs counted right: agent: guest 0 of 2 vCPUs"
    );
    assert_eq!(
        console().up("host", 8).say("host", act("CPU 5 offline")).wrong(&options),
        "host: chaos that nobody asked for"
    );
}

#[test]
fn a_vmm_that_kvm_refuses_is_told_at_once() {
    let (guest, options) = beside_busy();
    let refused = guest
        .without("guest0")
        .say("host", Body::Out { line: "guest0: error: kvm run failed Device or resource busy".into() });
    assert_eq!(
        refused.wrong(&options),
        "host: guest0: error: kvm run failed Device or resource busy \
         (EBUSY: secondary threads are online, and this kernel refuses)"
    );
}

#[test]
fn counts_must_be_right_and_whole() {
    let short = counter_begun().say("host", vcpu(3, 49, ""));
    assert_eq!(short.wrong(&counter()), "host: vCPU 3 counted to 49 instead of 50");
    let twice = counter_begun().say("host", vcpu(3, 50, "")).say("host", vcpu(3, 50, ""));
    assert_eq!(twice.wrong(&counter()), "host: vCPU 3 counted twice");
    let silent = (0..3).fold(counter_begun(), |c, n| c.say("host", vcpu(n, 50, "")));
    let silent = silent.end("host", "counter:4:50", 0);
    assert_eq!(silent.wrong(&counter()), "host ended counter:4:50 without a count of vCPU 3");
    assert_eq!(silent.judge(&counter()).guests(), [Guest { threads: 4, cpus_up: 3 }]);
    let silent = debian(4).without("\"cpu\":2");
    assert_eq!(silent.wrong(&kvm()), "guest0 ended work:50 without a count of CPU 2");
    let other = Options { work: 51, ..counter() };
    let begun = console().up("host", 8).primary().begin("host", "counter:4:51");
    let lazy = begun.say("host", vcpu(0, 50, ""));
    assert_eq!(lazy.wrong(&other), "host: vCPU 0 was to count to 50 instead of 51");
}

#[test]
fn steps_come_in_order_and_end_well() {
    let failed = console().up("host", 8).primary().begin("host", "guest:4:512:50");
    let out = Body::Out { line: "qemu-system-ppc64: no such file".into() };
    let failed = failed.say("host", out).end("host", "guest:4:512:50", 127);
    assert_eq!(
        failed.wrong(&kvm()),
        "host: guest:4:512:50 ended with status 127: qemu-system-ppc64: no such file"
    );
    let killed = counter_begun().end("host", "counter:4:50", 139);
    assert_eq!(killed.wrong(&counter()), "host: counter:4:50 ended by signal 11");
    let skipped = console().up("host", 8).begin("host", "counter:4:50");
    assert_eq!(skipped.wrong(&counter()), "host began counter:4:50 before host began online:primary");
    assert_eq!(
        console().up("host", 8).done("host").wrong(&kvm()),
        "host was done before host began online:primary"
    );
    let unasked = console().up("host", 8).end("host", "work:50", 0);
    assert_eq!(unasked.wrong(&kvm()), "host ended work:50, which it had not begun");
    let failed = console().up("host", 8).say("host", Body::Done { failed: 2 });
    assert_eq!(failed.wrong(&kvm()), "host: 2 steps failed");
}

#[test]
fn what_stays_offline_is_checked() {
    let begun = console().up("host", 8).begin("host", "online:primary");
    let wrong = begun.clone().say("host", Body::Online { cpus: vec![0, 7] });
    assert_eq!(wrong.wrong(&kvm()), "host has CPUs [0, 7] online instead of [0]");
    let silent = begun.end("host", "online:primary", 0);
    assert_eq!(silent.wrong(&kvm()), "host ended online:primary and did not say which CPUs are online");
}

#[test]
fn a_machine_that_starts_anew_is_noticed() {
    let again = debian(4).without("failed").up("guest0", 4);
    assert_eq!(again.wrong(&kvm()), "guest0 restarted");
}

#[test]
fn nobody_speaks_uninvited() {
    assert_eq!(
        console().up("guest7", 4).wrong(&kvm()),
        "a report from guest7, which is not part of the scenario"
    );
}

#[test]
fn a_damaged_report_is_not_overheard() {
    let mut damaged = debian(4);
    damaged.0[5] = damaged.0[5].replace("512", "513");
    assert!(
        damaged.wrong(&kvm()).starts_with("damaged report on the console: @p8 {"),
        "{damaged:?}",
        damaged = damaged.0
    );
}

#[test]
fn kernel_messages_before_a_report_do_not_hide_it() {
    let mut mixed = debian(4);
    for line in &mut mixed.0 {
        line.insert_str(0, "[    9.0] eth0: link up ");
    }
    mixed.assert_ok(&kvm());
}

#[test]
fn what_is_missing_is_named() {
    let mut so_far = console();
    let whole = debian(4);
    let mut missing = Vec::new();
    for line in &whole.0 {
        so_far.0.push(line.clone());
        missing.extend(so_far.judge(&kvm()).missing());
    }
    missing.dedup();
    assert_eq!(
        missing,
        [
            "host's agent was up",
            "host began online:primary",
            "host ended online:primary",
            "host began guest:4:512:50",
            "guest0's agent was up",
            "guest0 began work:50",
            "guest0 ended work:50",
            "guest0 was done",
            "host ended guest:4:512:50",
            "host was done",
        ]
    );
}
