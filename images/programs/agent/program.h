/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PROGRAM_H
#define PROGRAM_H

/* Runs a program to its end: its frames pass as they are, all else that it prints is reported. Returns its code. */
int program_run(char *const arguments[]);

#endif
