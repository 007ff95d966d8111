/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FILES_H
#define FILES_H

#include <stdbool.h>
#include <stddef.h>

/* Reads a small file of procfs or sysfs into TEXT, cut at SIZE. False, and reported, where that fails. */
bool file_read(const char *path, char *text, size_t size);

/* The same; returns 0 or the errno of what failed, which is not reported. */
int file_get(const char *path, char *text, size_t size);

/* Writes TEXT to a file of sysfs. False, and reported with errno's name, where that fails. */
bool file_write(const char *path, const char *text);

/* The same; returns 0 or the errno of what failed, which is not reported. */
int file_try(const char *path, const char *text);

#endif
