/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef COUNTED_H
#define COUNTED_H

/* Sends a `counted` frame of who stands in the environment: so many of WHAT, on the CPU or vCPU OF. Ends the program if it cannot. */
void counted(const char *what, int of, long long count);

#endif
