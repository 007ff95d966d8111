// SPDX-License-Identifier: GPL-2.0-or-later
#include "utils.h"

int test_harness(int (*test)(void), const char *name)
{
	int result = test();

	printf("%s: %s\n", name, result == SKIPPED ? "skipped" : result ? "failed" : "passed");
	return result == SKIPPED ? EXIT_SKIPPED : result ? 1 : 0;
}
