/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TASKS_H
#define TASKS_H

#include <stdbool.h>
#include <sys/types.h>

#include "cpus.h"

/* Lists the tasks (threads) of a process, at most MOST, in ascending order. Returns how many there are, 0 if it has ended. */
int tasks_list(pid_t process, pid_t tasks[], int most);

/*
 * Reads from the text of /proc/PID/status to which CPUs the kernel confines a task for what it does ("Cpus_system_list").
 * False if it does not say.
 */
bool tasks_confinement_parse(const char *status, struct cpus *cpus);

/* The same of a task. False if it has ended, or the kernel does not say. */
bool tasks_confinement(pid_t process, pid_t task, struct cpus *cpus);

/* Reads from the text of /proc/PID/task/PID/stat whether the task is on its way out. False if it does not say. */
bool tasks_exiting_parse(const char *stat);

/* Whether a task has ended or is on its way out: it gives up what it has open there, and does no more for the kernel. */
bool tasks_exiting(pid_t process, pid_t task);

#endif
