// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "busy.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cpus.h"
#include "report.h"

/* What a process tells the agent, in memory that both have. A cache line each. */
struct progress {
	/* Rounds done, and rounds among them that came out wrong or were done by another CPU. */
	long long rounds, wrong;
} __attribute__((aligned(128)));

static struct busy {
	int cpu;
	pid_t pid;
	struct progress *progress;
	struct progress marked;
} tasks[CPUS_MAX];

static int task_count;
static long long round_size;

/*
 * Two registers count against each other, so that either shows what befell the other. The compiler must not replace the loop by its
 * result.
 */
static bool count_one_round(void)
{
	long long up = 0, down = round_size;

	while (down > 0) {
		up++;
		down--;
		asm volatile("" : "+r"(up), "+r"(down));
	}
	return up == round_size && !down;
}

static void count_for_ever(const struct busy *task)
{
	struct progress *progress = task->progress;

	for (;;) {
		if (!count_one_round() || sched_getcpu() != task->cpu)
			__atomic_fetch_add(&progress->wrong, 1, __ATOMIC_RELAXED);
		__atomic_fetch_add(&progress->rounds, 1, __ATOMIC_RELEASE);
	}
}

static bool start(struct busy *task)
{
	cpu_set_t set;

	task->pid = fork();
	if (task->pid < 0)
		report_errno("fork");
	if (task->pid)
		return task->pid > 0;
	CPU_ZERO(&set);
	CPU_SET(task->cpu, &set);
	prctl(PR_SET_NAME, "busy");
	if (!sched_setaffinity(0, sizeof(set), &set))
		count_for_ever(task);
	/* That it has ended is reported. */
	_exit(1);
}

static struct progress read_progress(const struct busy *task)
{
	struct progress now;

	now.rounds = __atomic_load_n(&task->progress->rounds, __ATOMIC_ACQUIRE);
	now.wrong = __atomic_load_n(&task->progress->wrong, __ATOMIC_RELAXED);
	return now;
}

static bool has_ended(const struct busy *task)
{
	/* Also an error: whoever collects orphans has been faster. */
	return waitpid(task->pid, NULL, WNOHANG) != 0;
}

int busy_run(long long round)
{
	static struct cpus online;
	struct progress *shared;

	if (task_count) {
		report_problem("the secondary threads are busy already");
		return 1;
	}
	if (!cpus_read("online", &online))
		return 1;
	shared = mmap(NULL, online.count * sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED) {
		report_errno("mmap");
		return 1;
	}
	round_size = round;
	for (int i = 0; i < online.count; i++) {
		struct busy *task = &tasks[task_count];
		bool primary;

		if (!cpu_is_primary(online.list[i], &primary))
			return 1;
		if (primary)
			continue;
		*task = (struct busy){ .cpu = online.list[i], .progress = &shared[i] };
		if (!start(task))
			return 1;
		task_count++;
	}
	if (!task_count)
		report_problem("no secondary thread is online");
	return !task_count;
}

void busy_mark(void)
{
	for (int i = 0; i < task_count; i++)
		tasks[i].marked = read_progress(&tasks[i]);
}

int busy_report(void)
{
	int code = 0;

	for (int i = 0; i < task_count; i++) {
		struct progress now = read_progress(&tasks[i]);
		long long rounds = now.rounds - tasks[i].marked.rounds;

		report_busy(tasks[i].cpu, rounds * round_size, now.wrong);
		if (!rounds || now.wrong)
			code = 1;
		if (has_ended(&tasks[i])) {
			report_problem("the busy process of CPU %d has ended", tasks[i].cpu);
			code = 1;
		}
	}
	return code;
}
