//! SPRs.
