/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel's selftests have in tools/testing/selftests/powerpc, as far as confined.c needs it: that of the kernel
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
			printf("line %d: FAIL_IF(%s)\n", __LINE__, #condition);  \
			return 1;                                              \
		}                                                              \
	} while (0)

#define SKIP_IF(condition)                                                     \
	do {                                                                   \
		if (condition) {                                               \
			printf("line %d: SKIP_IF(%s)\n", __LINE__, #condition);  \
			return SKIPPED;                                        \
		}                                                              \
	} while (0)

/* Runs TEST, which returns 0, SKIPPED or anything else for a failure. Returns the exit status. */
int test_harness(int (*test)(void), const char *name);

#endif
