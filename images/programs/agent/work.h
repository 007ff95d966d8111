/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WORK_H
#define WORK_H

/*
 * Counts to WANT on every CPU that is online, on all of them at once, and reports for each. Returns 0 if each counted
 * right on its own CPU, else 1.
 */
int work_run(long long want);

#endif
