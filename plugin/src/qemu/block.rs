// SPDX-License-Identifier: GPL-2.0-or-later
//! Blocks and instructions being translated, and what is to be called when they execute.

use super::api::api;
use super::registers::Slots;
use super::{stored, trampoline};
use crate::observe::Hook;
use libc::{c_int, c_void};

/// A block being translated.
pub struct Block {
    pub(super) handle: *mut c_void,
}

/// An instruction of a block being translated.
pub struct Insn {
    handle: *mut c_void,
}

/// What a callback does with registers.
#[derive(Clone, Copy)]
#[repr(i32)]
pub enum Access {
    /// Nothing.
    None = 0,
    /// Reads and writes them.
    ReadWrite = 2,
    /// And may leave for another pc.
    Pc = 3,
}

/// When a conditional callback is called.
#[derive(Clone, Copy)]
#[repr(i32)]
pub enum When {
    /// The slot is not the value.
    NotEqual = 3,
    /// The slot is the value or more.
    AtLeast = 7,
}

// SAFETY (all of this block): the handles are QEMU's own, used within the translation callback that got them.
#[allow(clippy::undocumented_unsafe_blocks)]
impl Block {
    /// Its instructions.
    pub fn insns(&self) -> impl Iterator<Item = Insn> {
        let n = unsafe { (api().qemu_plugin_tb_n_insns)(self.handle) };
        (0..n).map(|i| Insn { handle: unsafe { (api().qemu_plugin_tb_get_insn)(self.handle, i) } })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        unsafe { (api().qemu_plugin_tb_n_insns)(self.handle) }
    }

    /// Its address.
    pub fn pc(&self) -> u64 {
        unsafe { (api().qemu_plugin_tb_vaddr)(self.handle) }
    }

    /// Each execution adds to the executing vCPU's slot.
    pub fn add(&self, slots: Slots, n: u64) {
        unsafe { (api().qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu)(self.handle, 0, slots.entry(), n) }
    }

    /// Calls `hook` before the block where the executing vCPU's slot is as said.
    pub fn call_when(&self, slots: Slots, when: When, value: u64, hook: Hook, access: Access, ud: u64) {
        let call = api().qemu_plugin_register_vcpu_tb_exec_cond_cb;
        unsafe {
            call(self.handle, trampoline(hook), access as c_int, when as c_int, slots.entry(), value, ud)
        }
    }
}

// SAFETY (all of this block): as above.
#[allow(clippy::undocumented_unsafe_blocks)]
impl Insn {
    /// Its address.
    pub fn pc(&self) -> u64 {
        unsafe { (api().qemu_plugin_insn_vaddr)(self.handle) }
    }

    /// Its four bytes as they stand in memory.
    pub fn bytes(&self) -> [u8; 4] {
        let mut bytes = [0; 4];
        unsafe { (api().qemu_plugin_insn_data)(self.handle, bytes.as_mut_ptr(), 4) };
        bytes
    }

    /// Calls `hook` before each execution.
    pub fn call(&self, hook: Hook, access: Access, ud: u64) {
        unsafe {
            (api().qemu_plugin_register_vcpu_insn_exec_cb)(self.handle, trampoline(hook), access as c_int, ud)
        }
    }

    /// Calls `hook` before each execution where the executing vCPU's slot is as said.
    pub fn call_when(&self, slots: Slots, when: When, value: u64, hook: Hook, access: Access, ud: u64) {
        let call = api().qemu_plugin_register_vcpu_insn_exec_cond_cb;
        unsafe {
            call(self.handle, trampoline(hook), access as c_int, when as c_int, slots.entry(), value, ud)
        }
    }

    /// Calls [`observe::io_store`] for each store to a device.
    pub fn watch_stores(&self) {
        unsafe { (api().qemu_plugin_register_vcpu_mem_cb)(self.handle, stored, 0, 2, 0) }
    }
}
