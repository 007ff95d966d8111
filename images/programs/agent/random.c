// SPDX-License-Identifier: GPL-2.0-or-later
#include "random.h"

void random_seed(struct random *random, uint64_t seed)
{
	random->state = seed;
}

/* SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014. Neighbouring seeds do. */
static uint64_t draw(struct random *random)
{
	uint64_t z = random->state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

int random_below(struct random *random, int limit)
{
	/* The upper half times the limit: no value is favoured by more than LIMIT in 2^32. */
	return (draw(random) >> 32) * limit >> 32;
}

bool random_chance(struct random *random, int percent)
{
	return random_below(random, 100) < percent;
}
