/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMMS_H
#define VMMS_H

#include <stdbool.h>

#include "child.h"

/* Most counter guests at once: enough to wait for each other on two cores. */
#define VMMS_MAX 4

/* The process of a counter guest, and what may become of it. */
struct vmm {
	struct child child;
	/* Counted from 0 in the order of starting. */
	int number;
	int threads;
	long long count;
	bool stopped, killed;
	/* An affinity that leaves out a core was asked for one of its tasks. */
	bool narrowed;
	/* During its life KVM_RUN may have failed so: the switch was off, or no core was open to KVM. */
	bool may_be_busy, may_be_invalid;
	/* vCPUs that counted right, and those whose KVM_RUN failed in one of these ways. */
	int right, busy, invalid;
};

/* Starts one with so many vCPUs, each of which counts to COUNT in each of ROUNDS. False, and reported, where that fails. */
bool vmms_start(int threads, long long count, int rounds, struct vmm **started);

/* How many run. */
int vmms_running(void);

/* Number INDEX of those that run, from 0, in the order of starting. */
struct vmm *vmms_get(int index);

/*
 * Waits until one of them prints something or ends, or PATIENCE is over (NULL: for ever), and reports those that ended.
 * Returns false, reported, if one came to an end that it must not.
 */
bool vmms_attend(const struct timespec *patience);

/* Whether VMM has come to an end that it may, and why if it was no good one: in WHY, a word. For vmms_attend() and tests. */
bool vmm_ended_well(const struct vmm *vmm, const char **why);

#endif
