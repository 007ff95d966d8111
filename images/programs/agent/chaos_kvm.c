// SPDX-License-Identifier: GPL-2.0-or-later
/* What chaos does to KVM: closes and opens cores, turns the switch, changes what guests and host get of a core. */
#include <stdio.h>
#include <string.h>

#include "chaos_acts.h"
#include "files.h"
#include "report.h"
#include "secondaries.h"
#include "vmms.h"

#define PARAMETERS "/sys/module/kvm_hv/parameters/"

static int set_open(int cpu, bool open)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/kvm_hv_core", cpu);
	return file_try(path, open ? "1" : "0");
}

/* How often the secondaries of a core were given to KVM, all together; -1, reported, if it is not known. */
static long long cedes_of_core(const struct chaos *chaos, int primary)
{
	static struct secondaries secondaries;
	long long cedes = 0;

	if (!secondaries_read(&secondaries))
		return -1;
	for (int i = 0; i < secondaries.count; i++)
		if (chaos->cpu[secondaries.list[i].cpu].primary == primary)
			cedes += secondaries.list[i].cedes;
	return cedes;
}

/* Whether a guest that runs could be left without a core if this one were closed. */
static bool some_guest_needs(const struct chaos *chaos, int primary)
{
	bool other = false;

	for (int i = 0; i < chaos->cpus.count; i++) {
		int cpu = chaos->cpus.list[i];

		other = other || (cpu != primary && chaos->cpu[cpu].open && chaos->cpu[cpu].online);
	}
	for (int i = 0; i < vmms_running(); i++)
		if (!other || vmms_get(i)->narrowed)
			return true;
	return false;
}

bool chaos_close(struct chaos *chaos)
{
	int cpu = chaos_draw_cpu(chaos, true, true);

	if (!chaos->cpu[cpu].open)
		return true;
	snprintf(chaos->what, sizeof(chaos->what), "core of CPU %d closed to KVM", cpu);
	if (!chaos_answered(chaos, set_open(cpu, false)))
		return (!strcmp(chaos->answer, "EBUSY") && some_guest_needs(chaos, cpu)) ||
		       chaos_wrong(chaos, "though no guest needs the core");
	chaos->cpu[cpu].open = false;
	/* One that had not run yet does not keep the core open. */
	for (int i = 0; i < vmms_running() && !chaos_any_open(chaos); i++)
		vmms_get(i)->may_be_invalid = true;
	chaos->cpu[cpu].cedes = cedes_of_core(chaos, cpu);
	return chaos->cpu[cpu].cedes >= 0;
}

static bool open_core(struct chaos *chaos, int cpu)
{
	long long cedes = cedes_of_core(chaos, cpu);

	snprintf(chaos->what, sizeof(chaos->what), "core of CPU %d open to KVM", cpu);
	if (cedes != chaos->cpu[cpu].cedes)
		return chaos_wrong(chaos, "and its secondaries have been given to KVM since it was closed");
	chaos->cpu[cpu].open = true;
	return chaos_answered(chaos, set_open(cpu, true)) || chaos_wrong(chaos, "though opening takes nothing from anybody");
}

bool chaos_open(struct chaos *chaos)
{
	for (int i = 0; i < chaos->cpus.count; i++) {
		int cpu = chaos->cpus.list[i];

		if (chaos->cpu[cpu].primary == cpu && !chaos->cpu[cpu].open)
			return open_core(chaos, cpu);
	}
	return true;
}

static bool set_switch(struct chaos *chaos, bool on)
{
	snprintf(chaos->what, sizeof(chaos->what), "host_secondaries %s", on ? "on" : "off");
	/* While it is off a secondary that is online keeps guests out. */
	for (int i = 0; i < vmms_running() && !on; i++)
		vmms_get(i)->may_be_busy = true;
	chaos->enabled = on;
	return chaos_answered(chaos, file_try(PARAMETERS "host_secondaries", on ? "Y" : "N")) ||
	       chaos_wrong(chaos, "though it can be switched at any time");
}

bool chaos_switch(struct chaos *chaos)
{
	return set_switch(chaos, !chaos->enabled);
}

/* Parameters of KVM in microseconds, as they are at the beginning and what is drawn for them. */
static const struct {
	const char *name, *path;
	int usual, choices[5];
} times[] = {
	{ "min_slice_us", PARAMETERS "min_slice_us", 200, { 0, 50, 200, 1000, 5000 } },
	{ "min_host_us", PARAMETERS "min_host_us", 1000, { 0, 100, 500, 1000, 4000 } },
	{ "cede_timeout_us", PARAMETERS "cede_timeout_us", 10000, { 20, 200, 1000, 10000, 50000 } },
};

#define TIMES (int)(sizeof(times) / sizeof(*times))

static bool set_time(struct chaos *chaos, int which, int microseconds)
{
	char text[32];

	snprintf(chaos->what, sizeof(chaos->what), "%s %d", times[which].name, microseconds);
	snprintf(text, sizeof(text), "%d", microseconds);
	return chaos_answered(chaos, file_try(times[which].path, text)) ||
	       chaos_wrong(chaos, "though it can be changed at any time");
}

bool chaos_times(struct chaos *chaos)
{
	int which = random_below(&chaos->random, TIMES);

	return set_time(chaos, which, times[which].choices[random_below(&chaos->random, 5)]);
}

bool chaos_kvm_settle(struct chaos *chaos)
{
	if (!chaos->enabled && !set_switch(chaos, true))
		return false;
	for (int i = 0; i < TIMES; i++)
		if (!set_time(chaos, i, times[i].usual))
			return false;
	for (int i = 0; i < chaos->cpus.count; i++) {
		int cpu = chaos->cpus.list[i];

		if (chaos->cpu[cpu].primary == cpu && !chaos->cpu[cpu].open && !open_core(chaos, cpu))
			return false;
	}
	return true;
}
