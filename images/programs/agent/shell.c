// SPDX-License-Identifier: GPL-2.0-or-later
#include "shell.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "report.h"

#define CONSOLE "/dev/hvc0"
#define SHELL "/bin/sh"

/* A session of its own with the console as its terminal, so that ^C reaches what runs and not this program. */
static void become_shell(void)
{
	char *arguments[] = { "-sh", NULL };
	char *environment[] = { "PATH=/usr/bin:/bin:/usr/sbin:/sbin", "HOME=/root", "TERM=vt100", "PS1=p8smt# ", NULL };
	int console;

	setsid();
	console = open(CONSOLE, O_RDWR);
	if (console < 0 || ioctl(console, TIOCSCTTY, 1))
		return;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		dup2(console, fd);
	execve(SHELL, arguments, environment);
}

int shell_run(void)
{
	pid_t shell = fork();
	int status;

	if (shell < 0) {
		report_errno("fork");
		return 1;
	}
	if (!shell) {
		become_shell();
		report_errno(SHELL);
		_exit(1);
	}
	while (waitpid(shell, &status, 0) != shell)
		;
	return !WIFEXITED(status);
}
