// SPDX-License-Identifier: GPL-2.0-or-later
/* What chaos does to guests: starts, kills, stops and continues them, and moves the tasks that run them. */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "chaos_acts.h"
#include "tasks.h"
#include "vmms.h"

/* A VMM's own task and its vCPUs'. */
#define TASKS_MAX 16

bool chaos_start(struct chaos *chaos)
{
	int threads = 1 << random_below(&chaos->random, 4);
	/* From less than a turn of a hardware thread to some slices; many that are short rather than few that are long. */
	long long count = 1LL << (4 + random_below(&chaos->random, 16));
	int rounds = 1 + random_below(&chaos->random, 12);
	struct vmm *vmm;

	if (vmms_running() == VMMS_MAX)
		return true;
	if (!vmms_start(threads, count, rounds, &vmm))
		return false;
	snprintf(chaos->what, sizeof(chaos->what), "start guest %d, %d vCPUs count to %lld %d times", vmm->number, threads,
		 count, rounds);
	vmm->may_be_busy = !chaos->enabled;
	vmm->may_be_invalid = !chaos_any_open(chaos);
	return chaos_answered(chaos, 0);
}

/* One that is stopped, or is not. NULL if there is none. */
static struct vmm *draw_vmm(struct chaos *chaos, bool stopped)
{
	struct vmm *found[VMMS_MAX];
	int count = 0;

	for (int i = 0; i < vmms_running(); i++)
		if (vmms_get(i)->stopped == stopped)
			found[count++] = vmms_get(i);
	return count ? found[random_below(&chaos->random, count)] : NULL;
}

static bool send(struct chaos *chaos, struct vmm *vmm, int signal, const char *name)
{
	snprintf(chaos->what, sizeof(chaos->what), "%s guest %d", name, vmm->number);
	/* Until its end has been seen it is there to be sent a signal. */
	return chaos_answered(chaos, kill(vmm->child.pid, signal) ? errno : 0) ||
	       chaos_wrong(chaos, "though it has not been waited for");
}

bool chaos_kill(struct chaos *chaos)
{
	struct vmm *vmm = draw_vmm(chaos, random_chance(&chaos->random, 20));

	if (!vmm)
		return true;
	vmm->killed = true;
	return send(chaos, vmm, SIGKILL, "kill");
}

bool chaos_stop(struct chaos *chaos)
{
	struct vmm *vmm = draw_vmm(chaos, false);

	if (!vmm)
		return true;
	vmm->stopped = true;
	return send(chaos, vmm, SIGSTOP, "stop");
}

static bool go_on(struct chaos *chaos, struct vmm *vmm)
{
	vmm->stopped = false;
	return send(chaos, vmm, SIGCONT, "continue");
}

bool chaos_continue(struct chaos *chaos)
{
	struct vmm *vmm = draw_vmm(chaos, true);

	return !vmm || go_on(chaos, vmm);
}

bool chaos_guests_settle(struct chaos *chaos)
{
	for (int i = 0; i < vmms_running(); i++)
		if (vmms_get(i)->stopped && !go_on(chaos, vmms_get(i)))
			return false;
	return true;
}

/* A task of a guest's VMM, and the CPUs that the kernel confines it to: all if it does not. False if there is none. */
static bool draw_task(struct chaos *chaos, struct vmm **vmm, pid_t *task, struct cpus *confinement)
{
	pid_t tasks[TASKS_MAX];
	int count;

	*vmm = draw_vmm(chaos, random_chance(&chaos->random, 20));
	if (!*vmm)
		return false;
	count = tasks_list((*vmm)->child.pid, tasks, TASKS_MAX);
	if (!count)
		return false;
	*task = tasks[random_below(&chaos->random, count)];
	return tasks_confinement((*vmm)->child.pid, *task, confinement);
}

static bool set_affinity(struct chaos *chaos, pid_t task, const cpu_set_t *set)
{
	return chaos_answered(chaos, sched_setaffinity(task, sizeof(*set), set) ? errno : 0);
}

/* Each CPU of the machine, half of the times. */
static void draw_set(struct chaos *chaos, cpu_set_t *set)
{
	CPU_ZERO(set);
	for (int i = 0; i < chaos->cpus.count; i++)
		if (random_chance(&chaos->random, 50))
			CPU_SET(chaos->cpus.list[i], set);
}

/* One of CPUS that is online; -1 if there is none. */
static int draw_online(struct chaos *chaos, const struct cpus *cpus)
{
	int found[CPUS_MAX], count = 0;

	for (int i = 0; i < cpus->count; i++)
		if (chaos->cpu[cpus->list[i]].online)
			found[count++] = cpus->list[i];
	return count ? found[random_below(&chaos->random, count)] : -1;
}

/* Asks for CPUs that leave a task one where it can run its vCPU: it stays within what the kernel confines it to. */
bool chaos_confine(struct chaos *chaos)
{
	static struct cpus confinement;
	cpu_set_t asked, allowed, got;
	bool confined, narrow = false;
	struct vmm *vmm;
	pid_t task;
	int online;

	if (!draw_task(chaos, &vmm, &task, &confinement) || !chaos_any_open(chaos))
		return true;
	online = draw_online(chaos, &confinement);
	if (online < 0)
		return true;
	confined = confinement.count < chaos->cpus.count;
	draw_set(chaos, &asked);
	CPU_ZERO(&allowed);
	for (int i = 0; i < confinement.count; i++)
		CPU_SET(confinement.list[i], &allowed);
	if (confined)
		CPU_SET(online, &asked);
	for (int i = 0; i < chaos->cpus.count; i++) {
		int cpu = chaos->cpus.list[i];

		/* One that is not confined yet is left every primary, or it would be refused later, and rightly. */
		if (!confined && chaos->cpu[cpu].primary == cpu)
			CPU_SET(cpu, &asked);
		narrow = narrow || (chaos->cpu[cpu].primary == cpu && !CPU_ISSET(cpu, &asked));
	}
	vmm->narrowed = vmm->narrowed || narrow;
	snprintf(chaos->what, sizeof(chaos->what), "affinity of a task of guest %d, %sconfined", vmm->number,
		 confined ? "" : "not ");
	if (!set_affinity(chaos, task, &asked))
		return !strcmp(chaos->answer, "ESRCH") || chaos_wrong(chaos, "which only a task that has ended may answer");
	if (sched_getaffinity(task, sizeof(got), &got))
		return errno == ESRCH || chaos_wrong(chaos, "and its affinity cannot be read");
	CPU_AND(&allowed, &allowed, &asked);
	CPU_AND(&asked, &got, &allowed);
	/* Meanwhile it may have been confined, which only takes away; nothing confines it any more once it has given up its vCPU. */
	return CPU_EQUAL(&asked, &got) || tasks_exiting(vmm->child.pid, task) ||
	       chaos_wrong(chaos, "and it may run where it must not");
}

/* Asks for CPUs that leave a confined task none: it is refused, and nothing changes. */
bool chaos_banish(struct chaos *chaos)
{
	static struct cpus confinement;
	cpu_set_t asked, before, after;
	struct vmm *vmm;
	pid_t task;

	if (!draw_task(chaos, &vmm, &task, &confinement) || confinement.count == chaos->cpus.count)
		return true;
	draw_set(chaos, &asked);
	for (int i = 0; i < confinement.count; i++)
		CPU_CLR(confinement.list[i], &asked);
	snprintf(chaos->what, sizeof(chaos->what), "affinity of a task of guest %d, beside what it is confined to", vmm->number);
	if (sched_getaffinity(task, sizeof(before), &before))
		return errno == ESRCH || chaos_wrong(chaos, "and its affinity cannot be read");
	if (set_affinity(chaos, task, &asked))
		return tasks_exiting(vmm->child.pid, task) || chaos_wrong(chaos, "which must be refused with EINVAL");
	if (!strcmp(chaos->answer, "ESRCH"))
		return true;
	if (strcmp(chaos->answer, "EINVAL"))
		return chaos_wrong(chaos, "which must be refused with EINVAL");
	if (sched_getaffinity(task, sizeof(after), &after))
		return errno == ESRCH || chaos_wrong(chaos, "and its affinity cannot be read");
	return CPU_EQUAL(&before, &after) || tasks_exiting(vmm->child.pid, task) ||
	       chaos_wrong(chaos, "and its affinity has changed");
}
