// SPDX-License-Identifier: GPL-2.0-or-later
//! The QEMU side of p8smt: sees what the emulated threads do, asks `cpu-model` what POWER8 would show
//! them, sees to it, and records the run. It decides nothing that stands in the architecture manual.
//!
//! | module | does |
//! | --- | --- |
//! | [`qemu`] | plugin API 7 and QEMU's relocation slots, bound; the only `unsafe` |
//! | [`command_line`] | what QEMU's own command line says |
//! | [`options`] | the words after `-plugin libp8smt.so,` |
//! | [`plugin`] | what is alive during a run |
//! | [`translate`] | which instructions are looked at |
//! | [`site`] | those that may be left out |
//! | [`observe`] | what they mean for the model |
//! | [`enforce`] | what the model answers |
//! | [`stub`] | where QEMU itself must act |
//! | [`inject`] | faults put on threads |
//! | [`turns`] | exact time: who runs, when, what time it is |
//! | [`outside`] | what came in and ends the promise of exact time |
//! | [`record`] | the recording |
//! | [`say`] | a line on standard error |
//! | [`symbols`] | names of the host kernel that mean something |
//! | [`host`] | the host processor that a run is tied to |
#![deny(unsafe_code)]

mod command_line;
mod enforce;
mod host;
mod inject;
mod observe;
mod options;
mod outside;
mod plugin;
#[allow(unsafe_code)]
mod qemu;
mod record;
mod say;
mod site;
mod strict;
mod stub;
mod symbols;
mod translate;
mod turns;
mod vcpu;
