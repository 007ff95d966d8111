/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BUSY_TASK_H
#define BUSY_TASK_H

#include <stdint.h>

/* What a busy process and the agent tell each other, in memory that both have. A cache line each. */
struct busy_shared {
	/* From the process: rounds done, and rounds among them that came out wrong, were done by another CPU than its own, or
	   in which the timebase went back. */
	long long rounds, wrong;
	/* From the process: how often its timer has expired, and how late it was told of that, at worst and all together, in ns. */
	long long expiries, latest, late;
	/* From the process: grows with each of these; a futex that the agent waits for while AWAITED. */
	uint32_t beat;
	uint32_t awaited;
	/* From the agent: the CPU that it is tied to, and how often that has changed. */
	uint64_t place;
	/* From the agent: in microseconds, 0: no timer. */
	int interval;
} __attribute__((aligned(128)));

/* A place, told apart from all earlier ones of the process by CHANGES. CPU -1: anywhere. */
uint64_t busy_place(uint64_t changes, int cpu);
uint64_t busy_place_changes(uint64_t place);
int busy_place_cpu(uint64_t place);

/* Counts to ROUND_SIZE for ever. */
void busy_task(struct busy_shared *shared, long long round_size) __attribute__((noreturn));

#endif
