/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TIMINGS_H
#define TIMINGS_H

#include "vm.h"

/*
 * Sends a `counted` frame for each phase of real mode that KVM counted of the vCPU ID. Nothing where the kernel was
 * built without CONFIG_KVM_BOOK3S_HV_P8_TIMING. To be called while the VM is there.
 */
void timings_report(const struct vm *vm, int id);

#endif
