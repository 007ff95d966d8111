// SPDX-License-Identifier: GPL-2.0-or-later
#include "device.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "report.h"

/* Of the firmware's interrupts (Linux arch/powerpc/platforms/powernv/opal-irqchip.c) the one of devices behind the LPC bus. */
#define ACTION "opal-psi#0:external\n"
#define IRQS_MAX 1024
/* I/O space of the LPC bus, and in it the UART's interrupt enable register with its bits "received" and "transmitter empty". */
#define LPC_IO "/sys/kernel/debug/powerpc/lpc/io"
#define UART_IER 0x3f9
#define IER_RECEIVED 1
#define IER_EMPTY 2

static int irq = -1;

bool device_find(void)
{
	char path[64], action[64];

	for (int n = 0; n < IRQS_MAX && irq < 0; n++) {
		snprintf(path, sizeof(path), "/sys/kernel/irq/%d/actions", n);
		if (!file_get(path, action, sizeof(action)) && !strcmp(action, ACTION))
			irq = n;
	}
	if (irq < 0)
		report_problem("no interrupt of the console's: no action %.*s", (int)strlen(ACTION) - 1, ACTION);
	return irq >= 0;
}

long long device_handled(void)
{
	char path[64], text[4096], *next = text;
	long long sum = 0;

	snprintf(path, sizeof(path), "/sys/kernel/irq/%d/per_cpu_count", irq);
	if (!file_read(path, text, sizeof(text)))
		return -1;
	for (char *word; (word = strsep(&next, ","));)
		sum += atoll(word);
	return sum;
}

static int enable(int fd, unsigned char interrupts)
{
	return pwrite(fd, &interrupts, 1, UART_IER) == 1 ? 0 : errno;
}

int device_aim(int cpu)
{
	char path[64], text[16];

	snprintf(path, sizeof(path), "/proc/irq/%d/smp_affinity_list", irq);
	snprintf(text, sizeof(text), "%d", cpu);
	return file_try(path, text);
}

static int schedule_as(int policy, int priority)
{
	const struct sched_param param = { .sched_priority = priority };

	return sched_setscheduler(0, policy, &param) ? errno : 0;
}

int device_interrupt(void)
{
	int fd = open(LPC_IO, O_RDWR | O_CLOEXEC), failed;

	if (fd < 0)
		return errno;
	/*
	 * It reports what is so for as long as it is told to, and the firmware would not tell it to stop. Meanwhile its CPU does
	 * nothing else, and who waits for that with preemption off must not keep us from telling it.
	 */
	failed = schedule_as(SCHED_FIFO, 1) ?: enable(fd, IER_RECEIVED | IER_EMPTY) ?: enable(fd, IER_RECEIVED);
	failed = schedule_as(SCHED_OTHER, 0) ?: failed;
	close(fd);
	return failed;
}
