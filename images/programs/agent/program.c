// SPDX-License-Identifier: GPL-2.0-or-later
#include "program.h"

#include <stddef.h>

#include "child.h"
#include "report.h"

static void pass_on(void *context, const char *line)
{
	(void)context;
	if (frame_is_whole(line))
		report_verbatim("", line);
	else
		report_output(NULL, line);
}

int program_run(char *const arguments[])
{
	static struct child child;
	struct child *children[] = { &child };

	child.output = pass_on;
	child.errors = pass_on;
	if (child_start(&child, arguments))
		children_wait(children, 1);
	return child.code;
}
