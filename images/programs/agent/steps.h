/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STEPS_H
#define STEPS_H

#include <stdbool.h>

#include "command_line.h"

enum step_kind {
	STEP_SUBCORES,
	STEP_ONLINE,
	STEP_WORK,
	STEP_BUSY,
	STEP_COUNTER,
	STEP_GUEST,
	STEP_CHAOS,
	STEP_EXEC,
	STEP_IDLE,
};

/* Most words of one step: enough for the command line of any test program. */
#define STEP_WORDS_MAX 64
#define STEPS_MAX 32
/* The seconds of a step that ends when all is done. */
#define STEP_AT_ONCE (-1)
/* The microseconds of a timer that there is none of. */
#define STEP_NO_TIMER (-1)

/* One step of `p8smt.steps`. What its kind does not use is 0. */
struct step {
	enum step_kind kind;
	/* As given, for the frames. */
	char text[COMMAND_LINE_MAX];

	bool all;
	long long threads;
	long long memory_mb;
	long long count;
	/* Of the timer that busy processes have. */
	long long timer_us;
	long long guests;
	/* The oldest processor that a guest shall see: 7 or 8, of POWER. */
	long long power;
	long long subcores;
	long long seconds;
	long long seed;
	long long acts;
	/* Of a hundred acts. */
	long long device_share;
	/* The program to execute and its arguments, NULL after the last. */
	char *arguments[STEP_WORDS_MAX + 1];

	/* What the arguments point into. */
	char words[COMMAND_LINE_MAX];
};

/* What is wrong with a step, with the step itself and what would be right. */
struct step_error {
	char text[2 * COMMAND_LINE_MAX];
};

/*
 * Reads LIST, steps separated by commas, into STEPS. Returns how many there are, or -1 with ERROR. An empty list
 * has none.
 */
int steps_parse(const char *list, struct step steps[STEPS_MAX], struct step_error *error);

#endif
