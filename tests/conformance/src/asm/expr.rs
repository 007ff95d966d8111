// SPDX-License-Identifier: GPL-2.0-or-later
//! Numbers in a program: `0x980`, `msr.ee | msr.sf`, `table + 5 * 8`, `-1`, `5 << 27 | 1`.
//!
//! Arithmetic is modulo 2^64. `*` binds tighter than `+` and `-`, these tighter than `<<` and `>>`, those tighter than `|`.

/// The value of `text`; a name is worth what `named` says.
///
/// # Errors
/// What is not understood.
pub fn value(text: &str, named: &dyn Fn(&str) -> Option<u64>) -> Result<u64, String> {
    let mut parser = Parser { rest: text.trim(), named };
    let value = parser.level(0)?;
    if parser.rest.is_empty() { Ok(value) } else { Err(format!("'{}' in '{text}'", parser.rest)) }
}

/// Operators, those that bind least first.
const LEVELS: [&[&str]; 4] = [&["|"], &["<<", ">>"], &["+", "-"], &["*"]];

struct Parser<'a> {
    rest: &'a str,
    named: &'a dyn Fn(&str) -> Option<u64>,
}

impl Parser<'_> {
    fn level(&mut self, level: usize) -> Result<u64, String> {
        let Some(operators) = LEVELS.get(level) else { return self.atom() };
        let mut left = self.level(level + 1)?;
        while let Some(operator) = operators.iter().find(|o| self.rest.starts_with(**o)) {
            self.skip(operator.len());
            let right = self.level(level + 1)?;
            left = match *operator {
                "|" => left | right,
                "<<" => left.checked_shl(right as u32).unwrap_or(0),
                ">>" => left.checked_shr(right as u32).unwrap_or(0),
                "+" => left.wrapping_add(right),
                "-" => left.wrapping_sub(right),
                _ => left.wrapping_mul(right),
            };
        }
        Ok(left)
    }

    fn atom(&mut self) -> Result<u64, String> {
        if let Some(rest) = self.rest.strip_prefix('-') {
            self.rest = rest.trim_start();
            return Ok(self.atom()?.wrapping_neg());
        }
        if let Some(rest) = self.rest.strip_prefix('(') {
            self.rest = rest.trim_start();
            let inner = self.level(0)?;
            if !self.rest.starts_with(')') {
                return Err(format!("')' is missing before '{}'", self.rest));
            }
            self.skip(1);
            return Ok(inner);
        }
        let end =
            self.rest.find(|c: char| !(c.is_alphanumeric() || "._".contains(c))).unwrap_or(self.rest.len());
        let word = &self.rest[..end];
        let value = match word.strip_prefix("0x") {
            Some(digits) => u64::from_str_radix(digits, 16).ok(),
            None if word.starts_with(|c: char| c.is_ascii_digit()) => word.parse().ok(),
            None => (self.named)(word),
        };
        let value = value.ok_or_else(|| {
            format!("'{}' is no number and no name", if word.is_empty() { self.rest } else { word })
        })?;
        self.skip(end);
        Ok(value)
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest[bytes..].trim_start();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<u64, String> {
        value(text, &|name| (name == "msr.ee").then_some(0x8000))
    }

    #[test]
    fn binds_as_a_reader_expects() {
        for (text, value) in [
            ("0x10", 16),
            ("5 << 27 | 1", 0x2800_0001),
            ("msr.ee | 1 << 3 + 1", 0x8010),
            ("2 + 3 * 4", 14),
            ("(2 + 3) * 4", 20),
            ("-1", u64::MAX),
            ("10 - 2 - 3", 5),
        ] {
            assert_eq!(of(text), Ok(value), "{text}");
        }
    }

    #[test]
    fn says_what_it_does_not_understand() {
        assert_eq!(of("1 + who").unwrap_err(), "'who' is no number and no name");
        assert_eq!(of("1 2").unwrap_err(), "'2' in '1 2'");
        assert_eq!(of("(1").unwrap_err(), "')' is missing before ''");
        assert_eq!(of("").unwrap_err(), "'' is no number and no name");
    }
}
