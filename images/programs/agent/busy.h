/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BUSY_H
#define BUSY_H

/*
 * Starts a process on every secondary thread that is online, tied to it, that counts to ROUND again and again for as long as
 * the machine runs. TIMER_US: as of busy_timer(). Returns 0, or 1, reported, if that fails or no secondary is online.
 */
int busy_run(long long round, int timer_us);

/* How many of these processes there are. */
int busy_count(void);

/* From now on is what busy_report() tells about. */
void busy_mark(void);

/*
 * Reports for each of these processes how far it has counted since busy_mark(), and what became of its timer. Returns 0 if each
 * has counted on, right, on the CPU that it was tied to, in a time that went forward, or if there are none; else 1.
 */
int busy_report(void);

/* Process number TASK, from 0, is tied to another CPU from now on. Returns 0, or an errno, and then it stays where it was. */
int busy_move(int task, int cpu);

/* It is tied to the CPU that it was started on again. */
int busy_move_home(int task);

/* CPU is about to go offline: its processes may run anywhere until busy_tie(). */
void busy_loosen(int cpu);

/* CPU is online again: its processes are tied to it again. Returns 0 or an errno. */
int busy_tie(int cpu);

/*
 * A timer expires in process TASK, again and again MICROSECONDS after the last time, from its next round on, on the CPU that it
 * is on then; 0: none does.
 */
void busy_timer(int task, int microseconds);

/* Waits until each process has done a round more, from its beginning, and has had a timer's signal more if it has a timer. */
void busy_await(void);

#endif
