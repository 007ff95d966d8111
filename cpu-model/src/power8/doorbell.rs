// SPDX-License-Identifier: GPL-2.0-or-later
//! `msgsnd` and its kin: one bit of each kind for each thread. Source: Power ISA 2.07B, Book III-S, chapter 11; Linux
//! `arch/powerpc/include/asm/dbell.h` (receivers by their number in the core, or the sub-core).

use super::Power8;
use crate::DoorbellKind;
use crate::doorbell::Message;

impl Power8 {
    /// `msgsnd` or `msgsndp` with this RB. To a thread that there is not, or of another type, it does nothing.
    pub fn send(&mut self, thread: usize, kind: DoorbellKind, rb: u64) {
        let Some(Message { thread: to }) = Message::from_rb(rb) else { return };
        let to = usize::from(to);
        let range = match kind {
            DoorbellKind::Hypervisor => 0..crate::THREADS_PER_CORE,
            DoorbellKind::Privileged => self.range(thread),
        };
        if to < range.len() {
            *self.doorbell(range.start + to, kind) = true;
        }
    }

    /// `msgclr` or `msgclrp` with this RB: the thread's own.
    pub fn clear(&mut self, thread: usize, kind: DoorbellKind, rb: u64) {
        if Message::from_rb(rb).is_some() {
            *self.doorbell(thread, kind) = false;
        }
    }

    fn doorbell(&mut self, thread: usize, kind: DoorbellKind) -> &mut bool {
        let thread = &mut self.threads[thread];
        match kind {
            DoorbellKind::Hypervisor => &mut thread.hypervisor_doorbell,
            DoorbellKind::Privileged => &mut thread.privileged_doorbell,
        }
    }

    /// DPDES. Source: Linux commit b005255e12a3 ("Context-switch new POWER8 SPRs"); QEMU `target/ppc/misc_helper.c`
    /// (`helper_load_dpdes`).
    pub(super) fn doorbells_of_part(&self, thread: usize) -> u64 {
        let bits = self.range(thread).enumerate();
        bits.map(|(n, t)| u64::from(self.threads[t].privileged_doorbell) << n).sum()
    }

    pub(super) fn write_doorbells_of_part(&mut self, thread: usize, value: u64) {
        for (n, t) in self.range(thread).enumerate() {
            self.threads[t].privileged_doorbell = value >> n & 1 != 0;
        }
    }
}
