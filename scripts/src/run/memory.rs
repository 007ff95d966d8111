// SPDX-License-Identifier: GPL-2.0-or-later
//! Sizes of memory as people write them.

use std::fmt;

/// An amount of memory in MiB. Written as QEMU reads it, `4096M`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mib(pub u32);

impl fmt::Display for Mib {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}M", self.0)
    }
}

/// Reads `4G` or `4096M`.
///
/// # Errors
/// What is not such a size, or lies outside 1 GiB to 64 GiB.
pub fn parse(text: &str) -> Result<Mib, String> {
    let (number, unit) = match text.strip_suffix(['G', 'g']) {
        Some(number) => (number, 1024),
        None => (text.strip_suffix(['M', 'm']).ok_or("needs a unit: 4G or 4096M")?, 1),
    };
    let number: u32 = number.parse().map_err(|_| "not a whole number with M or G, such as 4G")?;
    match number.checked_mul(unit) {
        Some(mib @ 1024..=65536) => Ok(Mib(mib)),
        _ => Err("must be 1G to 64G".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_in_both_units() {
        assert_eq!(parse("4G"), Ok(Mib(4096)));
        assert_eq!(parse("1536M"), Ok(Mib(1536)));
    }

    #[test]
    fn anything_else_says_what_is_right() {
        assert_eq!(parse("4096"), Err("needs a unit: 4G or 4096M".into()));
        assert_eq!(parse("1.5G"), Err("not a whole number with M or G, such as 4G".into()));
        assert_eq!(parse("65G"), Err("must be 1G to 64G".into()));
        assert_eq!(parse("4294967295G"), Err("must be 1G to 64G".into()));
    }
}
