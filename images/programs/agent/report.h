/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REPORT_H
#define REPORT_H

#include "cpus.h"

/* What the agent says on its console, a frame each: see images/README.md. */

/* The name to report as, "host" or "guest0"; kept, not copied. "host" until this is called. */
void report_as(const char *who);
const char *report_who(void);

void report_up(int cpus, const char *kernel);
void report_begin(const char *step);
void report_end(const char *step, int code);
void report_online(const struct cpus *cpus);
void report_work(int cpu, long long count, long long want);

/* What became of a busy process's timer: how often it expired, and how late the process was told of that. */
struct busy_timer_report {
	long long expiries;
	long long worst_ns, mean_ns;
};

void report_busy(int cpu, long long count, long long wrong, const struct busy_timer_report *timer);

void report_act(int number, const char *what, const char *answer);
void report_ended(int guest, int threads, int right, int code, const char *why);
void report_secondary(int cpu, long long cedes, long long returns);
void report_kernel_message(int level, const char *line);
void report_done(int failed);

/* A line that a program printed; a long one in several frames. SOURCE stands before it, unless it is NULL. */
void report_output(const char *source, const char *line);

/* Something that the agent itself has to say: an output line of the source "agent". */
__attribute__((format(printf, 1, 2)))
void report_problem(const char *format, ...);

/* WHAT failed, by the name of errno: "/dev/kmsg: ENOENT". */
void report_errno(const char *what);

/* A line that is passed on as it is, behind PREFIX. */
void report_verbatim(const char *prefix, const char *line);

#endif
