// SPDX-License-Identifier: GPL-2.0-or-later
//! What the boot tests share.
#![forbid(unsafe_code)]
