// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "report.h"

#define CODE_NOT_STARTED 127
#define CODE_SIGNAL 128
#define CLOSED (-1)

static bool spawn(struct child *child, char *const arguments[], const int ends[2])
{
	char who[64];
	char *environment[] = { "PATH=/usr/bin:/bin:/usr/sbin:/sbin", "HOME=/", who, NULL };
	posix_spawn_file_actions_t actions;

	snprintf(who, sizeof(who), "P8SMT_WHO=%s", report_who());
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, ends[0], STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
	errno = posix_spawn(&child->pid, arguments[0], &actions, NULL, arguments, environment);
	posix_spawn_file_actions_destroy(&actions);
	if (errno)
		report_errno(arguments[0]);
	return !errno;
}

/* A pipe whose reading end does not block: a stream may be empty when its program has ended. */
static bool open_stream(struct stream *stream, int *writing_end)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC)) {
		report_errno("pipe2");
		return false;
	}
	if (fcntl(ends[0], F_SETFL, O_NONBLOCK))
		report_errno("O_NONBLOCK");
	stream->fd = ends[0];
	*writing_end = ends[1];
	return true;
}

static void close_stream(struct stream *stream)
{
	if (stream->fd == CLOSED)
		return;
	lines_end(&stream->lines);
	close(stream->fd);
	stream->fd = CLOSED;
}

bool child_runs(const struct child *child)
{
	return child->pidfd != CLOSED;
}

bool child_start(struct child *child, char *const arguments[])
{
	int ends[2] = { CLOSED, CLOSED };
	bool started;

	child->code = CODE_NOT_STARTED;
	child->pidfd = CLOSED;
	for (int i = 0; i < 2; i++) {
		child->streams[i].fd = CLOSED;
		child->streams[i].lines.used = 0;
		child->streams[i].lines.line = i ? child->errors : child->output;
		child->streams[i].lines.context = child->context;
	}
	started = open_stream(&child->streams[0], &ends[0]) && open_stream(&child->streams[1], &ends[1]) &&
		  spawn(child, arguments, ends);
	for (int i = 0; i < 2; i++) {
		if (ends[i] != CLOSED)
			close(ends[i]);
		if (!started)
			close_stream(&child->streams[i]);
	}
	if (!started)
		return false;
	child->pidfd = pidfd_open(child->pid, 0);
	if (child->pidfd < 0) {
		/* Without it nobody would see the end. Every kernel since 5.3 has it. */
		report_errno("pidfd_open");
		abort();
	}
	return true;
}

/* Reads what is there. An orphan may hold the other end, so the end of the stream is not waited for. */
static void read_stream(struct stream *stream)
{
	static char bytes[1 << 16];

	while (stream->fd != CLOSED) {
		ssize_t size = read(stream->fd, bytes, sizeof(bytes));

		if (size > 0)
			lines_feed(&stream->lines, bytes, size);
		else if (size < 0 && errno == EINTR)
			continue;
		else if (size < 0 && errno == EAGAIN)
			return;
		else
			close_stream(stream);
	}
}

static void finish(struct child *child)
{
	int status;

	for (int i = 0; i < 2; i++) {
		read_stream(&child->streams[i]);
		close_stream(&child->streams[i]);
	}
	close(child->pidfd);
	child->pidfd = CLOSED;
	if (waitpid(child->pid, &status, 0) < 0)
		report_errno("waitpid");
	else
		child->code = WIFSIGNALED(status) ? CODE_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
}

bool children_attend(struct child *children[], int count, const struct timespec *patience)
{
	/* Three a child: its two streams and its end. poll() passes over those that are closed. */
	struct pollfd polled[3 * CHILDREN_MAX];

	for (int i = 0; i < count; i++) {
		polled[3 * i] = (struct pollfd){ .fd = children[i]->streams[0].fd, .events = POLLIN };
		polled[3 * i + 1] = (struct pollfd){ .fd = children[i]->streams[1].fd, .events = POLLIN };
		polled[3 * i + 2] = (struct pollfd){ .fd = children[i]->pidfd, .events = POLLIN };
	}
	if (ppoll(polled, 3 * count, patience, NULL) <= 0)
		return false;
	for (int i = 0; i < count; i++) {
		if (polled[3 * i].revents)
			read_stream(&children[i]->streams[0]);
		if (polled[3 * i + 1].revents)
			read_stream(&children[i]->streams[1]);
		if (polled[3 * i + 2].revents)
			finish(children[i]);
	}
	return true;
}

static bool any_runs(struct child *children[], int count)
{
	for (int i = 0; i < count; i++)
		if (child_runs(children[i]))
			return true;
	return false;
}

void children_wait(struct child *children[], int count)
{
	while (any_runs(children, count))
		children_attend(children, count, NULL);
}

void children_reap_orphans(void)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}
