// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "chaos.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "busy.h"
#include "chaos_acts.h"
#include "device.h"
#include "kernel_log.h"
#include "report.h"
#include "secondaries.h"
#include "vmms.h"

#define NS_A_SECOND 1000000000
/* Between two acts: what a guest, a slice or the host's share of a core lasts. */
#define PAUSE_MAX_US 1500

/* How often each is drawn, of the sum of all; a device's interrupt as often as the step says. */
static const struct {
	chaos_act *act;
	int weight;
} acts[] = {
	{ chaos_start, 26 }, { chaos_kill, 8 }, { chaos_stop, 5 }, { chaos_continue, 7 },
	{ chaos_confine, 7 }, { chaos_banish, 5 },
	{ chaos_offline, 6 }, { chaos_online, 8 }, { chaos_move, 6 }, { chaos_interrupt, 8 }, { chaos_timer, 4 },
	{ chaos_expedite, 3 },
	{ chaos_close, 4 }, { chaos_open, 6 }, { chaos_switch, 2 }, { chaos_times, 4 },
};

#define ACTS (sizeof(acts) / sizeof(*acts))

bool chaos_answered(struct chaos *chaos, int failed)
{
	chaos->answer = failed ? strerrorname_np(failed) ?: "unknown error" : "ok";
	return !failed;
}

bool chaos_wrong(const struct chaos *chaos, const char *why)
{
	report_problem("%s: %s, %s", chaos->what, chaos->answer, why);
	return false;
}

int chaos_draw_cpu(struct chaos *chaos, bool primary, bool online)
{
	int found[CPUS_MAX], count = 0;

	for (int i = 0; i < chaos->cpus.count; i++) {
		int cpu = chaos->cpus.list[i];

		if ((chaos->cpu[cpu].primary == cpu) == primary && chaos->cpu[cpu].online == online)
			found[count++] = cpu;
	}
	return count ? found[random_below(&chaos->random, count)] : -1;
}

bool chaos_any_open(const struct chaos *chaos)
{
	for (int i = 0; i < chaos->cpus.count; i++)
		if (chaos->cpu[chaos->cpus.list[i]].open && chaos->cpu[chaos->cpus.list[i]].online)
			return true;
	return false;
}

static chaos_act *draw_act(struct chaos *chaos)
{
	int sum = 0, drawn;
	size_t i = 0;

	/* A machine that runs no guest any more is no test. */
	if (!chaos->enabled && random_chance(&chaos->random, 40))
		return chaos_switch;
	if (!chaos_any_open(chaos) && random_chance(&chaos->random, 40))
		return chaos_open;
	if (random_chance(&chaos->random, chaos->device_share))
		return chaos_device;
	for (size_t n = 0; n < ACTS; n++)
		sum += acts[n].weight;
	for (drawn = random_below(&chaos->random, sum); drawn >= acts[i].weight; i++)
		drawn -= acts[i].weight;
	return acts[i].act;
}

static long long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * (long long)NS_A_SECOND + time.tv_nsec;
}

/* Guests run for a while that is drawn. */
static bool pause_between_acts(struct chaos *chaos)
{
	long long end = now() + random_below(&chaos->random, PAUSE_MAX_US) * 1000LL, rest;

	while ((rest = end - now()) > 0) {
		struct timespec patience = { rest / NS_A_SECOND, rest % NS_A_SECOND };

		if (!vmms_attend(&patience))
			return false;
	}
	return true;
}

static bool act(struct chaos *chaos, int number)
{
	bool right = true;

	*chaos->what = 0;
	/* Most acts have somebody to be done to, one that starts a guest or kills it always. */
	while (right && !*chaos->what)
		right = draw_act(chaos)(chaos);
	report_act(number, chaos->what, chaos->answer);
	kernel_log_report();
	return right && pause_between_acts(chaos);
}

static bool begin(struct chaos *chaos, long long seed)
{
	random_seed(&chaos->random, seed);
	chaos->enabled = true;
	if (!cpus_read("online", &chaos->cpus))
		return false;
	for (int i = 0; i < chaos->cpus.count; i++) {
		int cpu = chaos->cpus.list[i];
		bool primary;

		if (!cpu_is_primary(cpu, &primary))
			return false;
		chaos->cpu[cpu].online = true;
		chaos->cpu[cpu].open = primary;
		chaos->cpu[cpu].primary = primary ? cpu : chaos->cpu[chaos->cpus.list[i - !!i]].primary;
	}
	if (!device_find())
		return false;
	if (!busy_count())
		report_problem("chaos needs a step busy before it");
	return busy_count();
}

/* All is as at the beginning again, and what still runs comes to its end. */
static bool settle(struct chaos *chaos)
{
	if (!chaos_kvm_settle(chaos) || !chaos_cpus_settle(chaos) || !chaos_guests_settle(chaos))
		return false;
	while (vmms_running())
		if (!vmms_attend(NULL))
			return false;
	busy_await();
	for (int i = 0; i < busy_count(); i++)
		busy_timer(i, 0);
	return true;
}

/* Each secondary has been heard of since the last guest ended: it is back. */
static bool all_came_back(void)
{
	static struct secondaries secondaries;
	bool all = secondaries_read(&secondaries);

	for (int i = 0; all && i < secondaries.count; i++) {
		const struct secondary *one = &secondaries.list[i];

		report_secondary(one->cpu, one->cedes, one->returns);
		if (one->cedes != one->returns) {
			report_problem("CPU %d was given to KVM %lld times and came back %lld times", one->cpu,
				       one->cedes, one->returns);
			all = false;
		}
	}
	return all;
}

int chaos_run(long long seed, long long count, long long device_share, long long seconds)
{
	static struct chaos chaos;
	long long end = now() + seconds * NS_A_SECOND;

	busy_mark();
	kernel_log_quieten();
	chaos.device_share = device_share;
	if (!begin(&chaos, seed))
		return 1;
	for (int number = 0; number < count || now() < end; number++)
		if (!act(&chaos, number))
			return 1;
	if (!settle(&chaos) || !all_came_back())
		return 1;
	return busy_report();
}
