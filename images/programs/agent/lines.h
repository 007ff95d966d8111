/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LINES_H
#define LINES_H

#include <stddef.h>

#include "../common/frame.h"

/* Cuts a stream of bytes into lines. One that is longer than any frame comes in pieces. */
struct lines {
	/* Called for each line, without its end. */
	void (*line)(void *context, const char *line);
	void *context;

	size_t used;
	char buffer[FRAME_LINE_MAX];
};

/* Takes SIZE bytes more. Carriage returns, which terminals add, and zero bytes are dropped. */
void lines_feed(struct lines *lines, const char *bytes, size_t size);

/* The stream is over: what came after the last line's end is a line as well. */
void lines_end(struct lines *lines);

#endif
