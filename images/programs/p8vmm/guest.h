/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GUEST_H
#define GUEST_H

/*
 * The program that every vCPU runs: big-endian, real mode, no memory but its own instructions.
 *
 * It counts up to the number in GUEST_WANT, makes the hypercall GUEST_HCALL with what it counted as the first
 * argument, and starts again. A machine check, which KVM hands on to the guest that ran, does not keep it from that.
 */

/* Real address of its first instruction: past the interrupt vectors. */
#define GUEST_START 0x3000
/* The general register that holds how far to count. Hypercalls leave it alone. */
#define GUEST_WANT 14
/* In the range that PAPR leaves to the implementation: KVM knows none of it and hands it to the VMM. */
#define GUEST_HCALL 0xf004

/* Writes the program into guest memory at MEMORY, which stands for real address 0. */
void guest_load(void *memory);

#endif
