// SPDX-License-Identifier: GPL-2.0-or-later
//! Makes a program that shows a difference shorter.
//!
//! Source of the method: Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input" (2002), `ddmin`;
//! without the complements' own turn, which the next smaller parts come to as well.

use super::{Program, Step, state};

/// The shortest program found that differs still, as `differs` says.
///
/// # Errors
/// Those of `differs`.
pub fn shrink<E>(
    program: &Program,
    differs: &mut impl FnMut(&Program) -> Result<bool, E>,
) -> Result<Program, E> {
    let mut best = program.clone();
    loop {
        let before = best.clone();
        drop_steps(&mut best, differs)?;
        drop_handlers(&mut best, differs)?;
        simplify(&mut best, differs)?;
        if best == before {
            return Ok(best);
        }
    }
}

/// Takes the new one if it differs still; whether it does.
fn attempt<E>(
    best: &mut Program,
    new: Program,
    differs: &mut impl FnMut(&Program) -> Result<bool, E>,
) -> Result<bool, E> {
    let is_better = new != *best && !new.is_empty() && differs(&new)?;
    if is_better {
        *best = new;
    }
    Ok(is_better)
}

fn with_steps(program: &Program, steps: &[Step]) -> Program {
    Program { steps: state::possible(steps), ..program.clone() }
}

fn drop_steps<E>(best: &mut Program, differs: &mut impl FnMut(&Program) -> Result<bool, E>) -> Result<(), E> {
    for thread in 0..8 {
        let others: Vec<Step> = best.steps.iter().copied().filter(|step| step.thread != thread).collect();
        attempt(best, with_steps(best, &others), differs)?;
    }
    let mut size = best.len().div_ceil(2);
    while size > 0 {
        // From the end: what comes late depends on what came before.
        let mut end = best.len();
        while end > 0 {
            let start = end.saturating_sub(size);
            let rest = [&best.steps[..start], &best.steps[end..]].concat();
            attempt(best, with_steps(best, &rest), differs)?;
            end = start.min(best.len());
        }
        size /= 2;
    }
    Ok(())
}

fn drop_handlers<E>(
    best: &mut Program,
    differs: &mut impl FnMut(&Program) -> Result<bool, E>,
) -> Result<(), E> {
    for n in (0..best.handlers.len()).filter(|n| best.handlers[*n]).collect::<Vec<_>>() {
        let mut new = best.clone();
        new.handlers[n] = false;
        attempt(best, new, differs)?;
    }
    Ok(())
}

fn simplify<E>(best: &mut Program, differs: &mut impl FnMut(&Program) -> Result<bool, E>) -> Result<(), E> {
    for n in (0..best.len()).rev() {
        for act in best.steps.get(n).map(|step| step.act.simpler()).unwrap_or_default() {
            let mut steps = best.steps.clone();
            steps[n].act = act;
            if attempt(best, with_steps(best, &steps), differs)? {
                break;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::act::Act;
    use std::convert::Infallible;

    /// A side that errs where LPCR\[MER\] is written.
    fn errs(program: &Program) -> bool {
        let wrong = |step: &Step| matches!(step.act, Act::Lpcr { bits } if bits & cpu_model::lpcr::MER != 0);
        program.steps.iter().any(wrong)
    }

    #[test]
    fn finds_the_step_that_matters() {
        let mut found = 0;
        for program in (0..20).map(Program::of_seed).filter(errs) {
            let mut asked = 0;
            let short = shrink(&program, &mut |program: &Program| {
                asked += 1;
                Ok::<_, Infallible>(errs(program))
            });
            let Ok(short) = short;
            assert_eq!(short.len(), 1, "{short}");
            assert_eq!(short.steps[0].act, Act::Lpcr { bits: cpu_model::lpcr::MER });
            assert!(short.handlers.iter().all(|has| !has));
            assert!(asked < 200, "{asked}");
            found += 1;
        }
        assert!(found > 3);
    }
}
