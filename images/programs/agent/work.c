// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "work.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>

#include "cpus.h"
#include "report.h"

struct worker {
	pthread_t thread;
	bool started;
	long long want, count;
	/* The CPU that it found itself on when it had counted. */
	int cpu;
};

static void *count_up(void *argument)
{
	struct worker *worker = argument;
	long long count = 0;

	while (count < worker->want) {
		count++;
		/* The compiler must not replace the loop by its result. */
		asm volatile("" : "+r"(count));
	}
	worker->count = count;
	worker->cpu = sched_getcpu();
	return NULL;
}

/* Born on its CPU: it never runs anywhere else. */
static void start(struct worker *worker, int cpu)
{
	pthread_attr_t attributes;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	pthread_attr_init(&attributes);
	pthread_attr_setaffinity_np(&attributes, sizeof(set), &set);
	errno = pthread_create(&worker->thread, &attributes, count_up, worker);
	worker->started = !errno;
	if (errno)
		report_errno("pthread_create");
	pthread_attr_destroy(&attributes);
}

static bool finish(struct worker *worker, int cpu)
{
	if (!worker->started)
		return false;
	pthread_join(worker->thread, NULL);
	report_work(cpu, worker->count, worker->want);
	if (worker->cpu != cpu)
		report_problem("work for CPU %d was done by CPU %d", cpu, worker->cpu);
	return worker->count == worker->want && worker->cpu == cpu;
}

int work_run(long long want)
{
	static struct worker workers[CPUS_MAX];
	static struct cpus online;
	int code = 0;

	if (!cpus_read("online", &online))
		return 1;
	for (int i = 0; i < online.count; i++) {
		workers[i] = (struct worker){ .want = want };
		start(&workers[i], online.list[i]);
	}
	for (int i = 0; i < online.count; i++)
		if (!finish(&workers[i], online.list[i]))
			code = 1;
	return code;
}
