// SPDX-License-Identifier: GPL-2.0-or-later
#include "machine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "report.h"

static const struct {
	const char *type, *place;
	/* A kernel may have been built without it. */
	bool optional;
} mounts[] = {
	{ "devtmpfs", "/dev", false },
	{ "proc", "/proc", false },
	{ "sysfs", "/sys", false },
	{ "debugfs", "/sys/kernel/debug", true },
	{ "tmpfs", "/tmp", false },
	/* cyclictest keeps its figures in POSIX shared memory. */
	{ "tmpfs", "/dev/shm", false },
};

static void take_console(void)
{
	int console = open("/dev/console", O_RDWR | O_NOCTTY);

	/* What the kernel opened for init, if anything, has to do then. */
	if (console < 0)
		return;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		dup2(console, fd);
	if (console > STDERR_FILENO)
		close(console);
}

void machine_set_up(void)
{
	for (size_t i = 0; i < sizeof(mounts) / sizeof(*mounts); i++) {
		int failed;

		mkdir(mounts[i].place, 0755);
		failed = mount(mounts[i].type, mounts[i].place, mounts[i].type, 0, NULL);
		/* EBUSY: the kernel has mounted it by itself. */
		if (failed && errno != EBUSY && !mounts[i].optional)
			report_errno(mounts[i].place);
		/* /dev is the first: all later reports have a console. */
		if (i == 0)
			take_console();
	}
}

void machine_power_off(void)
{
	tcdrain(STDOUT_FILENO);
	sync();
	reboot(RB_POWER_OFF);
	report_errno("power off");
	for (;;)
		pause();
}
