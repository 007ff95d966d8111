/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CPUS_H
#define CPUS_H

#include <stdbool.h>
#include <stdint.h>

/* More than CONFIG_NR_CPUS of the host; Debian's kernels allow 2048, no guest of ours has more than 8. */
#define CPUS_MAX 1024

/* Numbers of CPUs, in ascending order. */
struct cpus {
	int count;
	int list[CPUS_MAX];
};

/* Reads what sysfs writes: "0-3,8", with or without a new line, or nothing. False if it is anything else. */
bool cpus_parse(const char *text, struct cpus *cpus);

/* Reads such a file of /sys/devices/system/cpu, for instance "online". False, and reported, where that fails. */
bool cpus_read(const char *name, struct cpus *cpus);

/*
 * Whether a CPU is the first thread of its core, or of its sub-core where cores are split. Known of CPUs that are online only,
 * and right while the first of the core is. False, and reported, where it is not known.
 */
bool cpu_is_primary(int cpu, bool *primary);

#endif
