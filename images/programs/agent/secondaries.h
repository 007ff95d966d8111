/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SECONDARIES_H
#define SECONDARIES_H

#include <stdbool.h>

#include "cpus.h"

/* What debugfs tells of the secondary threads: how often the host gave each to KVM, and how often it came back. */
struct secondaries {
	int count;
	struct secondary {
		int cpu;
		long long cedes, returns;
	} list[CPUS_MAX];
};

/* Reads the text of powerpc/kvm_secondaries: a heading, and a line each. False if it is anything else. */
bool secondaries_parse(const char *text, struct secondaries *secondaries);

/* Reads the file. False, and reported, where that fails. */
bool secondaries_read(struct secondaries *secondaries);

/* Whether CPU is with KVM. False, and reported, where that is not known. */
bool secondary_is_away(int cpu);

#endif
