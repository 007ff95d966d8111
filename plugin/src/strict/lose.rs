// SPDX-License-Identifier: GPL-2.0-or-later
//! What a power-saving mode may lose is lost (`lose=`).

use crate::plugin::Plugin;
use crate::vcpu::{Reg, Vcpu};
use cpu_model::lose::LOST;
use cpu_model::wake::SRR1_LOSS;
use cpu_model::{Event, spr};

/// A power-saving mode has ended, and the thread is at its handler.
pub fn woken(p: &Plugin, v: &mut Vcpu, le: bool) {
    let Some(level) = v.napped.take() else { return };
    let Some(lost) = p.options.lose.and_then(|lose| lose.of(level)) else { return };
    let srr1 = v.get(Reg::Srr1, le);
    v.set(Reg::Srr1, srr1 & !SRR1_LOSS | lost.srr1, le);
    if lost.general {
        for number in 0..32 {
            v.set_general(number, LOST | u64::from(number), le);
        }
        for reg in [Reg::Cr, Reg::Lr, Reg::Ctr, Reg::Xer] {
            v.set(reg, LOST, le);
        }
    }
    for spr in lost.special {
        v.set_special(*spr, LOST, le);
        // Of these it is the model's that software reads.
        if matches!(*spr, spr::PURR | spr::SPURR) {
            let tb = p.sample(v.index).tb;
            p.core(v.core).apply(v.thread, tb, &Event::WriteSpr { spr: *spr, value: LOST });
        }
    }
}
