/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DEVICE_H
#define DEVICE_H

#include <stdbool.h>

/*
 * A device that interrupts when it is told to: the console's UART, which has an empty transmitter to report whenever it may. Its
 * interrupt is one of the host's that no CPU has sent.
 */

/* Finds it. False, reported, if this machine has none. */
bool device_find(void);

/* How many of its interrupts the kernel has handled; -1, reported, if that is not known. */
long long device_handled(void);

/* From now on it interrupts CPU. Returns 0 or an errno. */
int device_aim(int cpu);

/*
 * It interrupts, which may be handled once or several times. Not to be called by the CPU that it interrupts, which executes
 * nothing else for as long as it does. Returns 0 or an errno.
 */
int device_interrupt(void);

#endif
