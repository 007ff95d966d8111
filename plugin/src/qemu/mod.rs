// SPDX-License-Identifier: GPL-2.0-or-later
//! QEMU's plugin API 7 and the relocation slots of its program, bound. All `unsafe` of p8smt is here.
//!
//! Functions of QEMU are looked up at install, so that a QEMU that lacks one is refused with its name, and
//! unit tests link. What a callback wants done to the pc is its return value: `qemu_plugin_set_pc` leaves
//! by a long jump, so it is called last, where no Rust frame with anything to drop is left.

mod api;
mod block;
mod registers;
mod taken;

pub use api::API;
pub use block::{Access, Block, Insn, When};
pub use registers::{Bytes, Memory, Register, Slots, registers};
pub use taken::take_slots;

use crate::observe::{self, Hook};
use api::{Api, Info, Ud, VcpuCb, api};
use libc::{c_char, c_int, c_uint, c_void};
use std::ffi::CStr;
use std::panic::{AssertUnwindSafe, catch_unwind};

// SAFETY: the name and type that QEMU's plugin loader reads.
#[unsafe(no_mangle)]
#[allow(non_upper_case_globals)]
pub static qemu_plugin_version: c_int = API;

/// What QEMU says of itself and the machine.
pub struct Machine {
    /// `ppc64` and the like.
    pub target: String,
    /// Whole-system emulation.
    pub system: bool,
    /// vCPUs at power-on.
    pub vcpus: usize,
}

/// QEMU's entry. Refuses with a line on standard error and a non-zero result.
///
/// # Safety
/// Called by QEMU's plugin loader, with what the plugin interface promises.
// SAFETY: the name and type that QEMU's plugin loader calls.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qemu_plugin_install(
    id: u64,
    info: *const Info,
    argc: c_int,
    argv: *const *const c_char,
) -> c_int {
    let install = || -> Result<(), String> {
        // SAFETY: QEMU passes a valid info block, live during the call.
        let info = unsafe { &*info };
        // SAFETY: a terminated string in it.
        let target = unsafe { CStr::from_ptr(info.target_name) }.to_string_lossy().into_owned();
        let word = |i| {
            // SAFETY: argv has argc terminated strings.
            unsafe { CStr::from_ptr(*argv.offset(i)) }.to_string_lossy().into_owned()
        };
        let words: Vec<String> = (0..argc as isize).map(word).collect();
        let system = info.system_emulation;
        let machine =
            Machine { target, system, vcpus: if system { info.smp_vcpus.max(0) as usize } else { 0 } };
        let api =
            Api::look_up().map_err(|name| format!("this QEMU lacks {name} (plugin API {API} has it)"))?;
        api::keep(api);
        crate::plugin::install(&machine, &words)?;
        register(id);
        Ok(())
    };
    match catch_unwind(install) {
        Ok(Ok(())) => 0,
        Ok(Err(why)) => {
            crate::say::say(why);
            1
        }
        Err(_) => 1,
    }
}

/// Ends the process at once, without QEMU's own way out, which would wait for the caller.
pub fn exit_now(status: c_int) -> ! {
    // SAFETY: returns to nobody.
    unsafe { libc::_exit(status) }
}

/// Makes a thread one of scheduling policy `SCHED_BATCH`; whether it could. 0 is the calling thread.
pub fn be_batch(thread: i32) -> bool {
    // SAFETY: all zero is a valid value (the policy allows priority 0 alone).
    let priority = unsafe { std::mem::zeroed() };
    // SAFETY: reads the value above.
    unsafe { libc::sched_setscheduler(thread, libc::SCHED_BATCH, &raw const priority) == 0 }
}

fn register(id: u64) {
    let api = api();
    // SAFETY: valid id from install; the callbacks have the API's types and live as long as the library,
    // which is never unloaded. -1 asks for every kind of discontinuity: ppc64 calls them all exceptions.
    unsafe {
        (api.qemu_plugin_register_vcpu_init_cb)(id, vcpu_init, 0);
        (api.qemu_plugin_register_vcpu_tb_trans_cb)(id, translate, 0);
        (api.qemu_plugin_register_vcpu_discon_cb)(id, -1, discontinuity, 0);
        (api.qemu_plugin_register_atexit_cb)(id, at_exit, 0);
    }
}

/// Runs a callback's body. A panic has been printed by the hook; it ends the run here, since QEMU's frames
/// must not see it and what was to be corrected was not.
fn guarded<T>(body: impl FnOnce() -> T) -> T {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(value) => value,
        Err(_) => crate::plugin::die("internal error, see above; the recording holds the run up to here"),
    }
}

extern "C-unwind" fn vcpu_init(vcpu: c_uint, _: Ud) {
    guarded(|| crate::plugin::vcpu_init(vcpu as usize));
}

extern "C" fn translate(block: *mut c_void, _: Ud) {
    guarded(|| crate::translate::translate(&Block { handle: block }));
}

extern "C" fn at_exit(_: Ud) {
    guarded(crate::plugin::at_exit);
}

extern "C-unwind" fn discontinuity(vcpu: c_uint, _kind: c_int, from: u64, to: u64, _: Ud) {
    leave_for(guarded(|| observe::discontinuity(vcpu as usize, from, to)));
}

extern "C-unwind" fn hooked<const HOOK: u8>(vcpu: c_uint, ud: Ud) {
    leave_for(guarded(|| observe::hook(Hook::ALL[HOOK as usize], vcpu as usize, ud)));
}

extern "C" fn stored(vcpu: c_uint, info: u32, vaddr: u64, _: Ud) {
    // SAFETY: called within a memory callback with that callback's own handles.
    let store = unsafe {
        let hwaddr = (api().qemu_plugin_get_hwaddr)(info, vaddr);
        let io = !hwaddr.is_null() && (api().qemu_plugin_hwaddr_is_io)(hwaddr);
        io.then(|| ((api().qemu_plugin_hwaddr_phys_addr)(hwaddr), (api().qemu_plugin_mem_get_value)(info)))
    };
    if let Some((address, value)) = store {
        guarded(|| observe::io_store(vcpu as usize, address, value.data[0]));
    }
}

fn leave_for(pc: Option<u64>) {
    if let Some(pc) = pc {
        // SAFETY: only callbacks registered with access to the pc return one. Leaves by a long jump over
        // this frame and its caller's, which have nothing to drop.
        unsafe { (api().qemu_plugin_set_pc)(pc) }
    }
}

/// Which callback stands for a hook.
fn trampoline(hook: Hook) -> VcpuCb {
    macro_rules! table { ($($n:literal)*) => { [$(hooked::<$n> as VcpuCb),*] } }
    const TABLE: [VcpuCb; Hook::ALL.len()] =
        table!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24);
    TABLE[hook as usize]
}
