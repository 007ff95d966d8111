// SPDX-License-Identifier: GPL-2.0-or-later
//! Memory, and the serial port that the frame prints to.

use std::collections::BTreeMap;

/// Real addresses of the LPC bus controller's data and control words (skiboot `hw/lpc.c`, `opb_write`).
const ECCB_DATA: u64 = 0x3_fc00_00b0_0218;
const ECCB_CONTROL: u64 = 0x3_fc00_00b0_0200;

/// Doublewords, big-endian as all of the suite: those that programs are in, and the others that are not 0.
#[derive(Debug, Clone)]
pub struct Memory {
    near: Vec<u64>,
    far: BTreeMap<u64, u64>,
    to_print: u8,
}

impl Memory {
    /// Memory that begins with these bytes.
    pub fn new(image: &[u8]) -> Memory {
        let value = |bytes: &[u8]| u64::from_be_bytes(bytes.try_into().expect("eight"));
        Memory { near: image.chunks_exact(8).map(value).collect(), far: BTreeMap::new(), to_print: 0 }
    }

    /// So many bytes, 1, 2, 4 or 8, at a multiple of that.
    pub fn load(&self, address: u64, bytes: u32) -> u64 {
        let number = address >> 3;
        let near = usize::try_from(number).ok().and_then(|n| self.near.get(n));
        let doubleword = near.or_else(|| self.far.get(&number)).copied().unwrap_or_default();
        let from_right = 8 - bytes - (address & 7) as u32;
        doubleword >> (from_right * 8) & mask(bytes)
    }

    /// The same stored.
    pub fn store(&mut self, address: u64, bytes: u32, value: u64) {
        let number = address >> 3;
        let near = usize::try_from(number).ok().and_then(|n| self.near.get_mut(n));
        let of = match near {
            Some(near) => near,
            None => self.far.entry(number).or_default(),
        };
        let shift = (8 - bytes - (address & 7) as u32) * 8;
        *of = *of & !(mask(bytes) << shift) | (value & mask(bytes)) << shift;
    }

    /// A store that bypasses the caches; what is printed by it.
    pub fn store_inhibited(&mut self, address: u64, bytes: u32, value: u64) -> Option<char> {
        match address {
            ECCB_DATA => self.to_print = (value >> 56) as u8,
            ECCB_CONTROL => return Some(self.to_print.into()),
            _ => self.store(address, bytes, value),
        }
        None
    }
}

fn mask(bytes: u32) -> u64 {
    u64::MAX >> (64 - 8 * bytes)
}
