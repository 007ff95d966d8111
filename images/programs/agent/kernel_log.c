// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <unistd.h>

#include "report.h"

/* The longest record, from include/linux/printk.h and Documentation/ABI/testing/dev-kmsg. */
#define RECORD_MAX 8192
#define LEVEL_MASK 7
#define LEVEL_ALERT 1
#define LEVEL_WARNING 4
/* syslog(2): only messages of a lower level than the given one reach the console. */
#define SYSLOG_ACTION_CONSOLE_LEVEL 8

static int log_fd = -1;

/* "4,123,456789,-;text", and a line for each property of a device. */
bool kernel_message_parse(char *record, struct kernel_message *message)
{
	char *text = strchr(record, ';');
	char *end;
	long priority = strtol(record, &end, 10);

	if (!text || end == record || *end != ',')
		return false;
	message->level = priority & LEVEL_MASK;
	message->line = text + 1;
	message->line[strcspn(message->line, "\n")] = 0;
	return true;
}

void kernel_log_open(void)
{
	/*
	 * A message in the middle of a frame spoils the frame. Warnings come as frames all the same, and an Oops
	 * raises the level to the highest before it prints.
	 */
	if (klogctl(SYSLOG_ACTION_CONSOLE_LEVEL, NULL, LEVEL_WARNING) < 0)
		report_errno("console log level");
	log_fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (log_fd < 0)
		report_errno("/dev/kmsg");
}

void kernel_log_quieten(void)
{
	if (klogctl(SYSLOG_ACTION_CONSOLE_LEVEL, NULL, LEVEL_ALERT) < 0)
		report_errno("console log level");
}

void kernel_log_report(void)
{
	struct kernel_message message;
	char record[RECORD_MAX];

	while (log_fd >= 0) {
		ssize_t size = read(log_fd, record, sizeof(record) - 1);

		if (size < 0 && errno == EAGAIN)
			return;
		if (size < 0 && errno == EPIPE) {
			report_problem("kernel messages came too fast, some are lost");
			continue;
		}
		if (size <= 0) {
			report_errno("/dev/kmsg");
			return;
		}
		record[size] = 0;
		if (kernel_message_parse(record, &message) && message.level <= LEVEL_WARNING)
			report_kernel_message(message.level, message.line);
	}
}
