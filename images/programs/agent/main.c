// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /init of the host and of its guests: runs the steps that the kernel command line names, reports them on the console,
 * and turns the machine off. Where it names none, somebody sits at the console and gets a shell. Nothing that it prints depends on time, addresses or process numbers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "busy.h"
#include "chaos.h"
#include "child.h"
#include "command_line.h"
#include "cpus.h"
#include "files.h"
#include "guests.h"
#include "kernel_log.h"
#include "machine.h"
#include "online.h"
#include "program.h"
#include "report.h"
#include "shell.h"
#include "steps.h"
#include "subcores.h"
#include "work.h"

static int run_counter(const struct step *step)
{
	char threads[32], count[32];
	char *arguments[] = { "/bin/p8vmm", threads, count, NULL };

	snprintf(threads, sizeof(threads), "%lld", step->threads);
	snprintf(count, sizeof(count), "%lld", step->count);
	return program_run(arguments);
}

static int run_idle(long long seconds)
{
	struct timespec rest = { .tv_sec = seconds };

	while (nanosleep(&rest, &rest))
		;
	return 0;
}

/* Runs guests, and tells what the secondary threads have done for the host meanwhile. */
static int beside_busy(int (*guests)(const struct step *step), const struct step *step)
{
	int code, busy;

	busy_mark();
	code = guests(step);
	busy = busy_report();
	return code ?: busy;
}

static int run(const struct step *step)
{
	switch (step->kind) {
	case STEP_SUBCORES:
		return subcores_run(step->subcores);
	case STEP_ONLINE:
		return online_run(step->all);
	case STEP_WORK:
		return work_run(step->count);
	case STEP_BUSY:
		return busy_run(step->count, step->timer_us == STEP_NO_TIMER ? 0 : step->timer_us);
	case STEP_COUNTER:
		return beside_busy(run_counter, step);
	case STEP_GUEST:
		return beside_busy(guests_run, step);
	case STEP_CHAOS:
		return chaos_run(step->seed, step->acts, step->device_share, step->seconds);
	case STEP_EXEC:
		return program_run(step->arguments);
	case STEP_IDLE:
		return run_idle(step->seconds);
	}
	abort();
}

static void report_start(void)
{
	static struct cpus online;
	struct utsname kernel = { .release = "" };

	if (!cpus_read("online", &online))
		online.count = 0;
	uname(&kernel);
	report_up(online.count, kernel.release);
	kernel_log_report();
}

/* Returns how many steps failed: one at most, since the first that does is the last. */
static int run_steps(const char *list)
{
	static struct step steps[STEPS_MAX];
	static struct step_error error;
	int count = steps_parse(list, steps, &error);

	if (count < 0) {
		report_problem("p8smt.steps: %s", error.text);
		return 1;
	}
	for (int i = 0; i < count; i++) {
		int code;

		report_begin(steps[i].text);
		code = run(&steps[i]);
		children_reap_orphans();
		kernel_log_report();
		report_end(steps[i].text, code);
		if (code)
			return 1;
	}
	return 0;
}

int main(void)
{
	static char command_line[COMMAND_LINE_MAX], role[COMMAND_LINE_MAX], list[COMMAND_LINE_MAX];
	int failed = 1;

	if (getpid() != 1) {
		fprintf(stderr, "init: this is for process 1 of an image of p8smt\n");
		return 1;
	}
	machine_set_up();
	kernel_log_open();
	if (file_read("/proc/cmdline", command_line, sizeof(command_line))) {
		if (command_line_find(command_line, "p8smt.role", role))
			report_as(role);
		report_start();
		if (command_line_find(command_line, "p8smt.steps", list))
			failed = run_steps(list);
		else
			failed = shell_run();
	}
	kernel_log_report();
	report_done(failed);
	machine_power_off();
}
