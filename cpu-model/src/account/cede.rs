// SPDX-License-Identifier: GPL-2.0-or-later
//! Times for which the host has given a thread to KVM.

/// Times for which the host gave a thread to KVM, each from [`crate::Landmark::Cede`] to
/// [`crate::Landmark::CedeReturn`]. All 0 where the host's kernel does not do that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cedes {
    /// How many began.
    pub count: u64,
    /// How many of these ended. One less than `count` where the run ended in one; if it is less than that, or less in a
    /// thread that works for the host again, a return was lost.
    pub returned: u64,
    /// Ticks of the longest, one that was still going on at the end included.
    pub longest: u64,
}

/// Cedes while the run goes on.
#[derive(Clone, Debug, Default)]
pub(super) struct CedeLedger {
    cedes: Cedes,
    since: Option<u64>,
}

impl CedeLedger {
    /// One that begins before the last has ended takes its place: that one has no return.
    pub(super) fn begin(&mut self, tb: u64) {
        self.lasted_until(tb);
        self.cedes.count += 1;
        self.since = Some(tb);
    }

    /// A return from none is none.
    pub(super) fn end(&mut self, tb: u64) {
        self.lasted_until(tb);
        self.cedes.returned += u64::from(self.since.take().is_some());
    }

    pub(super) fn finish(mut self, tb: u64) -> Cedes {
        self.lasted_until(tb);
        self.cedes
    }

    fn lasted_until(&mut self, tb: u64) {
        let ticks = self.since.map_or(0, |since| tb.saturating_sub(since));
        self.cedes.longest = self.cedes.longest.max(ticks);
    }
}
