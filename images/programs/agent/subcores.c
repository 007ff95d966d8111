// SPDX-License-Identifier: GPL-2.0-or-later
#include "subcores.h"

#include <stdio.h>

#include "files.h"

/* arch/powerpc/platforms/powernv/subcore.c; other machines do not have it. */
#define FILE_NAME "/sys/devices/system/cpu/subcores_per_core"

int subcores_run(long long count)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", count);
	return !file_write(FILE_NAME, text);
}

int subcores(void)
{
	char text[32];
	int count;

	if (file_get(FILE_NAME, text, sizeof(text)) || sscanf(text, "%d", &count) != 1 || count < 1)
		return 1;
	return count;
}
