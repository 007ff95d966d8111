// SPDX-License-Identifier: GPL-2.0-or-later
//! Instructions whose hook has to know more of them than the 64 bits that QEMU hands it.

use std::collections::HashMap;
use std::sync::Mutex;

/// An instruction that may be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Site {
    /// Its address.
    pub pc: u64,
    /// The general register that it reads or writes.
    pub register: u8,
    /// The special purpose register, if it has one.
    pub spr: u16,
    /// MSR\[LE\].
    pub le: bool,
}

impl Site {
    /// An instruction whose operands do not matter, or where an interrupt came.
    pub fn at(pc: u64, le: bool) -> Site {
        Site { pc, register: 0, spr: 0, le }
    }
}

/// All that were translated so far. A block that is translated again has the same.
#[derive(Default)]
pub struct Sites(Mutex<Known>);

#[derive(Default)]
struct Known {
    sites: Vec<Site>,
    numbers: HashMap<Site, u64>,
}

impl Sites {
    /// Its number, for the hook.
    pub fn number(&self, site: Site) -> u64 {
        let Known { sites, numbers } = &mut *self.0.lock().expect("a panic ends the run");
        *numbers.entry(site).or_insert_with(|| {
            sites.push(site);
            sites.len() as u64 - 1
        })
    }

    /// The one of that number.
    pub fn get(&self, number: u64) -> Site {
        self.0.lock().expect("a panic ends the run").sites[number as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_instruction_has_the_same_number() {
        let sites = Sites::default();
        let site = |pc| Site { pc, register: 3, spr: 268, le: true };
        let first = sites.number(site(0x100));
        assert_ne!(sites.number(site(0x104)), first);
        assert_eq!(sites.number(site(0x100)), first);
        assert_eq!(sites.get(first), site(0x100));
    }
}
