/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VCPU_H
#define VCPU_H

#include <linux/kvm.h>
#include <pthread.h>
#include <stddef.h>

#include "attempt.h"

/* One vCPU and the thread of the VMM that runs it. */
struct vcpu {
	int fd;
	size_t run_size;
	struct kvm_run *run;
	/* Where all vCPUs of the vcore wait for each other before they enter the guest for the first time. */
	pthread_barrier_t *start;
	/* How far to count in each round. */
	long long want;
	int rounds;

	/* How far the last round counted. */
	long long count;
	struct failure failure;
};

/* Runs the vCPU's rounds; the start routine of its thread. ARGUMENT is the struct vcpu, which has the outcome. */
void *vcpu_thread(void *argument);

#endif
