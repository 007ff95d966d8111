# SPDX-License-Identifier: GPL-2.0-or-later
# Sleep ends: what SRR1[46:47] says of registers, and whether DSCR has changed.
.thread 1
	.on	vector.system_reset, woken
	load	r5, lpcr.pece.decrementer
	mtspr	lpcr, r5
	li	r5, 500
	mtdec	r5
	load	r5, 0x1c
	mtspr	dscr, r5
	sleep
woken:	mfspr	r6, srr1
	rldicl	r6, r6, 48, 62
	see	r6
	mfspr	r5, dscr
	cmpwi	r5, 0x1c
	li	r7, 0
	beq	same
	li	r7, 1
same:	see	r7
	done
