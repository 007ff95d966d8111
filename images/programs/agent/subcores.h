/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SUBCORES_H
#define SUBCORES_H

/*
 * Splits each core into COUNT sub-cores, 1, 2 or 4, until further notice: the kernel's "static split core". Returns 0, or 1
 * where the kernel refuses it, reported.
 */
int subcores_run(long long count);

/* How many sub-cores each core has now. */
int subcores(void);

#endif
