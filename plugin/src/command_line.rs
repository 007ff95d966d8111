// SPDX-License-Identifier: GPL-2.0-or-later
//! What QEMU's own command line says and its plugin interface does not.

use cpu_model::THREADS_PER_CORE;

/// Hardware threads of a core, 1 to 8: `threads=` of `-smp`. QEMU makes cores of one thread where it is
/// not given (`hw/core/machine-smp.c`).
///
/// # Errors
/// One line, where a POWER8 core cannot have so many.
pub fn threads_per_core(words: impl IntoIterator<Item = String>) -> Result<usize, String> {
    let mut words = words.into_iter();
    let mut threads = 1;
    while let Some(word) = words.next() {
        if word == "-smp" || word == "--smp" {
            let smp = words.next().unwrap_or_default();
            let given = smp.split(',').find_map(|option| option.strip_prefix("threads=")?.parse().ok());
            threads = given.unwrap_or(1);
        }
    }
    if (1..=THREADS_PER_CORE).contains(&threads) {
        Ok(threads)
    } else {
        Err(format!("-smp threads={threads}: a POWER8 core has 1 to {THREADS_PER_CORE} hardware threads"))
    }
}

/// Whether QEMU was told to build no machine at all; it has no vCPU whose processor could be looked at.
pub fn has_no_machine(words: impl IntoIterator<Item = String>) -> bool {
    let mut words = words.into_iter();
    let mut none = false;
    while let Some(word) = words.next() {
        if matches!(word.as_str(), "-M" | "--M" | "-machine" | "--machine") {
            let machine = words.next().unwrap_or_default();
            none = machine.split(',').any(|option| option == "none" || option == "type=none");
        }
    }
    none
}

/// Whether QEMU was told to count instructions itself.
pub fn has_icount(words: impl IntoIterator<Item = String>) -> bool {
    words.into_iter().any(|word| word == "-icount" || word == "--icount")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn the_last_smp_counts() {
        assert_eq!(threads_per_core(words("qemu -smp 4,threads=4 -smp 8,cores=1,threads=8 -S")), Ok(8));
        assert_eq!(threads_per_core(words("qemu -smp 4")), Ok(1));
        assert_eq!(threads_per_core(words("qemu -S")), Ok(1));
        let error = threads_per_core(words("qemu -smp 16,threads=16")).unwrap_err();
        assert!(error.contains("1 to 8 hardware threads"), "{error}");
    }

    #[test]
    fn no_machine_is_seen() {
        assert!(has_no_machine(words("qemu -M none")) && has_no_machine(words("qemu -machine type=none -S")));
        assert!(!has_no_machine(words("qemu -M none -M powernv8")) && !has_no_machine(words("qemu -S none")));
    }

    #[test]
    fn icount_is_seen() {
        assert!(has_icount(words("qemu -icount shift=1")) && !has_icount(words("qemu -S")));
    }
}
