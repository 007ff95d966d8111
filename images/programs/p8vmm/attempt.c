// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "attempt.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void fail(struct failure *failure, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	vsnprintf(failure->text, sizeof(failure->text), format, values);
	va_end(values);
}

long attempt(long result, const char *what, struct failure *failure)
{
	if (result < 0)
		fail(failure, "%s: %s", what, strerrorname_np(errno) ?: "unknown error");
	return result;
}
