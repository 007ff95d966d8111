/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CHAOS_H
#define CHAOS_H

/*
 * Runs counter guests beside the busy processes and does ACTS to them and to the host meanwhile that are drawn from SEED, of a
 * hundred DEVICE_SHARE by a device, and further ones until SECONDS have passed: see images/README.md. Returns 0 if each had an outcome that it may have and all was well at
 * the end; else 1, reported.
 */
int chaos_run(long long seed, long long acts, long long device_share, long long seconds);

#endif
