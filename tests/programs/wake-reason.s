# SPDX-License-Identifier: GPL-2.0-or-later
# A thread naps with a decrementer pending that may not end the nap, and gets a hypervisor doorbell that may. SRR1 must
# name the doorbell: 0003; not the decrementer: 0006.
.include "common.s"
second:
	li	5, 0
	ori	5, 5, LPCR_PECE_HV_DOORBELL
	mtspr	LPCR, 5
	li	5, -1
	mtdec	5
	signal	1
	nap
first:
	await	1
	pause	2
	load	5, 5 << 27 | 1
	msgsnd	5
	b	park
interrupt:
	cmpwi	3, 0x100
	bne	verdict
	mfsrr1	3
	rldicl	3, 3, 64 - 18, 60
	b	verdict
