// SPDX-License-Identifier: GPL-2.0-or-later
#include "command_line.h"

#include <stdio.h>
#include <string.h>

#define BLANKS " \t\n"

bool command_line_find(const char *command_line, const char *name, char value[COMMAND_LINE_MAX])
{
	size_t name_size = strlen(name);
	bool found = false;

	*value = 0;
	for (const char *word = command_line; *(word += strspn(word, BLANKS)); word += strcspn(word, BLANKS)) {
		const char *start = word + name_size + 1;

		if (strncmp(word, name, name_size) || word[name_size] != '=')
			continue;
		snprintf(value, COMMAND_LINE_MAX, "%.*s", (int)strcspn(start, BLANKS), start);
		found = true;
	}
	return found;
}
