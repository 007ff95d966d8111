// SPDX-License-Identifier: GPL-2.0-or-later
//! Plugin API 7 and glib as QEMU exports them, looked up by name.

use libc::{c_char, c_int, c_uint, c_void};
use std::ffi::CString;
use std::sync::OnceLock;

/// The plugin API that this module binds.
pub const API: c_int = 7;

#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) score: *mut c_void,
    pub(super) offset: usize,
}

/// glib's `GArray` and `GByteArray`, as far as they are public.
#[repr(C)]
pub(super) struct GArray {
    pub(super) data: *mut u8,
    pub(super) len: c_uint,
}

#[repr(C)]
pub(super) struct RegisterDescriptor {
    pub(super) handle: *mut c_void,
    pub(super) name: *const c_char,
    feature: *const c_char,
    read_only: bool,
}

/// `qemu_info_t`.
#[repr(C)]
pub struct Info {
    pub(super) target_name: *const c_char,
    api_min: c_int,
    api_current: c_int,
    pub(super) system_emulation: bool,
    pub(super) smp_vcpus: c_int,
    max_vcpus: c_int,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct MemValue {
    kind: c_int,
    pub(super) data: [u64; 2],
}

pub(super) type Ud = u64;
pub(super) type VcpuCb = extern "C-unwind" fn(c_uint, Ud);
pub(super) type BlockCb = extern "C" fn(*mut c_void, Ud);
pub(super) type DisconCb = extern "C-unwind" fn(c_uint, c_int, u64, u64, Ud);
pub(super) type MemCb = extern "C" fn(c_uint, u32, u64, Ud);
pub(super) type PlainCb = extern "C" fn(Ud);

macro_rules! api {
    ($($name:ident: fn($($arg:ty),*) $(-> $ret:ty)?;)*) => {
        pub(super) mod api_types {
            use super::*;
            $(#[allow(non_camel_case_types)] pub(in crate::qemu) type $name = unsafe extern "C-unwind" fn($($arg),*) $(-> $ret)?;)*
        }
        pub(super) struct Api { $(pub(super) $name: api_types::$name,)* }
        impl Api {
            pub(super) fn look_up() -> Result<Api, &'static str> {
                // SAFETY: the types are those of include/plugins/qemu-plugin.h (version 7) and glib's headers.
                Ok(Api { $($name: unsafe { std::mem::transmute::<usize, api_types::$name>(address(stringify!($name))?) },)* })
            }
        }
    };
}

api! {
    g_byte_array_new: fn() -> *mut GArray;
    g_byte_array_set_size: fn(*mut GArray, c_uint) -> *mut GArray;
    g_byte_array_append: fn(*mut GArray, *const u8, c_uint) -> *mut GArray;
    qemu_plugin_get_registers: fn() -> *mut GArray;
    qemu_plugin_read_register: fn(*mut c_void, *mut GArray) -> bool;
    qemu_plugin_write_register: fn(*mut c_void, *mut GArray) -> bool;
    qemu_plugin_read_memory_hwaddr: fn(u64, *mut GArray, usize) -> c_int;
    qemu_plugin_write_memory_hwaddr: fn(u64, *mut GArray) -> c_int;
    qemu_plugin_set_pc: fn(u64);
    qemu_plugin_register_vcpu_init_cb: fn(u64, VcpuCb, Ud);
    qemu_plugin_register_vcpu_tb_trans_cb: fn(u64, BlockCb, Ud);
    qemu_plugin_register_vcpu_discon_cb: fn(u64, c_int, DisconCb, Ud);
    qemu_plugin_register_atexit_cb: fn(u64, PlainCb, Ud);
    qemu_plugin_tb_n_insns: fn(*mut c_void) -> usize;
    qemu_plugin_tb_vaddr: fn(*mut c_void) -> u64;
    qemu_plugin_tb_get_insn: fn(*mut c_void, usize) -> *mut c_void;
    qemu_plugin_insn_vaddr: fn(*mut c_void) -> u64;
    qemu_plugin_insn_data: fn(*mut c_void, *mut u8, usize) -> usize;
    qemu_plugin_register_vcpu_insn_exec_cb: fn(*mut c_void, VcpuCb, c_int, Ud);
    qemu_plugin_register_vcpu_insn_exec_cond_cb: fn(*mut c_void, VcpuCb, c_int, c_int, Entry, u64, Ud);
    qemu_plugin_register_vcpu_mem_cb: fn(*mut c_void, MemCb, c_int, c_int, Ud);
    qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu: fn(*mut c_void, c_int, Entry, u64);
    qemu_plugin_register_vcpu_tb_exec_cond_cb: fn(*mut c_void, VcpuCb, c_int, c_int, Entry, u64, Ud);
    qemu_plugin_scoreboard_new: fn(usize) -> *mut c_void;
    qemu_plugin_scoreboard_find: fn(*mut c_void, c_uint) -> *mut u64;
    qemu_plugin_get_hwaddr: fn(u32, u64) -> *mut c_void;
    qemu_plugin_hwaddr_is_io: fn(*mut c_void) -> bool;
    qemu_plugin_hwaddr_phys_addr: fn(*mut c_void) -> u64;
    qemu_plugin_mem_get_value: fn(u32) -> MemValue;
}

fn address(name: &'static str) -> Result<usize, &'static str> {
    let c_name = CString::new(name).map_err(|_| name)?;
    // SAFETY: dlsym reads a terminated string; the default handle searches the program and its libraries.
    let address = unsafe { libc::dlsym(libc::RTLD_DEFAULT, c_name.as_ptr()) } as usize;
    if address == 0 { Err(name) } else { Ok(address) }
}

static THE_API: OnceLock<Api> = OnceLock::new();

/// The functions, once they were looked up.
pub(super) fn api() -> &'static Api {
    THE_API.get().expect("install looks the functions up before anything else")
}

/// Keeps the functions that were looked up.
pub(super) fn keep(api: Api) {
    THE_API.get_or_init(|| api);
}
