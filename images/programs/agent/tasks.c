// SPDX-License-Identifier: GPL-2.0-or-later
#include "tasks.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"

#define CONFINEMENT "\nCpus_system_list:\t"
/* Among the kernel's flags of a task: it exits. include/linux/sched.h. */
#define PF_EXITING 0x4

int tasks_list(pid_t process, pid_t tasks[], int most)
{
	char path[64];
	struct dirent *entry;
	int count = 0;
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%d/task", process);
	folder = opendir(path);
	/* procfs lists them in the order of their numbers. */
	while (folder && count < most && (entry = readdir(folder)))
		if (*entry->d_name != '.')
			tasks[count++] = atoi(entry->d_name);
	if (folder)
		closedir(folder);
	return count;
}

bool tasks_confinement_parse(const char *status, struct cpus *cpus)
{
	const char *line = strstr(status, CONFINEMENT);

	return line && cpus_parse(line + strlen(CONFINEMENT), cpus);
}

bool tasks_confinement(pid_t process, pid_t task, struct cpus *cpus)
{
	char path[64], status[8192];

	snprintf(path, sizeof(path), "/proc/%d/task/%d/status", process, task);
	return !file_get(path, status, sizeof(status)) && tasks_confinement_parse(status, cpus);
}

bool tasks_exiting_parse(const char *stat)
{
	/* Its name may be anything. State, parent, group, session, terminal and the terminal's group come before the flags. */
	const char *after_name = strrchr(stat, ')');
	unsigned int flags;

	return after_name && sscanf(after_name + 1, " %*c %*d %*d %*d %*d %*d %u", &flags) == 1 && flags & PF_EXITING;
}

bool tasks_exiting(pid_t process, pid_t task)
{
	char path[64], stat[1024];

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", process, task);
	return file_get(path, stat, sizeof(stat)) || tasks_exiting_parse(stat);
}
