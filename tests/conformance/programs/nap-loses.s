# SPDX-License-Identifier: GPL-2.0-or-later
# A nap ends: what SRR1[46:47] says of registers, and whether one has changed.
.thread 1
	.on	vector.system_reset, woken
	load	r5, lpcr.pece.decrementer
	mtspr	lpcr, r5
	li	r5, 500
	mtdec	r5
	load	r5, 0x1234
	nap
woken:	mfspr	r6, srr1
	rldicl	r6, r6, 48, 62
	see	r6
	load	r6, 0x1234
	cmpd	r5, r6
	li	r7, 0
	beq	same
	li	r7, 1
same:	see	r7
	done
