/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ONLINE_H
#define ONLINE_H

#include <stdbool.h>

/*
 * Brings all threads online, or, unless ALL, the first of each core only. Reports which are online then. Returns 0 if
 * they are those that were asked for, else 1.
 */
int online_run(bool all);

#endif
