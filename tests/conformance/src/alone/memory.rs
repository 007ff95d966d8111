// SPDX-License-Identifier: GPL-2.0-or-later
//! Memory, and the serial port that the frame prints to.

use std::collections::BTreeMap;

/// Real addresses of the LPC bus controller's data and control words (skiboot `hw/lpc.c`, `opb_write`).
const ECCB_DATA: u64 = 0x3_fc00_00b0_0218;
const ECCB_CONTROL: u64 = 0x3_fc00_00b0_0200;

/// Doublewords that are not 0, big-endian as all of the suite.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    doublewords: BTreeMap<u64, u64>,
    to_print: u8,
}

impl Memory {
    /// Memory that begins with these bytes.
    pub fn new(image: &[u8]) -> Memory {
        let mut memory = Memory::default();
        for (n, bytes) in image.chunks_exact(8).enumerate() {
            let value = u64::from_be_bytes(bytes.try_into().expect("eight"));
            if value != 0 {
                memory.doublewords.insert(n as u64 * 8, value);
            }
        }
        memory
    }

    /// So many bytes, 1, 2, 4 or 8, at a multiple of that.
    pub fn load(&self, address: u64, bytes: u32) -> u64 {
        let doubleword = self.doublewords.get(&(address & !7)).copied().unwrap_or_default();
        let from_right = 8 - bytes - (address & 7) as u32;
        doubleword >> (from_right * 8) & mask(bytes)
    }

    /// The same stored.
    pub fn store(&mut self, address: u64, bytes: u32, value: u64) {
        let of = self.doublewords.entry(address & !7).or_default();
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
