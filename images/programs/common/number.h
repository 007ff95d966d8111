/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NUMBER_H
#define NUMBER_H

#include <stdbool.h>

/* Reads TEXT, decimal digits and nothing else, into NUMBER. False unless it is from LOW (0 or more) to HIGH. */
bool number_parse(const char *text, long long low, long long high, long long *number);

#endif
