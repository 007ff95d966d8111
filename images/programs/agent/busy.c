// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "busy.h"

#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "busy_task.h"
#include "cpus.h"
#include "report.h"

#define ANYWHERE (-1)

static struct busy {
	/* Where it was started, and where it is to be while that is online. */
	int home, cpu;
	pid_t pid;
	struct busy_shared *shared;
	/* What there was at busy_mark(). */
	long long marked, expired, late;
} tasks[CPUS_MAX];

static int task_count;
static long long round_size;

static void set_place(const struct busy *task, int cpu)
{
	uint64_t changes = busy_place_changes(task->shared->place) + 1;

	__atomic_store_n(&task->shared->place, busy_place(changes, cpu), __ATOMIC_RELEASE);
}

/* When it returns 0 the process is there. */
static int set_affinity(pid_t pid, int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(pid, sizeof(set), &set) ? errno : 0;
}

static bool start(struct busy *task)
{
	set_place(task, task->cpu);
	task->pid = fork();
	if (task->pid < 0)
		report_errno("fork");
	if (task->pid)
		return task->pid > 0;
	if (!set_affinity(0, task->cpu))
		busy_task(task->shared, round_size);
	/* That it has ended is reported. */
	_exit(1);
}

static bool has_ended(const struct busy *task)
{
	/* Also an error: whoever collects orphans has been faster. */
	return waitpid(task->pid, NULL, WNOHANG) != 0;
}

int busy_run(long long round, int timer_us)
{
	static struct cpus online;
	struct busy_shared *shared;

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
		*task = (struct busy){ .home = online.list[i], .cpu = online.list[i], .shared = &shared[i] };
		task->shared->interval = timer_us;
		if (!start(task))
			return 1;
		task_count++;
	}
	if (!task_count)
		report_problem("no secondary thread is online");
	return !task_count;
}

int busy_count(void)
{
	return task_count;
}

static long long rounds(const struct busy *task)
{
	return __atomic_load_n(&task->shared->rounds, __ATOMIC_ACQUIRE);
}

static long long late(const struct busy *task)
{
	return __atomic_load_n(&task->shared->late, __ATOMIC_RELAXED);
}

static long long expiries(const struct busy *task)
{
	return __atomic_load_n(&task->shared->expiries, __ATOMIC_ACQUIRE);
}

void busy_mark(void)
{
	for (int i = 0; i < task_count; i++) {
		tasks[i].marked = rounds(&tasks[i]);
		tasks[i].expired = expiries(&tasks[i]);
		tasks[i].late = late(&tasks[i]);
		__atomic_store_n(&tasks[i].shared->latest, 0, __ATOMIC_RELAXED);
	}
}

static struct busy_timer_report timer_since_mark(const struct busy *task)
{
	struct busy_timer_report timer = {
		.expiries = expiries(task) - task->expired,
		.worst_ns = __atomic_load_n(&task->shared->latest, __ATOMIC_RELAXED),
	};

	if (timer.expiries)
		timer.mean_ns = (late(task) - task->late) / timer.expiries;
	return timer;
}

int busy_report(void)
{
	int code = 0;

	for (int i = 0; i < task_count; i++) {
		long long done = rounds(&tasks[i]) - tasks[i].marked;
		long long wrong = __atomic_load_n(&tasks[i].shared->wrong, __ATOMIC_RELAXED);
		struct busy_timer_report timer = timer_since_mark(&tasks[i]);

		report_busy(tasks[i].home, done * round_size, wrong, &timer);
		if (!done || wrong)
			code = 1;
		if (has_ended(&tasks[i])) {
			report_problem("the busy process of CPU %d has ended", tasks[i].home);
			code = 1;
		}
	}
	return code;
}

int busy_move(int task, int cpu)
{
	struct busy *moved = &tasks[task];
	int before = busy_place_cpu(moved->shared->place), failed;

	set_place(moved, ANYWHERE);
	failed = set_affinity(moved->pid, cpu);
	if (!failed)
		moved->cpu = cpu;
	set_place(moved, failed ? before : cpu);
	return failed;
}

int busy_move_home(int task)
{
	return busy_move(task, tasks[task].home);
}

void busy_loosen(int cpu)
{
	for (int i = 0; i < task_count; i++)
		if (tasks[i].cpu == cpu)
			set_place(&tasks[i], ANYWHERE);
}

int busy_tie(int cpu)
{
	int failed = 0;

	for (int i = 0; i < task_count && !failed; i++)
		if (tasks[i].cpu == cpu)
			failed = busy_move(i, cpu);
	return failed;
}

void busy_timer(int task, int microseconds)
{
	__atomic_store_n(&tasks[task].shared->interval, microseconds, __ATOMIC_RELAXED);
}

static void await_one(struct busy_shared *shared)
{
	/* The round that it is in may have begun before. */
	long long round = __atomic_load_n(&shared->rounds, __ATOMIC_ACQUIRE) + 2;
	long long expiry = __atomic_load_n(&shared->expiries, __ATOMIC_ACQUIRE) + !!shared->interval;

	__atomic_store_n(&shared->awaited, 1, __ATOMIC_SEQ_CST);
	for (;;) {
		uint32_t beat = __atomic_load_n(&shared->beat, __ATOMIC_SEQ_CST);

		if (__atomic_load_n(&shared->rounds, __ATOMIC_ACQUIRE) >= round &&
		    __atomic_load_n(&shared->expiries, __ATOMIC_ACQUIRE) >= expiry)
			break;
		syscall(SYS_futex, &shared->beat, FUTEX_WAIT, beat, NULL, NULL, 0);
	}
	__atomic_store_n(&shared->awaited, 0, __ATOMIC_SEQ_CST);
}

void busy_await(void)
{
	for (int i = 0; i < task_count; i++)
		await_one(tasks[i].shared);
}
