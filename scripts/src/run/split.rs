// SPDX-License-Identifier: GPL-2.0-or-later
//! Whether KVM may split cores for several guests.
//!
//! It does when vcores of several guests are due on one core at the same time. The host of a kernel without
//! `kernel-patches/` dies of that soon: see the patch about the unsplit nap. And where nothing makes the emulated cores
//! split, it waits for ever.

use super::options::Options;
use super::scenario::{Scenario, Step};
use cpu_model::{Rule, Rules};

/// The parameter of KVM that says so.
const MODES: &str = "kvm_hv.dynamic_mt_modes";

/// What the host's kernel is told, where it must not.
pub(super) fn kernel_argument(options: &Options, scenario: &Scenario) -> Option<String> {
    let guests = scenario.steps.iter().any(|step| match step {
        Step::Guest { guests, .. } => *guests > 1,
        Step::Chaos { .. } => true,
        _ => false,
    });
    let asked = options.append.split_whitespace().any(|word| word.starts_with(MODES));
    let may = options.kernel.starts_with("patched") && cores_split(options);
    (guests && !asked && !may).then(|| format!("{MODES}=0"))
}

fn cores_split(options: &Options) -> bool {
    let list = options.correct.as_deref().unwrap_or("all").replace(',', ":");
    // What is wrong with a list, the plugin says.
    options.exact() && Rules::of_list(&list).is_ok_and(|rules| rules.has(Rule::SubCore))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::options::{GuestKind, Online, ScenarioName, Time};

    fn argument(options: Options) -> Option<String> {
        let scenario = Scenario::new(&options).unwrap();
        kernel_argument(&options, &scenario)
    }

    fn two_guests(kernel: &str) -> Options {
        Options { guests: 2, kernel: kernel.into(), ..Options::new(ScenarioName::Kvm) }
    }

    const WHOLE: &str = "kvm_hv.dynamic_mt_modes=0";

    #[test]
    fn the_series_kernels_may_and_others_may_not() {
        assert_eq!(argument(two_guests("patched")), None);
        assert_eq!(argument(two_guests("patched-debug")), None);
        assert_eq!(argument(two_guests("stock")).unwrap(), WHOLE);
    }

    #[test]
    fn one_guest_has_nothing_to_share_a_core_with() {
        assert_eq!(argument(Options { guests: 1, ..two_guests("stock") }), None);
    }

    #[test]
    fn chaos_has_several() {
        let chaos = Options {
            guest: GuestKind::Counter,
            online: Some(Online::All),
            chaos: Some(5),
            kernel: "stock".into(),
            ..Options::new(ScenarioName::Kvm)
        };
        assert_eq!(argument(chaos).unwrap(), WHOLE);
    }

    #[test]
    fn cores_that_do_not_split_stay_whole() {
        let without = |list: &str| Options { correct: Some(list.into()), ..two_guests("patched") };
        assert_eq!(argument(without("all,-sub-core")).unwrap(), WHOLE);
        assert_eq!(argument(without("-hdec")), None);
        assert_eq!(argument(Options { no_plugin: true, ..two_guests("patched") }).unwrap(), WHOLE);
        assert_eq!(argument(Options { time: Time::Host, ..two_guests("patched") }).unwrap(), WHOLE);
    }

    #[test]
    fn who_asks_for_it_knows_better() {
        let append = "kvm_hv.dynamic_mt_modes=6".to_owned();
        assert_eq!(argument(Options { append, ..two_guests("stock") }), None);
    }
}
