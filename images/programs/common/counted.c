// SPDX-License-Identifier: GPL-2.0-or-later
#include "counted.h"

#include <stdlib.h>
#include <unistd.h>

#include "frame.h"

void counted(const char *what, int of, long long count)
{
	static struct frame frame;

	frame_begin(&frame, "counted", getenv("P8SMT_WHO") ?: "host");
	frame_text(&frame, "what", what);
	frame_number(&frame, "of", of);
	frame_number(&frame, "count", count);
	if (frame_send(&frame, STDOUT_FILENO))
		exit(EXIT_FAILURE);
}
