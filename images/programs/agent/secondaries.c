// SPDX-License-Identifier: GPL-2.0-or-later
#include "secondaries.h"

#include <stdio.h>
#include <string.h>

#include "files.h"
#include "report.h"

#define PAGE "/sys/kernel/debug/powerpc/kvm_secondaries"
#define HEADING "cpu cedes returns "

bool secondaries_parse(const char *text, struct secondaries *secondaries)
{
	secondaries->count = 0;
	if (strncmp(text, HEADING, strlen(HEADING)))
		return false;
	while ((text = strchr(text, '\n')) && *++text) {
		struct secondary *next = &secondaries->list[secondaries->count];

		if (secondaries->count == CPUS_MAX ||
		    sscanf(text, "%d %lld %lld ", &next->cpu, &next->cedes, &next->returns) != 3)
			return false;
		secondaries->count++;
	}
	/* Without the last line's end it was cut. */
	return text;
}

bool secondaries_read(struct secondaries *secondaries)
{
	static char text[1 << 16];

	if (!file_read(PAGE, text, sizeof(text)))
		return false;
	if (secondaries_parse(text, secondaries))
		return true;
	report_problem("%s: not what this program knows: %.200s", PAGE, text);
	return false;
}

bool secondary_is_away(int cpu)
{
	static struct secondaries all;

	if (!secondaries_read(&all))
		return false;
	for (int i = 0; i < all.count; i++)
		if (all.list[i].cpu == cpu)
			return all.list[i].cedes != all.list[i].returns;
	return false;
}
