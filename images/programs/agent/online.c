// SPDX-License-Identifier: GPL-2.0-or-later
#include "online.h"

#include <stdio.h>

#include "cpus.h"
#include "files.h"
#include "report.h"

static bool set_online(int cpu, bool online)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/online", cpu);
	return file_write(path, online ? "1" : "0");
}

static bool all_online(const struct cpus *present)
{
	static struct cpus online;
	int i = 0;

	if (!cpus_read("online", &online))
		return false;
	for (int j = 0; j < present->count; j++) {
		if (i < online.count && online.list[i] == present->list[j])
			i++;
		else if (!set_online(present->list[j], true))
			return false;
	}
	return true;
}

static bool secondaries_offline(const struct cpus *present)
{
	static bool primary[CPUS_MAX];

	for (int i = 0; i < present->count; i++)
		if (!cpu_is_primary(present->list[i], &primary[i]))
			return false;
	for (int i = 0; i < present->count; i++)
		if (!primary[i] && !set_online(present->list[i], false))
			return false;
	return true;
}

int online_run(bool all)
{
	static struct cpus cpus;
	bool ok;

	if (!cpus_read("present", &cpus))
		return 1;
	ok = all_online(&cpus) && (all || secondaries_offline(&cpus));
	if (!cpus_read("online", &cpus))
		return 1;
	report_online(&cpus);
	return !ok;
}
