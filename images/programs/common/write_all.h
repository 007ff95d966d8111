/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef WRITE_ALL_H
#define WRITE_ALL_H

#include <stddef.h>

/* Writes SIZE bytes of DATA to FD, however many calls it takes. Returns 0, or -1 with errno. */
int write_all(int fd, const void *data, size_t size);

#endif
