// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../common/frame.h"
#include "../common/write_all.h"

static const char *self = "host";
/* Too big for the stack of a thread; only the main thread reports. */
static struct frame frame;

void report_as(const char *who)
{
	self = who;
}

const char *report_who(void)
{
	return self;
}

/* A console that takes no more leaves nobody to tell: whoever drives the run misses the frames. */
static void send(void)
{
	frame_send(&frame, STDOUT_FILENO);
}

void report_up(int cpus, const char *kernel)
{
	frame_begin(&frame, "up", self);
	frame_number(&frame, "cpus", cpus);
	frame_text(&frame, "kernel", kernel);
	send();
}

void report_begin(const char *step)
{
	frame_begin(&frame, "begin", self);
	frame_text(&frame, "step", step);
	send();
}

void report_end(const char *step, int code)
{
	frame_begin(&frame, "end", self);
	frame_text(&frame, "step", step);
	frame_number(&frame, "code", code);
	send();
}

void report_online(const struct cpus *cpus)
{
	frame_begin(&frame, "online", self);
	frame_numbers(&frame, "cpus", cpus->list, cpus->count);
	send();
}

void report_work(int cpu, long long count, long long want)
{
	frame_begin(&frame, "work", self);
	frame_number(&frame, "cpu", cpu);
	frame_number(&frame, "count", count);
	frame_number(&frame, "want", want);
	send();
}

void report_busy(int cpu, long long count, long long wrong, const struct busy_timer_report *timer)
{
	frame_begin(&frame, "busy", self);
	frame_number(&frame, "cpu", cpu);
	frame_number(&frame, "count", count);
	frame_number(&frame, "wrong", wrong);
	frame_number(&frame, "expiries", timer->expiries);
	frame_number(&frame, "late_ns", timer->mean_ns);
	frame_number(&frame, "latest_ns", timer->worst_ns);
	send();
}

void report_act(int number, const char *what, const char *answer)
{
	frame_begin(&frame, "act", self);
	frame_number(&frame, "number", number);
	frame_text(&frame, "what", what);
	frame_text(&frame, "answer", answer);
	send();
}

void report_ended(int guest, int threads, int right, int code, const char *why)
{
	frame_begin(&frame, "ended", self);
	frame_number(&frame, "guest", guest);
	frame_number(&frame, "threads", threads);
	frame_number(&frame, "right", right);
	frame_number(&frame, "code", code);
	frame_text(&frame, "why", why);
	send();
}

void report_secondary(int cpu, long long cedes, long long returns)
{
	frame_begin(&frame, "secondary", self);
	frame_number(&frame, "cpu", cpu);
	frame_number(&frame, "cedes", cedes);
	frame_number(&frame, "returns", returns);
	send();
}

void report_kernel_message(int level, const char *line)
{
	frame_begin(&frame, "kmsg", self);
	frame_number(&frame, "level", level);
	frame_text(&frame, "line", line);
	send();
}

void report_done(int failed)
{
	frame_begin(&frame, "done", self);
	frame_number(&frame, "failed", failed);
	send();
}

void report_output(const char *source, const char *line)
{
	char piece[FRAME_TEXT_MAX + 1];

	do {
		int size = snprintf(piece, sizeof(piece), "%s%s", source ?: "", source ? ": " : "");
		size_t part = strnlen(line, FRAME_TEXT_MAX - size);

		snprintf(piece + size, sizeof(piece) - size, "%.*s", (int)part, line);
		line += part;
		frame_begin(&frame, "out", self);
		frame_text(&frame, "line", piece);
		send();
	} while (*line);
}

void report_problem(const char *format, ...)
{
	char text[2 * FRAME_TEXT_MAX];
	va_list values;

	va_start(values, format);
	vsnprintf(text, sizeof(text), format, values);
	va_end(values);
	report_output("agent", text);
}

void report_errno(const char *what)
{
	report_problem("%s: %s", what, strerrorname_np(errno) ?: "unknown error");
}

void report_verbatim(const char *prefix, const char *line)
{
	static char text[2 * FRAME_LINE_MAX];
	int size = snprintf(text, sizeof(text), "%s%s\n", prefix, line);

	write_all(STDOUT_FILENO, text, size);
}
