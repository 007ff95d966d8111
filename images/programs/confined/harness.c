// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "utils.h"

static int in_child(int (*test)(void))
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		status = test();
		_exit(status == SKIPPED ? EXIT_SKIPPED : status ? 1 : 0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return 1;
	return WEXITSTATUS(status);
}

int test_harness(int (*test)(void), const char *name)
{
	int result = in_child(test);

	printf("%s: %s\n", name, result == EXIT_SKIPPED ? "skipped" : result ? "failed" : "passed");
	return result;
}
