// SPDX-License-Identifier: GPL-2.0-or-later
//! What QEMU calls in place of libc and glib, once the slots of its relocation table are taken over.
//! Threads that take no part in turns, and all that is not about waiting or time, go through.

use super::guarded;
use crate::turns::{self, Wait, slots};
use libc::{c_int, c_long, c_uint, c_void};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

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
        // SAFETY: glibc keeps the owner's thread number in the third word (`struct __pthread_mutex_s`).
        let owner = || unsafe { mutex.cast::<i32>().add(2).read_volatile() };
        match guarded(|| turns::lock_or_wait(mutex as usize, attempt, owner)) {
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
        if !guarded(|| turns::begin_wait(Wait::Condition(cond as usize), None)) {
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
        if !guarded(|| turns::begin_wait(Wait::Condition(cond as usize), Some(deadline))) {
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
