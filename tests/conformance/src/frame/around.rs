// SPDX-License-Identifier: GPL-2.0-or-later
//! What is before a program and behind it: vectors, how threads begin and end, and who prints what they have seen.

use super::{Handler, LATE, PATIENCE_AT, STOPPED};
use std::fmt::Write as _;

/// Where each thread's list of what it has seen begins, and how long it may be, in bytes.
const SEEN: u64 = 0x6000;
const SEEN_LEN: u64 = 0x200;
/// A doubleword for each thread: the end of its list once it has ended.
const ENDED: u64 = 0x7900;
const VECTORS: [u64; 26] = [
    0x100, 0x200, 0x300, 0x380, 0x400, 0x480, 0x500, 0x600, 0x700, 0x800, 0x900, 0x980, 0xa00, 0xc00, 0xd00,
    0xe00, 0xe20, 0xe40, 0xe60, 0xe80, 0xf00, 0xf20, 0xf40, 0xf60, 0xf80, 0x1500,
];

/// What a thread does when it wakes. Little-endian the first word is a branch to where the other words turn MSR[LE] off.
const WOKEN: &str = "
        tdi 0, r0, 0x48
        b woken_big
        le.li r28, woken_big
        le.mtspr hsrr0, r28
        le.mfmsr r28
        le.rldicr r28, r28, 0, 62
        le.mtspr hsrr1, r28
        le.hrfid
woken_big:
        mfspr r30, sprg3
        mfspr r31, pir
        clrldi r31, r31, 61
";

/// Those that save into HSRR0 and HSRR1.
const TO_HSRR: [u64; 7] = [0x980, 0xe00, 0xe20, 0xe40, 0xe60, 0xe80, 0xf80];

/// What is before a program and behind it.
pub fn around(threads: &[u8], observer: u8, handlers: &[Handler]) -> (String, String) {
    let mut before = String::from(".org 0x10\nb begin\n");
    for vector in VECTORS {
        let (save, by) = if TO_HSRR.contains(&vector) { ("mtspr hsprg0, r29\n", 5) } else { ("", 7) };
        // Power saving may have lost what the frame keeps in general registers.
        let find = if vector == 0x100 { WOKEN } else { "" };
        write!(before, ".org {vector}\n{save}{find}load r29, {vector}\nb handlers{by}\n")
            .expect("a String takes all");
    }
    before += "
        .org 0x2000
begin:  load r28, 0
        mtspr lpcr, r28
        mtspr rmor, r28
        load r28, 0x7fffffff
        mtdec r28
        mfspr r31, pir
        clrldi r31, r31, 61
";
    writeln!(before, "sldi r30, r31, {}\naddi r30, r30, {SEEN}\nmtspr sprg3, r30", SEEN_LEN.trailing_zeros())
        .expect("a String takes all");
    let mut begin = |thread: u8, label: &str| {
        writeln!(before, "cmpwi cr7, r31, {thread}\nbeq cr7, {label}").expect("a String takes all");
    };
    for thread in threads {
        begin(*thread, &format!("thread{thread}"));
    }
    if !threads.contains(&observer) {
        begin(observer, "observe");
    }
    before += "never: nap\nb never\n";
    // By condition fields of their own: one may interrupt the other.
    for by in [5, 7] {
        writeln!(before, "handlers{by}:").expect("a String takes all");
        for (n, Handler { thread, vector, label }) in handlers.iter().enumerate() {
            write!(
                before,
                "cmpwi cr{by}, r31, {thread}\nbne cr{by}, other{by}_{n}\n\
                 cmpwi cr{by}, r29, {vector}\nbeq cr{by}, {label}\nother{by}_{n}:\n"
            )
            .expect("a String takes all");
        }
        before += "b unexpected\n";
    }
    let rest = threads.len();
    let after = format!(
        "
        load r28, {STOPPED}
        or r28, r28, r29
        b last
late:   load r28, {LATE}
last:   std r28, 0(r30)
        addi r30, r30, 8
finish: sync
        sldi r28, r31, 3
        std r30, {ENDED}(r28)
        sync
        cmpwi cr7, r31, {observer}
        beq cr7, observe
ended:  or r1, r1, r1
        b ended

observe:
        ld r20, {PATIENCE_AT}(r0)
        add r20, r20, r20
        mtdec r20
watch:  or r1, r1, r1
        mfdec r20
        cmpwi cr7, r20, 0
        blt cr7, print_all
        li r22, 0
        li r23, 0
count:  sldi r24, r22, 3
        ld r24, {ENDED}(r24)
        cmpdi cr7, r24, 0
        beq cr7, more
        addi r23, r23, 1
more:   addi r22, r22, 1
        cmpwi cr7, r22, 8
        blt cr7, count
        cmpwi cr7, r23, {rest}
        blt cr7, watch

print_all:
        or r2, r2, r2
        li r22, 0
thread: sldi r24, r22, {shift}
        addi r24, r24, {SEEN}
        sldi r25, r22, 3
        ld r25, {ENDED}(r25)
        cmpdi cr7, r25, 0
        beq cr7, next
        addi r4, r22, 48
        bl print
value:  cmpld cr7, r24, r25
        bge cr7, line
        li r4, 32
        bl print
        ld r3, 0(r24)
        addi r24, r24, 8
        li r6, 16
digit:  rldicl r4, r3, 4, 60
        sldi r3, r3, 4
        cmpwi cr7, r4, 10
        blt cr7, small
        addi r4, r4, 39
small:  addi r4, r4, 48
        bl print
        addi r6, r6, -1
        cmpwi cr7, r6, 0
        bgt cr7, digit
        b value
line:   li r4, 10
        bl print
next:   addi r22, r22, 1
        cmpwi cr7, r22, 8
        blt cr7, thread
        li r4, 46
        bl print
        li r4, 10
        bl print
        load r5, 1 << 32
        mtspr hid0, r5
        isync
        attn

# The first serial port hangs on the LPC bus, which is behind XSCOM registers of the chip (skiboot hw/lpc.c, opb_write).
print:  load r7, 0x3fc0000b00218
        sldi r4, r4, 56
        sync
        stdcix r4, r0, r7
        addi r7, r7, -0x18
        load r8, 0xd1000000d00103f8
        stdcix r8, r0, r7
        sync
        blr
",
        shift = SEEN_LEN.trailing_zeros(),
    );
    // What no handler takes goes on behind the handlers.
    (before, after.replacen("\n        load r28, ", "\nunexpected: load r28, ", 1))
}
