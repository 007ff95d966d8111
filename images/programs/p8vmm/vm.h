/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VM_H
#define VM_H

#include <stdbool.h>
#include <stddef.h>

#include "attempt.h"

/* Threads of a POWER8 core, and so the most that one vcore can have. */
#define VM_MAX_THREADS 8

/* A KVM-HV virtual machine with its program in memory and its vCPUs ready to run. */
struct vm {
	int fd;
	int vcpus[VM_MAX_THREADS];
	/* Bytes of the page that a vCPU shares with its VMM. */
	size_t run_size;
};

/* Makes a virtual machine whose THREADS vCPUs are the threads of one vcore. False: FAILURE says why not. */
bool vm_create(struct vm *vm, int threads, struct failure *failure);

#endif
