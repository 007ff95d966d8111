// SPDX-License-Identifier: GPL-2.0-or-later
//! Registers and memory of the calling vCPU, and numbers that translated code can add to.

use super::api::{Entry, GArray, RegisterDescriptor, api};
use libc::{c_uint, c_void};
use std::ffi::CStr;

/// A 64-bit number for each vCPU, which translated code can add to and compare.
#[derive(Clone, Copy)]
pub struct Slots(usize);

// SAFETY (all of this block): a scoreboard is never freed; its element is 8 bytes; a vCPU that is asked
// about exists. Other threads than the vCPU's own read and write it only while that vCPU waits for its
// turn, or in whole aligned words.
#[allow(clippy::undocumented_unsafe_blocks)]
impl Slots {
    /// New slots, all 0.
    pub fn new() -> Slots {
        Slots(unsafe { (api().qemu_plugin_scoreboard_new)(8) } as usize)
    }

    pub(super) fn entry(self) -> Entry {
        Entry { score: self.0 as *mut c_void, offset: 0 }
    }

    /// A vCPU's number.
    pub fn get(self, vcpu: usize) -> u64 {
        unsafe { (api().qemu_plugin_scoreboard_find)(self.entry().score, vcpu as c_uint).read_volatile() }
    }

    /// Sets a vCPU's number.
    pub fn set(self, vcpu: usize, value: u64) {
        unsafe {
            (api().qemu_plugin_scoreboard_find)(self.entry().score, vcpu as c_uint).write_volatile(value)
        }
    }
}

/// A register of QEMU's list; the same for every vCPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Register(usize);

/// Bytes that go to and from QEMU. One for each thread that needs one; never freed.
pub struct Bytes(usize);

// SAFETY (all of this block): called within callbacks whose access allows it; QEMU answers false where not.
// The array is owned by this value, and its bytes are copied out before it changes.
#[allow(clippy::undocumented_unsafe_blocks)]
impl Bytes {
    /// An empty buffer.
    pub fn new() -> Bytes {
        Bytes(unsafe { (api().g_byte_array_new)() } as usize)
    }

    fn array(&self) -> *mut GArray {
        self.0 as *mut GArray
    }

    fn fill(&self, bytes: &[u8]) {
        unsafe {
            (api().g_byte_array_set_size)(self.array(), 0);
            (api().g_byte_array_append)(self.array(), bytes.as_ptr(), bytes.len() as c_uint);
        }
    }

    fn content(&self) -> ([u8; 8], usize) {
        let mut bytes = [0; 8];
        let (data, len) = unsafe { ((*self.array()).data, (*self.array()).len as usize) };
        unsafe { std::ptr::copy_nonoverlapping(data, bytes.as_mut_ptr(), len.min(8)) };
        (bytes, len.min(8))
    }

    /// The bytes of a register of the calling vCPU (8 at most), in the byte order of its MSR\[LE\].
    pub fn read(&self, register: Register) -> ([u8; 8], usize) {
        self.fill(&[]);
        let read = unsafe { (api().qemu_plugin_read_register)(register.0 as *mut c_void, self.array()) };
        assert!(read, "QEMU gave no register; its callback was registered without access");
        self.content()
    }

    /// Sets a register of the calling vCPU from its bytes.
    pub fn write(&self, register: Register, bytes: &[u8]) {
        self.fill(bytes);
        let written = unsafe { (api().qemu_plugin_write_register)(register.0 as *mut c_void, self.array()) };
        assert!(written, "QEMU took no register; its callback was registered without access");
    }
}

/// Memory and devices, by real address; for callbacks of a vCPU. A device may take QEMU's lock.
pub struct Memory;

thread_local! {
    /// Of each thread that asks, and never freed.
    static BYTES: Bytes = Bytes::new();
}

// SAFETY (all of this block): as above; QEMU looks at the length of what it is given.
#[allow(clippy::undocumented_unsafe_blocks)]
impl Memory {
    /// Reads N bytes, 8 at most; `None` where nothing answers.
    pub fn read<const N: usize>(self, address: u64) -> Option<[u8; N]> {
        BYTES.with(|bytes| {
            bytes.fill(&[0; N]);
            let result = unsafe { (api().qemu_plugin_read_memory_hwaddr)(address, bytes.array(), N) };
            let mut read = [0; N];
            read.copy_from_slice(bytes.content().0.get(..N)?);
            (result == 0).then_some(read)
        })
    }

    /// Writes bytes; whether something took them.
    pub fn write(self, address: u64, written: &[u8]) -> bool {
        BYTES.with(|bytes| {
            bytes.fill(written);
            unsafe { (api().qemu_plugin_write_memory_hwaddr)(address, bytes.array()) == 0 }
        })
    }
}

/// The registers of the calling vCPU, by name.
pub fn registers() -> Vec<(String, Register)> {
    // SAFETY: called within the vCPU's init callback; the array holds `len` descriptors with strings that
    // live as long as QEMU. It is not freed: once a run.
    unsafe {
        let array = (api().qemu_plugin_get_registers)();
        let list =
            std::slice::from_raw_parts((*array).data as *const RegisterDescriptor, (*array).len as usize);
        let named = list.iter().filter(|d| !d.name.is_null());
        named
            .map(|d| (CStr::from_ptr(d.name).to_string_lossy().into_owned(), Register(d.handle as usize)))
            .collect()
    }
}
