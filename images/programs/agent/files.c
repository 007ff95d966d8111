// SPDX-License-Identifier: GPL-2.0-or-later
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../common/write_all.h"
#include "report.h"

int file_get(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, text, size - 1);
	int failed = got < 0 ? errno : 0;

	if (!failed)
		text[got] = 0;
	if (fd >= 0)
		close(fd);
	return failed;
}

bool file_read(const char *path, char *text, size_t size)
{
	errno = file_get(path, text, size);
	if (errno)
		report_errno(path);
	return !errno;
}

int file_try(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int failed = fd < 0 || write_all(fd, text, strlen(text)) ? errno : 0;

	if (fd >= 0)
		close(fd);
	return failed;
}

bool file_write(const char *path, const char *text)
{
	errno = file_try(path, text);
	if (errno)
		report_errno(path);
	return !errno;
}
