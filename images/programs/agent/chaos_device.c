// SPDX-License-Identifier: GPL-2.0-or-later
/* What chaos does to the console's UART: has it interrupt secondary threads. None of its interrupts must be lost. */
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "chaos_acts.h"
#include "device.h"

/* How long an interrupt may take with no guest in its way, in ms. It is a matter of microseconds. */
#define PATIENCE_MS 100

static bool last_is_handled(const struct chaos *chaos)
{
	return chaos->handled < 0 || device_handled() > chaos->handled;
}

bool chaos_device(struct chaos *chaos)
{
	int cpu = chaos_draw_cpu(chaos, false, true);

	/* Two that are pending are one: the next comes after the last. */
	if (cpu < 0 || !last_is_handled(chaos))
		return true;
	snprintf(chaos->what, sizeof(chaos->what), "a device interrupts CPU %d", cpu);
	chaos->handled = device_handled();
	return chaos_answered(chaos, device_interrupt(cpu)) || chaos_wrong(chaos, "though the CPU is online");
}

bool chaos_device_settle(struct chaos *chaos)
{
	const struct timespec millisecond = { .tv_nsec = 1000000 };

	/* The kernel tells nobody that it has handled it. */
	for (int i = 0; i < PATIENCE_MS && !last_is_handled(chaos); i++)
		nanosleep(&millisecond, NULL);
	snprintf(chaos->what, sizeof(chaos->what), "the device's last interrupt");
	return chaos_answered(chaos, last_is_handled(chaos) ? 0 : ETIME) || chaos_wrong(chaos, "it is lost");
}
