/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef COMMAND_LINE_H
#define COMMAND_LINE_H

#include <stdbool.h>
#include <stddef.h>

/* The longest kernel command line of powerpc (COMMAND_LINE_SIZE), with the end of the string. */
#define COMMAND_LINE_MAX 2048

/*
 * Finds the word NAME=VALUE in a kernel command line and copies VALUE. The last one counts, as for the kernel. False,
 * and VALUE empty, where there is none.
 */
bool command_line_find(const char *command_line, const char *name, char value[COMMAND_LINE_MAX]);

#endif
