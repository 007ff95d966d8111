/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel's selftests have in tools/testing/selftests/powerpc, as far as the series' own needs it: that of the kernel
 * takes half a dozen files along. A test that is skipped ends with 4, as kselftest.h has it.
 */
#ifndef UTILS_H
#define UTILS_H

#include <stdio.h>

#define EXIT_SKIPPED 4
#define SKIPPED (-EXIT_SKIPPED)

#define FAIL_IF(condition)                                                     \
	do {                                                                   \
		if (condition) {                                               \
			fprintf(stderr, "line %d: FAIL_IF(%s)\n", __LINE__, #condition); \
			return 1;                                              \
		}                                                              \
	} while (0)

#define SKIP_IF(condition)                                                     \
	do {                                                                   \
		if (condition) {                                               \
			fprintf(stderr, "line %d: SKIP_IF(%s)\n", __LINE__, #condition); \
			return SKIPPED;                                        \
		}                                                              \
	} while (0)

/* Runs TEST, which returns 0, SKIPPED or anything else for a failure, in a child. Returns the exit status. */
int test_harness(int (*test)(void), const char *name);

#endif
