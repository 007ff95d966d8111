/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RANDOM_H
#define RANDOM_H

#include <stdbool.h>
#include <stdint.h>

/* A stream of numbers that follows from its seed alone: the same on every machine. Not for secrets. */
struct random {
	uint64_t state;
};

void random_seed(struct random *random, uint64_t seed);

/* From 0 to LIMIT - 1, LIMIT from 1 to 2^31 - 1. */
int random_below(struct random *random, int limit);

/* True PERCENT times of a hundred. */
bool random_chance(struct random *random, int percent);

#endif
