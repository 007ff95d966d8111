// SPDX-License-Identifier: GPL-2.0-or-later
#include "files.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../common/write_all.h"
#include "report.h"

bool file_read(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, text, size - 1);

	if (got < 0)
		report_errno(path);
	else
		text[got] = 0;
	if (fd >= 0)
		close(fd);
	return got >= 0;
}

bool file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool written = fd >= 0 && !write_all(fd, text, strlen(text));

	if (!written)
		report_errno(path);
	if (fd >= 0)
		close(fd);
	return written;
}
