// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * counts begin|report: what the host's kernel counts of its guests by itself, to be held against a recording. `begin` switches KVM's
 * tracepoints on, each in a trace instance of its own so that its ring buffer counts that one alone; `report` sends a
 * `counted` frame for each of them and each CPU, for each column of powerpc/kvm_secondaries, and for steal time in /proc/stat.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../common/counted.h"

#define EXIT_USAGE 2
#define TRACING "/sys/kernel/tracing"
#define SECONDARIES "/sys/kernel/debug/powerpc/kvm_secondaries"
#define PATH_MAX_HERE 160

static const struct event {
	const char *name, *group;
	/* Which of them, in the kernel's language of filters; NULL: all. */
	const char *filter;
} events[] = {
	/* It is traced on the way in and on the way out, and on ways out of a vcore that did not get in. */
	{ "kvmppc_run_core", "kvm_hv", "where == 0" },
	{ "kvm_guest_enter", "kvm_hv", NULL },
	{ "kvm_guest_exit", "kvm_hv", NULL },
	/* These two are the kernel series'. */
	{ "kvmhv_cede", "kvm_hv_secondaries", NULL },
	{ "kvmhv_return", "kvm_hv_secondaries", NULL },
};

#define EVENTS (sizeof(events) / sizeof(*events))

static void fail(const char *what)
{
	printf("counts: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static void instance_write(const struct event *event, const char *file, const char *text)
{
	char path[PATH_MAX_HERE];
	FILE *to;

	snprintf(path, sizeof(path), TRACING "/instances/%s/events/%s/%s/%s", event->name, event->group, event->name, file);
	to = fopen(path, "w");
	if (!to || fputs(text, to) < 0 || fclose(to))
		fail(path);
}

static bool is_there(const struct event *event)
{
	char path[PATH_MAX_HERE];

	snprintf(path, sizeof(path), TRACING "/events/%s/%s", event->group, event->name);
	return !access(path, F_OK);
}

static void begin(void)
{
	if (mount("tracefs", TRACING, "tracefs", 0, NULL) && errno != EBUSY)
		fail(TRACING);
	for (const struct event *event = events; event < events + EVENTS; event++) {
		char path[PATH_MAX_HERE];

		if (!is_there(event))
			continue;
		snprintf(path, sizeof(path), TRACING "/instances/%s", event->name);
		if (mkdir(path, 0700))
			fail(path);
		if (event->filter)
			instance_write(event, "filter", event->filter);
		instance_write(event, "enable", "1");
	}
}

/* All that came, whether or not the ring buffer still holds it. */
static bool entries(const struct event *event, int cpu, long long *sum)
{
	static const char *const kept[] = { "entries", "overrun", "commit overrun", "dropped events" };
	char path[PATH_MAX_HERE], line[128], *value;
	FILE *stats;

	snprintf(path, sizeof(path), TRACING "/instances/%s/per_cpu/cpu%d/stats", event->name, cpu);
	stats = fopen(path, "r");
	if (!stats)
		return false;
	*sum = 0;
	while (fgets(line, sizeof(line), stats)) {
		value = strchr(line, ':');
		if (!value)
			continue;
		*value++ = 0;
		for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++)
			if (!strcmp(line, kept[i]))
				*sum += atoll(value);
	}
	fclose(stats);
	return true;
}

static void report_secondaries(void)
{
	long long cedes, returns, away, longest;
	FILE *page = fopen(SECONDARIES, "r");
	int cpu;

	/* A kernel without the series. */
	if (!page)
		return;
	if (fscanf(page, "cpu cedes returns away_ns longest_ns") < 0)
		fail(SECONDARIES);
	while (fscanf(page, "%d %lld %lld %lld %lld", &cpu, &cedes, &returns, &away, &longest) == 5) {
		counted("cedes", cpu, cedes);
		counted("returns", cpu, returns);
		counted("away_ns", cpu, away);
		counted("longest_ns", cpu, longest);
	}
	fclose(page);
}

static void report_steal(void)
{
	long long ticks_per_second = sysconf(_SC_CLK_TCK), steal;
	FILE *stat = fopen("/proc/stat", "r");
	char line[512];
	int cpu;

	if (!stat)
		fail("/proc/stat");
	while (fgets(line, sizeof(line), stat))
		/* user, nice, system, idle, iowait, irq, softirq, steal */
		if (sscanf(line, "cpu%d %*d %*d %*d %*d %*d %*d %*d %lld", &cpu, &steal) == 2)
			counted("steal_ms", cpu, steal * 1000 / ticks_per_second);
	fclose(stat);
}

static void report(void)
{
	for (const struct event *event = events; event < events + EVENTS; event++) {
		long long sum;

		if (!is_there(event))
			continue;
		if (!entries(event, 0, &sum))
			fail(event->name);
		for (int cpu = 0; entries(event, cpu, &sum); cpu++)
			counted(event->name, cpu, sum);
	}
	report_secondaries();
	report_steal();
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "begin")) {
		begin();
	} else if (argc == 2 && !strcmp(argv[1], "report")) {
		report();
	} else {
		fprintf(stderr, "usage: counts begin|report\n");
		return EXIT_USAGE;
	}
	return EXIT_SUCCESS;
}
