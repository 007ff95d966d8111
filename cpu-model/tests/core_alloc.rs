// SPDX-License-Identifier: GPL-2.0-or-later
//! `Core::apply` allocates nothing: it runs at every event of every emulated thread.

mod core_events;

use core_events::*;
use cpu_model::core::{Core, MOST_EFFECTS};
use cpu_model::{Event, Landmark, Rules, WakeReason, lpcr, spr};

#[test]
fn apply_allocates_nothing() {
    let mut core = Core::new(Rules::ALL);
    let events = [
        write(spr::LPIDR, 1),
        write(spr::SDR1, 2),
        write(spr::PCR, 2),
        write(spr::HDEC, 5),
        write(spr::LPCR, lpcr::HDICE),
        read(spr::LPIDR),
        to_guest(),
        msgsndp(3),
        read(spr::HFSCR),
        msgsnd(4),
        block(false),
        in_guest(0xa00),
        block(true),
        block(false),
        in_guest(0x900),
        exit(0xe80),
        msgclr(),
        msgclrp(),
        nap(),
        wake(WakeReason::Decrementer),
        to_host(),
        Event::Landmark(Landmark::Idle),
        Event::Mfrr { server: 3, priority: 4 },
        Event::TlbInvalidateLocal,
    ];
    let mut most = 0;
    let counted = allocation_counter::measure(|| {
        for round in 0..100 {
            for (i, event) in events.iter().enumerate() {
                let thread = ((i * 3 + round) % 8) as u8;
                most = most.max(core.apply(thread, (i + round) as u64, event).len());
            }
        }
    });
    assert!(most > 1 && most <= MOST_EFFECTS, "{most}");
    assert_eq!(counted.count_total, 0);
    assert!(
        allocation_counter::measure(|| drop(std::hint::black_box(vec![1]))).count_total > 0,
        "the counter counts"
    );
}
