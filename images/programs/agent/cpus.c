// SPDX-License-Identifier: GPL-2.0-or-later
#include "cpus.h"

#include <stdio.h>
#include <stdlib.h>

#include "files.h"
#include "report.h"
#include "subcores.h"

/* POWER8's. A machine with fewer numbers them like the first of eight. */
#define THREADS_PER_CORE 8

bool cpus_parse(const char *text, struct cpus *cpus)
{
	cpus->count = 0;
	while (*text && *text != '\n') {
		char *end;
		long first = strtol(text, &end, 10), last = first;

		if (end == text)
			return false;
		if (*end == '-') {
			text = end + 1;
			last = strtol(text, &end, 10);
			if (end == text)
				return false;
		}
		if (first < 0 || first > last || last >= CPUS_MAX)
			return false;
		/* In ascending order, so no more than CPUS_MAX. */
		if (cpus->count && first <= cpus->list[cpus->count - 1])
			return false;
		for (long cpu = first; cpu <= last; cpu++)
			cpus->list[cpus->count++] = cpu;
		text = end + (*end == ',');
	}
	return true;
}

bool cpus_read(const char *name, struct cpus *cpus)
{
	char path[128], text[4096];

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/%s", name);
	if (!file_read(path, text, sizeof(text)))
		return false;
	if (cpus_parse(text, cpus))
		return true;
	report_problem("%s: not a list of CPUs: %s", path, text);
	return false;
}

bool cpu_is_primary(int cpu, bool *primary)
{
	static struct cpus siblings;
	char name[64];

	snprintf(name, sizeof(name), "cpu%d/topology/thread_siblings_list", cpu);
	if (!cpus_read(name, &siblings) || !siblings.count)
		return false;
	*primary = (cpu - siblings.list[0]) % (THREADS_PER_CORE / subcores()) == 0;
	return true;
}
