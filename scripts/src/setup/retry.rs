// SPDX-License-Identifier: GPL-2.0-or-later
//! Trying again what a mirror in the middle of a sync has refused.

use super::command::Failed;
use anyhow::{Error, Result};
use backon::{BlockingRetryable, ExponentialBuilder};
use std::time::Duration;

/// Waits of 5, 15 and 45 seconds: a mirror's sync takes about that long; one that takes longer is broken.
fn waits() -> ExponentialBuilder {
    ExponentialBuilder::new().with_min_delay(Duration::from_secs(5)).with_factor(3.0).with_max_times(3)
}

/// Calls `attempt` until it succeeds, fails for a reason that does not pass, or has failed four times; `again` is
/// told the reason and the wait.
///
/// # Errors
/// The last attempt's.
pub fn patiently<T>(attempt: impl FnMut() -> Result<T>, again: impl FnMut(&Error, Duration)) -> Result<T> {
    attempt.retry(waits()).when(passes).notify(again).call()
}

/// Whether the same may work a little later.
fn passes(error: &Error) -> bool {
    error
        .downcast_ref::<Failed>()
        .and_then(|failed| failed.fault.as_ref())
        .is_some_and(|fault| fault.passes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::fault::Fault;
    use backon::BackoffBuilder;

    #[test]
    fn waits_grow_and_are_bounded() {
        let seconds: Vec<u64> = waits().build().map(|wait| wait.as_secs()).collect();
        assert_eq!(seconds, [5, 15, 45]);
    }

    #[test]
    fn only_what_passes_is_tried_again() {
        let failed = |fault| Error::from(Failed { fault, ..Failed::default() });
        assert!(passes(&failed(Some(Fault::MidSync(String::new())))));
        assert!(passes(&failed(Some(Fault::MidSync(String::new()))).context("while fetching")));
        assert!(!passes(&failed(Some(Fault::Offline(String::new())))));
        assert!(!passes(&failed(None)));
        let mut calls = 0;
        let result: Result<()> = patiently(
            || {
                calls += 1;
                Err(failed(Some(Fault::DiskFull(String::new()))))
            },
            |_, _| unreachable!("a full disk is not waited for"),
        );
        assert!(result.is_err());
        assert_eq!(calls, 1);
    }
}
