/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BUSY_H
#define BUSY_H

/*
 * Starts a process on every secondary thread that is online, tied to it, that counts to ROUND again and again for as long as
 * the machine runs. Returns 0, or 1, reported, if that fails or no secondary is online.
 */
int busy_run(long long round);

/* From now on is what busy_report() tells about. */
void busy_mark(void);

/*
 * Reports for each of these processes how far it has counted since busy_mark(). Returns 0 if each has counted on, right, on its
 * own CPU, or if there are none; else 1.
 */
int busy_report(void);

#endif
