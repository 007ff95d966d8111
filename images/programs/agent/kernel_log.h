/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KERNEL_LOG_H
#define KERNEL_LOG_H

#include <stdbool.h>

/* What /dev/kmsg gives for one message. */
struct kernel_message {
	/* 0 (emergency) to 7 (debug). */
	int level;
	char *line;
};

/* Takes a record of /dev/kmsg apart, in place. False if it is none. */
bool kernel_message_parse(char *record, struct kernel_message *message);

/* From here on the console gets errors and worse only, and an Oops whole; call once /dev is there. */
void kernel_log_open(void);

/*
 * From here on errors and alerts come as frames only, too: for steps that make some happen while frames are sent, such as
 * a VMM's allocation that a SIGKILL ends (__cma_alloc()), or beside which modules say much (rcutorture's words are alerts).
 */
void kernel_log_quieten(void);

/* Reports the messages of level warning or worse that have come since the last time. */
void kernel_log_report(void);

#endif
