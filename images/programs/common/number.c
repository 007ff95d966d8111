// SPDX-License-Identifier: GPL-2.0-or-later
#include "number.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool number_parse(const char *text, long long low, long long high, long long *number)
{
	/* strtoll() alone would take blanks and signs. */
	if (!*text || text[strspn(text, "0123456789")])
		return false;
	errno = 0;
	*number = strtoll(text, NULL, 10);
	return !errno && *number >= low && *number <= high;
}
