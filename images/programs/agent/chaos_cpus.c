// SPDX-License-Identifier: GPL-2.0-or-later
/* What chaos does to the host's CPUs and to the busy processes there. */
#include <errno.h>
#include <linux/membarrier.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "busy.h"
#include "chaos_acts.h"
#include "files.h"
#include "vmms.h"

static int set_online(int cpu, bool online)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/online", cpu);
	return file_try(path, online ? "1" : "0");
}

bool chaos_offline(struct chaos *chaos)
{
	int cpu = chaos_draw_cpu(chaos, random_chance(&chaos->random, 40), true);

	/* The first core keeps its primary thread: guests stand still where there is none. */
	if (cpu < 0 || cpu == chaos->cpus.list[0])
		return true;
	snprintf(chaos->what, sizeof(chaos->what), "CPU %d offline", cpu);
	busy_loosen(cpu);
	if (!chaos_answered(chaos, set_online(cpu, false)))
		return chaos_wrong(chaos, "though nothing keeps a thread from going offline");
	chaos->cpu[cpu].online = false;
	/* One that had not run yet finds no core. */
	for (int i = 0; i < vmms_running() && !chaos_any_open(chaos); i++)
		vmms_get(i)->may_be_invalid = true;
	return true;
}

static bool bring_online(struct chaos *chaos, int cpu)
{
	snprintf(chaos->what, sizeof(chaos->what), "CPU %d online", cpu);
	if (!chaos_answered(chaos, set_online(cpu, true)))
		/* With the switch off it is as it was: not while there are guests. */
		return (!chaos->enabled && vmms_running() && !strcmp(chaos->answer, "EBUSY")) ||
		       chaos_wrong(chaos, "though threads may come online beside guests");
	chaos->cpu[cpu].online = true;
	return chaos_answered(chaos, busy_tie(cpu)) || chaos_wrong(chaos, "and its busy process cannot be tied to it");
}

bool chaos_online(struct chaos *chaos)
{
	int cpu = chaos_draw_cpu(chaos, random_chance(&chaos->random, 30), false);

	return cpu < 0 || bring_online(chaos, cpu);
}

/* Also to a CPU that is offline, which is refused. */
bool chaos_move(struct chaos *chaos)
{
	int task = random_below(&chaos->random, busy_count());
	bool online = random_chance(&chaos->random, 80);
	int cpu = chaos_draw_cpu(chaos, random_chance(&chaos->random, 20), online);
	int failed;

	if (cpu < 0)
		return true;
	snprintf(chaos->what, sizeof(chaos->what), "busy process %d to CPU %d, %sline", task, cpu, online ? "on" : "off");
	failed = busy_move(task, cpu);
	chaos_answered(chaos, failed);
	return failed == (online ? 0 : EINVAL) || chaos_wrong(chaos, "which only a CPU that is offline must answer: EINVAL");
}

bool chaos_interrupt(struct chaos *chaos)
{
	int count = 1 + random_below(&chaos->random, 8);
	int failed = 0;

	snprintf(chaos->what, sizeof(chaos->what), "%d times an interrupt to each CPU with a busy process", count);
	for (int i = 0; i < count && !failed; i++)
		failed = syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL_EXPEDITED, 0, 0) ? errno : 0;
	return chaos_answered(chaos, failed) || chaos_wrong(chaos, "though this kernel has membarrier()");
}

bool chaos_timer(struct chaos *chaos)
{
	static const int microseconds[] = { 0, 150, 500, 2000, 10000 };
	int task = random_below(&chaos->random, busy_count());
	int interval = microseconds[random_below(&chaos->random, sizeof(microseconds) / sizeof(*microseconds))];

	snprintf(chaos->what, sizeof(chaos->what), "a timer of %d us in busy process %d", interval, task);
	busy_timer(task, interval);
	return chaos_answered(chaos, 0);
}

static bool set_expedited(struct chaos *chaos, bool expedited)
{
	snprintf(chaos->what, sizeof(chaos->what), "RCU %s", expedited ? "sends interrupts to CPUs" : "waits for CPUs");
	chaos->expedited = expedited;
	return chaos_answered(chaos, file_try("/sys/kernel/rcu_expedited", expedited ? "1" : "0")) ||
	       chaos_wrong(chaos, "though it can be changed at any time");
}

bool chaos_expedite(struct chaos *chaos)
{
	/* It changes that by itself, and warns of whoever does so too. */
	if (!access("/sys/module/rcutorture", F_OK))
		return true;
	return set_expedited(chaos, !chaos->expedited);
}

bool chaos_cpus_settle(struct chaos *chaos)
{
	if (chaos->expedited && !set_expedited(chaos, false))
		return false;
	for (int i = 0; i < chaos->cpus.count; i++) {
		int cpu = chaos->cpus.list[i];

		if (!chaos->cpu[cpu].online && !bring_online(chaos, cpu))
			return false;
	}
	for (int task = 0; task < busy_count(); task++) {
		snprintf(chaos->what, sizeof(chaos->what), "busy process %d to where it was started", task);
		if (!chaos_answered(chaos, busy_move_home(task)))
			return chaos_wrong(chaos, "though that is online");
	}
	return true;
}
