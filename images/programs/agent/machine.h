/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MACHINE_H
#define MACHINE_H

/* Mounts what programs expect, and takes the console for standard output. */
void machine_set_up(void);

/* Waits until the console has taken all that was written, and turns the machine off. */
void machine_power_off(void) __attribute__((noreturn));

#endif
