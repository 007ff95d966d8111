/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CHILD_H
#define CHILD_H

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#include "lines.h"

/* Most children that run at once: a step's guests. */
#define CHILDREN_MAX 8

/* A program that a step runs. Its output comes here line by line; it reads nothing. */
struct child {
	/* Called for each line that it prints, with CONTEXT. */
	void (*output)(void *context, const char *line);
	void (*errors)(void *context, const char *line);
	void *context;

	pid_t pid;
	/* A descriptor that can be polled for its end. */
	int pidfd;
	struct stream {
		int fd;
		struct lines lines;
	} streams[2];
	/* Its exit status, 128 and the signal that ended it, 127 if it could not be started. */
	int code;
};

/* Starts ARGUMENTS[0], a path. False, and reported, where that fails; code is then set. */
bool child_start(struct child *child, char *const arguments[]);

/* Whether it was started and its end has not been seen yet. */
bool child_runs(const struct child *child);

/*
 * Waits until one of COUNT children that were started prints something or ends, passes that on, and sets the code of those that
 * ended. False if nothing came for as long as PATIENCE, which is for ever if it is NULL; may be true for nothing.
 */
bool children_attend(struct child *children[], int count, const struct timespec *patience);

/* Passes on what COUNT started children print until all have ended, and sets their codes. */
void children_wait(struct child *children[], int count);

/* Takes leave of orphans that have ended. The init process inherits them. */
void children_reap_orphans(void);

#endif
