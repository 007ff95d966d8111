// SPDX-License-Identifier: GPL-2.0-or-later
#include "lines.h"

static void flush(struct lines *lines)
{
	lines->buffer[lines->used] = 0;
	lines->used = 0;
	lines->line(lines->context, lines->buffer);
}

void lines_feed(struct lines *lines, const char *bytes, size_t size)
{
	for (; size--; bytes++) {
		if (*bytes == '\n') {
			flush(lines);
			continue;
		}
		if (*bytes == '\r' || !*bytes)
			continue;
		if (lines->used == sizeof(lines->buffer) - 1)
			flush(lines);
		lines->buffer[lines->used++] = *bytes;
	}
}

void lines_end(struct lines *lines)
{
	if (lines->used)
		flush(lines);
}
