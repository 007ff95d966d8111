// SPDX-License-Identifier: GPL-2.0-or-later
/* What chaos does to the console's UART: has it interrupt secondary threads. None of its interrupts must be lost. */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <time.h>

#include "chaos_acts.h"
#include "device.h"
#include "secondaries.h"

/*
 * How long an interrupt may take, in ms, beside a guest whose slice may be a tenth of that, and how often it is looked for
 * meanwhile. An IPI that the thread gets later would bring it along.
 */
#define PATIENCE_MS 50
#define LOOKS_A_MS 4
/* How often a thread is looked at for whether it is with KVM: a guest's slice is over, or none came, after that. */
#define LOOKS 50

/* From another core, if there is one: where this process runs no guest does. At least not from CPU itself. */
static int go_elsewhere(const struct chaos *chaos, int cpu)
{
	cpu_set_t elsewhere, other_cores;

	CPU_ZERO(&elsewhere);
	CPU_ZERO(&other_cores);
	for (int i = 0; i < chaos->cpus.count; i++) {
		int other = chaos->cpus.list[i];

		if (chaos->cpu[other].online && other != cpu)
			CPU_SET(other, &elsewhere);
		if (chaos->cpu[other].online && chaos->cpu[other].primary != chaos->cpu[cpu].primary)
			CPU_SET(other, &other_cores);
	}
	if (CPU_COUNT(&other_cores))
		elsewhere = other_cores;
	return sched_setaffinity(0, sizeof(elsewhere), &elsewhere) ? errno : 0;
}

/* The kernel tells nobody that it has handled one. */
static int await_more_than(long long handled)
{
	const struct timespec pause = { .tv_nsec = 1000000 / LOOKS_A_MS };

	for (int i = 0; i < PATIENCE_MS * LOOKS_A_MS; i++) {
		if (device_handled() > handled)
			return 0;
		nanosleep(&pause, NULL);
	}
	return ETIME;
}

static int interrupt(struct chaos *chaos, int cpu)
{
	int failed = device_aim(cpu) ?: go_elsewhere(chaos, cpu);
	long long handled = device_handled();
	bool away = false;

	/* While a guest has the thread, or is about to, or has just had it. */
	for (int i = 0; i < LOOKS && !failed && !away; i++)
		away = secondary_is_away(cpu);
	snprintf(chaos->what, sizeof(chaos->what), "a device interrupts CPU %d%s", cpu, away ? ", which KVM has" : "");
	return failed ?: device_interrupt() ?: await_more_than(handled);
}

bool chaos_device(struct chaos *chaos)
{
	int cpu = chaos_draw_cpu(chaos, false, true), failed;
	cpu_set_t all;

	if (cpu < 0)
		return true;
	failed = interrupt(chaos, cpu);
	/* Not what it was: that has none that is offline for now, and guests inherit it. */
	CPU_ZERO(&all);
	for (int i = 0; i < chaos->cpus.count; i++)
		CPU_SET(chaos->cpus.list[i], &all);
	if (!failed && sched_setaffinity(0, sizeof(all), &all))
		failed = errno;
	return chaos_answered(chaos, failed) || chaos_wrong(chaos, "though the CPU is online and should handle it");
}
