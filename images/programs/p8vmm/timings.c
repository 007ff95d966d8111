// SPDX-License-Identifier: GPL-2.0-or-later
#include "timings.h"

#include <stdio.h>
#include <unistd.h>

#include "../common/counted.h"

/* KVM names a VM's folder by who created it and the descriptor that it gave (kvm_create_vm_debugfs()). */
#define FORM "/sys/kernel/debug/kvm/%d-%d/vcpu%d/timings"

static void report(const char *what, int id, long long count)
{
	char text[48];

	snprintf(text, sizeof(text), "timings:%s", what);
	counted(text, id, count);
}

void timings_report(const struct vm *vm, int id)
{
	char path[96], what[32];
	long long count;
	FILE *timings;

	snprintf(path, sizeof(path), FORM, getpid(), vm->fd, id);
	timings = fopen(path, "r");
	if (!timings)
		return;
	/* Behind the count: total, shortest and longest time. */
	while (fscanf(timings, "%31[^:]: %lld %*d %*d %*d ", what, &count) == 2)
		report(what, id, count);
	fclose(timings);
}
