// SPDX-License-Identifier: GPL-2.0-or-later
//! QEMU's plugin API 7 and the relocation slots of its program, bound. All `unsafe` of p8smt is here.
//!
//! Functions of QEMU are looked up at install, so that a QEMU that lacks one is refused with its name, and
//! unit tests link. What a callback wants done to the pc is its return value: `qemu_plugin_set_pc` leaves
//! by a long jump, so it is called last, where no Rust frame with anything to drop is left.

use crate::observe::{self, Hook};
use crate::turns::{self, slots};
use libc::{c_char, c_int, c_long, c_uint, c_void};
use std::ffi::{CStr, CString};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// The plugin API that this module binds.
pub const API: c_int = 7;

#[repr(C)]
#[derive(Clone, Copy)]
struct Entry {
    score: *mut c_void,
    offset: usize,
}

/// glib's `GArray` and `GByteArray`, as far as they are public.
#[repr(C)]
struct GArray {
    data: *mut u8,
    len: c_uint,
}

#[repr(C)]
struct RegisterDescriptor {
    handle: *mut c_void,
    name: *const c_char,
    feature: *const c_char,
    read_only: bool,
}

/// `qemu_info_t`.
#[repr(C)]
pub struct Info {
    target_name: *const c_char,
    api_min: c_int,
    api_current: c_int,
    system_emulation: bool,
    smp_vcpus: c_int,
    max_vcpus: c_int,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct MemValue {
    kind: c_int,
    data: [u64; 2],
}

type Ud = u64;
type VcpuCb = extern "C-unwind" fn(c_uint, Ud);
type BlockCb = extern "C" fn(*mut c_void, Ud);
type DisconCb = extern "C-unwind" fn(c_uint, c_int, u64, u64, Ud);
type MemCb = extern "C" fn(c_uint, u32, u64, Ud);
type PlainCb = extern "C" fn(Ud);

macro_rules! api {
    ($($name:ident: fn($($arg:ty),*) $(-> $ret:ty)?;)*) => {
        mod api_types {
            use super::*;
            $(#[allow(non_camel_case_types)] pub(super) type $name = unsafe extern "C-unwind" fn($($arg),*) $(-> $ret)?;)*
        }
        struct Api { $($name: api_types::$name,)* }
        impl Api {
            fn look_up() -> Result<Api, &'static str> {
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

fn api() -> &'static Api {
    THE_API.get().expect("install looks the functions up before anything else")
}

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
        THE_API.get_or_init(|| api);
        crate::plugin::install(&machine, &words)?;
        register(id);
        Ok(())
    };
    match catch_unwind(install) {
        Ok(Ok(())) => 0,
        Ok(Err(why)) => {
            eprintln!("p8smt: {why}");
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
    const TABLE: [VcpuCb; Hook::ALL.len()] = table!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16);
    TABLE[hook as usize]
}

/// A block being translated.
pub struct Block {
    handle: *mut c_void,
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

/// When a block's conditional callback is called.
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

    /// Calls [`observe::io_store`] for each store to a device.
    pub fn watch_stores(&self) {
        unsafe { (api().qemu_plugin_register_vcpu_mem_cb)(self.handle, stored, 0, 2, 0) }
    }
}

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

    fn entry(self) -> Entry {
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

    /// Reads 8 bytes of memory by real address; `None` where there is none.
    pub fn read_memory(&self, address: u64) -> Option<[u8; 8]> {
        self.fill(&[0; 8]);
        let result = unsafe { (api().qemu_plugin_read_memory_hwaddr)(address, self.array(), 8) };
        (result == 0).then(|| self.content().0)
    }

    /// Writes 8 bytes of memory by real address; whether it could.
    pub fn write_memory(&self, address: u64, bytes: &[u8; 8]) -> bool {
        self.fill(bytes);
        unsafe { (api().qemu_plugin_write_memory_hwaddr)(address, self.array()) == 0 }
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

// What QEMU calls in place of libc, and glib, once its slots are taken over. Threads that take no part in
// turns, and all that is not about waiting or time, go through.

extern "C" fn slot_clock_gettime(clock: libc::clockid_t, ts: *mut libc::timespec) -> c_int {
    let epoch = match clock {
        libc::CLOCK_MONOTONIC
        | libc::CLOCK_MONOTONIC_RAW
        | libc::CLOCK_BOOTTIME
        | libc::CLOCK_MONOTONIC_COARSE => 0,
        libc::CLOCK_REALTIME | libc::CLOCK_REALTIME_COARSE => slots::EPOCH_NS,
        // SAFETY: passed through.
        _ => return unsafe { libc::clock_gettime(clock, ts) },
    };
    let ns = guarded(slots::now_ns) + epoch;
    // SAFETY: the caller's timespec.
    unsafe { *ts = libc::timespec { tv_sec: ns / 1_000_000_000, tv_nsec: ns % 1_000_000_000 } };
    0
}

extern "C" fn slot_gettimeofday(tv: *mut libc::timeval, _zone: *mut c_void) -> c_int {
    let ns = guarded(slots::now_ns) + slots::EPOCH_NS;
    // SAFETY: the caller's timeval.
    unsafe { *tv = libc::timeval { tv_sec: ns / 1_000_000_000, tv_usec: ns % 1_000_000_000 / 1000 } };
    0
}

extern "C" fn slot_time(out: *mut libc::time_t) -> libc::time_t {
    let seconds = (guarded(slots::now_ns) + slots::EPOCH_NS) / 1_000_000_000;
    if !out.is_null() {
        // SAFETY: the caller's, where it gave one.
        unsafe { *out = seconds };
    }
    seconds
}

extern "C" fn slot_g_get_monotonic_time() -> i64 {
    guarded(slots::now_ns) / 1000
}

extern "C" fn slot_g_get_real_time() -> i64 {
    (guarded(slots::now_ns) + slots::EPOCH_NS) / 1000
}

extern "C" fn slot_g_usleep(us: libc::c_ulong) {
    if !guarded(|| slots::sleep(us as i64 * 1000)) {
        // SAFETY: no memory involved.
        unsafe { libc::usleep(us as c_uint) };
    }
}

/// Whoever has the turn must not block on a mutex whose owner waits for a turn.
extern "C" fn slot_mutex_lock(mutex: *mut libc::pthread_mutex_t) -> c_int {
    if !turns::takes_part() {
        // SAFETY: the caller's mutex.
        return unsafe { libc::pthread_mutex_lock(mutex) };
    }
    loop {
        // SAFETY: the caller's mutex.
        let attempt = || unsafe { libc::pthread_mutex_trylock(mutex) };
        match guarded(|| turns::lock_or_wait(mutex as usize, attempt)) {
            Some(result) => return result,
            None => guarded(|| turns::await_mutex(mutex as usize)),
        };
    }
}

extern "C" fn slot_mutex_unlock(mutex: *mut libc::pthread_mutex_t) -> c_int {
    // SAFETY: the caller's mutex.
    let result = unsafe { libc::pthread_mutex_unlock(mutex) };
    turns::unlocked(mutex as usize);
    result
}

extern "C" fn slot_cond_wait(cond: *mut libc::pthread_cond_t, mutex: *mut libc::pthread_mutex_t) -> c_int {
    // SAFETY: the caller's condition and mutex, which it holds.
    unsafe {
        if !guarded(|| turns::begin_wait(cond as usize, None)) {
            return libc::pthread_cond_wait(cond, mutex);
        }
        slot_mutex_unlock(mutex);
        guarded(turns::pass_and_await);
    }
    slot_mutex_lock(mutex)
}

extern "C" fn slot_cond_timedwait(
    cond: *mut libc::pthread_cond_t,
    mutex: *mut libc::pthread_mutex_t,
    until: *const libc::timespec,
) -> c_int {
    // SAFETY: the caller's condition, mutex, which it holds, and time.
    unsafe {
        let deadline = (*until).tv_sec * 1_000_000_000 + (*until).tv_nsec;
        if !guarded(|| turns::begin_wait(cond as usize, Some(deadline))) {
            return libc::pthread_cond_timedwait(cond, mutex, until);
        }
    }
    slot_mutex_unlock(mutex);
    let in_time = guarded(turns::pass_and_await);
    slot_mutex_lock(mutex);
    if in_time { 0 } else { libc::ETIMEDOUT }
}

extern "C" fn slot_cond_signal(cond: *mut libc::pthread_cond_t) -> c_int {
    guarded(|| turns::wake(cond as usize));
    // SAFETY: the caller's; for waiters that take no part in turns.
    unsafe { libc::pthread_cond_signal(cond) }
}

extern "C" fn slot_cond_broadcast(cond: *mut libc::pthread_cond_t) -> c_int {
    guarded(|| turns::wake(cond as usize));
    // SAFETY: as above.
    unsafe { libc::pthread_cond_broadcast(cond) }
}

extern "C" fn slot_syscall(
    n: c_long,
    a: c_long,
    b: c_long,
    c: c_long,
    d: c_long,
    e: c_long,
    f: c_long,
) -> c_long {
    let operation = b as c_int & 0x7f;
    // SAFETY: passed through as the caller has it.
    let real = || unsafe { libc::syscall(n, a, b, c, d, e, f) };
    if n != libc::SYS_futex {
        return real();
    }
    match operation {
        libc::FUTEX_WAKE => {
            let woken = real();
            guarded(|| turns::wake_futex(a as usize, woken > 0));
            woken
        }
        libc::FUTEX_WAIT if d == 0 && turns::takes_part() => {
            let no_time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
            // SAFETY: the caller's futex; with no time to wait this only compares the word.
            let compare = || unsafe {
                libc::syscall(n, a, b, c, &raw const no_time, e, f);
                *libc::__errno_location() == libc::ETIMEDOUT
            };
            if guarded(|| turns::wait_futex(a as usize, compare)) {
                return 0;
            }
            // SAFETY: this thread's own errno.
            unsafe { *libc::__errno_location() = libc::EAGAIN };
            -1
        }
        _ => real(),
    }
}

extern "C" fn slot_write(fd: c_int, data: *const c_void, len: usize) -> isize {
    if len == 8 {
        // An event counter: QEMU tells its main loop that there is something to do.
        guarded(slots::notify_main);
    }
    // SAFETY: passed through.
    unsafe { libc::write(fd, data, len) }
}

extern "C" fn slot_read(fd: c_int, data: *mut c_void, len: usize) -> isize {
    // SAFETY: passed through.
    let got = unsafe { libc::read(fd, data, len) };
    if got > 0 && len != 8 {
        guarded(|| slots::came_in(fd, "read"));
    }
    got
}

extern "C" fn slot_recvmsg(fd: c_int, message: *mut libc::msghdr, flags: c_int) -> isize {
    // SAFETY: passed through.
    let got = unsafe { libc::recvmsg(fd, message, flags) };
    if got > 0 {
        guarded(|| slots::came_in(fd, "recvmsg"));
    }
    got
}

static HANDLERS: [AtomicUsize; 32] = [const { AtomicUsize::new(0) }; 32];

/// QEMU sets up how it ends on a signal: what it set is called after the signal was noted.
extern "C" fn slot_sigaction(signal: c_int, new: *const libc::sigaction, old: *mut libc::sigaction) -> c_int {
    let ends = [libc::SIGINT, libc::SIGTERM, libc::SIGHUP].contains(&signal);
    // SAFETY: the caller's, where it gave one.
    match unsafe { new.as_ref() } {
        Some(new) if ends && new.sa_flags & libc::SA_SIGINFO != 0 => {
            HANDLERS[signal as usize].store(new.sa_sigaction, Relaxed);
            let mut ours = *new;
            ours.sa_sigaction = on_signal as *const c_void as usize;
            // SAFETY: a copy of the caller's action; the handler has the type that SA_SIGINFO asks for.
            unsafe { libc::sigaction(signal, &raw const ours, old) }
        }
        // SAFETY: passed through.
        _ => unsafe { libc::sigaction(signal, new, old) },
    }
}

extern "C" fn on_signal(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    slots::signalled(signal);
    let handler = HANDLERS[signal as usize].load(Relaxed);
    // SAFETY: what QEMU gave sigaction, with SA_SIGINFO; stored before this handler was set.
    let handler = unsafe {
        std::mem::transmute::<usize, extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void)>(handler)
    };
    handler(signal, info, context);
}

extern "C" fn slot_ppoll(
    fds: *mut libc::pollfd,
    n: libc::nfds_t,
    timeout: *const libc::timespec,
    mask: *const libc::sigset_t,
) -> c_int {
    // SAFETY: the caller's time, where it gave one.
    let wait_ns =
        unsafe { timeout.as_ref() }.map(|t| t.tv_sec.saturating_mul(1_000_000_000).saturating_add(t.tv_nsec));
    let look = guarded(|| slots::poll(wait_ns));
    let ns = look.ns.unwrap_or(0);
    let shorter = libc::timespec { tv_sec: ns / 1_000_000_000, tv_nsec: ns % 1_000_000_000 };
    let timeout = if look.ns.is_some() { &raw const shorter } else { timeout };
    // SAFETY: the caller's descriptors and mask.
    let found = unsafe { libc::ppoll(fds, n, timeout, mask) };
    guarded(|| slots::polled(&look));
    found
}

/// Puts the functions above in place of those that QEMU's program calls.
///
/// # Errors
/// One line that names the slot that is missing.
pub fn take_slots() -> Result<(), String> {
    let program = plthook::ObjectFile::open_main_program().map_err(|e| {
        format!("cannot read the relocation table of QEMU's program: {e}; time=host does without")
    })?;
    let slots: [(&str, *const c_void); 18] = [
        ("clock_gettime", slot_clock_gettime as _),
        ("gettimeofday", slot_gettimeofday as _),
        ("time", slot_time as _),
        ("g_get_monotonic_time", slot_g_get_monotonic_time as _),
        ("g_get_real_time", slot_g_get_real_time as _),
        ("g_usleep", slot_g_usleep as _),
        ("pthread_mutex_lock", slot_mutex_lock as _),
        ("pthread_mutex_unlock", slot_mutex_unlock as _),
        ("pthread_cond_wait", slot_cond_wait as _),
        ("pthread_cond_timedwait", slot_cond_timedwait as _),
        ("pthread_cond_signal", slot_cond_signal as _),
        ("pthread_cond_broadcast", slot_cond_broadcast as _),
        ("syscall", slot_syscall as _),
        ("write", slot_write as _),
        ("read", slot_read as _),
        ("recvmsg", slot_recvmsg as _),
        ("sigaction", slot_sigaction as _),
        ("ppoll", slot_ppoll as _),
    ];
    for (name, function) in slots {
        // SAFETY: each function has the type of the one it stands for, and lives as long as the process.
        let replaced = unsafe { program.replace(name, function) };
        let old = replaced.map_err(|e| {
            format!("QEMU's program has no slot for {name} ({e}), so its time cannot be owned; time=host does without")
        })?;
        // Never put back: threads of QEMU run through the slots until the process ends.
        std::mem::forget(old);
    }
    Ok(())
}
