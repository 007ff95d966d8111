/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SHELL_H
#define SHELL_H

/* Gives whoever sits at the console a shell, and returns when it ends: 0, or 1 where there is none. */
int shell_run(void);

#endif
