// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "busy_task.h"

#include <limits.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define CPU_BITS 16
#define CPU_MASK ((1 << CPU_BITS) - 1)

static struct busy_shared *own;
/* Of the timer: what it was set to, in microseconds, and CLOCK_MONOTONIC when it expires, in ns. */
static int interval;
static long long due;

uint64_t busy_place(uint64_t changes, int cpu)
{
	return changes << CPU_BITS | (cpu + 1);
}

uint64_t busy_place_changes(uint64_t place)
{
	return place >> CPU_BITS;
}

int busy_place_cpu(uint64_t place)
{
	return (int)(place & CPU_MASK) - 1;
}

/*
 * Two registers count against each other, so that either shows what befell the other. The compiler must not replace the loop by its
 * result.
 */
static bool count_one_round(long long round_size)
{
	long long up = 0, down = round_size;

	while (down > 0) {
		up++;
		down--;
		asm volatile("" : "+r"(up), "+r"(down));
	}
	return up == round_size && !down;
}

/* Whoever waits has set AWAITED before it looked at BEAT. */
static void beat(void)
{
	__atomic_fetch_add(&own->beat, 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&own->awaited, __ATOMIC_SEQ_CST))
		syscall(SYS_futex, &own->beat, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static long long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* Expires once: the next one is due from when the process was told of this one, however late. 0: never. */
static void arm(int microseconds)
{
	struct itimerval timer = { .it_value = { microseconds / 1000000, microseconds % 1000000 } };

	interval = microseconds;
	due = now_ns() + microseconds * 1000LL;
	setitimer(ITIMER_REAL, &timer, NULL);
}

static void timer_expired(int signal)
{
	long long late = now_ns() - due;

	(void)signal;
	__atomic_fetch_add(&own->late, late, __ATOMIC_RELAXED);
	if (late > __atomic_load_n(&own->latest, __ATOMIC_RELAXED))
		__atomic_store_n(&own->latest, late, __ATOMIC_RELAXED);
	__atomic_fetch_add(&own->expiries, 1, __ATOMIC_RELEASE);
	beat();
	arm(interval);
}

static void set_timer(void)
{
	int wanted = __atomic_load_n(&own->interval, __ATOMIC_RELAXED);

	if (wanted != interval)
		arm(wanted);
}

/* No thread of the machine shows an earlier time than another did before. */
static bool went_back(uint64_t *last)
{
#ifdef __powerpc64__
	uint64_t now = __builtin_ppc_get_timebase();
#else
	uint64_t now = now_ns();
#endif
	bool back = now < *last;

	*last = now;
	return back;
}

/* The place may change meanwhile: what holds is the one that was told before and still is. */
static bool is_elsewhere(uint64_t place)
{
	int cpu = sched_getcpu(), due = busy_place_cpu(place);

	return due >= 0 && cpu != due && __atomic_load_n(&own->place, __ATOMIC_ACQUIRE) == place;
}

void busy_task(struct busy_shared *shared, long long round_size)
{
	uint64_t last = 0;

	own = shared;
	prctl(PR_SET_NAME, "busy");
	signal(SIGALRM, timer_expired);
	/* What the agent sends by membarrier() reaches the CPUs where processes run that asked for it. */
	syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED, 0, 0);
	for (;;) {
		uint64_t place = __atomic_load_n(&own->place, __ATOMIC_ACQUIRE);

		if (!count_one_round(round_size) || is_elsewhere(place) || went_back(&last))
			__atomic_fetch_add(&own->wrong, 1, __ATOMIC_RELAXED);
		__atomic_fetch_add(&own->rounds, 1, __ATOMIC_RELEASE);
		beat();
		set_timer();
	}
}
