/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GUESTS_H
#define GUESTS_H

#include "steps.h"

/*
 * Runs a step's guests, all at once. Returns 0 if every VMM exited with 0 and every guest reported that it was done
 * with no step failed; else the code of the first VMM that failed, or 1.
 */
int guests_run(const struct step *step);

#endif
