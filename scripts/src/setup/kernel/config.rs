// SPDX-License-Identifier: GPL-2.0-or-later
//! Whether a configuration has what its fragments ask for: kconfig drops what it does not know, or what depends on
//! something that is off, without a word.

use std::collections::BTreeMap;

/// The lines of `fragments` that did not make it into `config`, a later line of the same option counting alone.
pub fn dropped(fragments: &str, config: &str) -> Vec<String> {
    let has = options(config);
    options(fragments)
        .into_iter()
        .filter(|(name, value)| has.get(name).copied().unwrap_or("n") != *value)
        .map(|(name, value)| format!("{name}={value}"))
        .collect()
}

/// Options and their values; `# CONFIG_X is not set` is `n`.
fn options(text: &str) -> BTreeMap<&str, &str> {
    text.lines()
        .filter_map(|line| match line.strip_prefix("# CONFIG_") {
            Some(_) => Some((line.strip_prefix("# ")?.strip_suffix(" is not set")?, "n")),
            None => line.trim().split_once('=').filter(|(name, _)| name.starts_with("CONFIG_")),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_kconfig_dropped() {
        let fragments = "# CONFIG_KVM is for guests\nCONFIG_A=y\nCONFIG_B=y\n# CONFIG_C is not set\nCONFIG_D=n\nCONFIG_N=64\n";
        let config = "CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C=y\nCONFIG_N=32\n";
        assert_eq!(dropped(fragments, config), ["CONFIG_B=y", "CONFIG_C=n", "CONFIG_N=64"]);
        assert_eq!(dropped("CONFIG_A=n\nCONFIG_A=y\n", "CONFIG_A=y\n"), Vec::<String>::new());
    }
}
