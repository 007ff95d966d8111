/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SPLIT_H
#define SPLIT_H

/*
 * Tells KVM not to split cores, before several guests run on one, unless the kernel command line says what it is to do.
 */
void keep_core_whole(void);

#endif
