# SPDX-License-Identifier: GPL-2.0-or-later
# Thread 0 splits its core in two. Thread 4, the first of the second sub-core, moves its timebase far ahead, has its
# hypervisor decrementer expire soon and sends a doorbell to the thread behind it. Four digits, 1 where it is so: HID0 shows
# the split; only thread 4's timebase moved; thread 0's hypervisor decrementer is as it was; thread 4 sees the doorbell as
# one for thread 1 of its sub-core, and thread 0 sees none.
.include "common.s"
.set AHEAD_SHIFT, 40
.set LONG, 0x7fffffff
.set SOON, 0x1000
.set DOORBELLS, FLAG + 8
.set TIME, FLAG + 16

# \to becomes 1 if the last comparison was \is.
.macro flag to, is
	li	\to, 1
	b\is	79f
	li	\to, 0
79:
.endm

second:
	cmpwi	10, 4
	bne	park
	await	1
	mfspr	6, TB
	li	7, 1
	sldi	7, 7, AHEAD_SHIFT
	add	6, 6, 7
	mtspr	TBU40, 6
	li	5, SOON
	mtspr	HDEC, 5
	load	6, 5 << 27 | 1
	msgsndp	6
	mfspr	6, TB
	std	6, TIME(0)
	mfspr	6, DPDES
	std	6, DOORBELLS(0)
	signal	2
	b	park

first:
	li	5, 0
	mtspr	HFSCR, 5
	mfspr	6, HID0
	li	7, 1
	sldi	8, 7, HID0_1TO2LPAR_SHIFT
	sldi	9, 7, HID0_DYNLPARDIS_SHIFT
	or	6, 6, 8
	or	6, 6, 9
	sync
	mtspr	HID0, 6
	isync
	mfspr	20, HID0
	srdi	20, 20, HID0_2LPARMODE_SHIFT
	andi.	20, 20, 1

	load	5, LONG
	mtspr	HDEC, 5
	mfspr	25, TB
	signal	1
	await	2

	mfspr	6, TB
	sub	6, 6, 25
	srdi.	6, 6, AHEAD_SHIFT
	flag	21, eq
	ld	6, TIME(0)
	sub	6, 6, 25
	srdi.	6, 6, AHEAD_SHIFT
	flag	22, ne
	and	21, 21, 22

	mfspr	6, HDEC
	extsw	6, 6
	load	7, LONG >> 1
	cmpd	6, 7
	flag	22, gt

	mfspr	6, DPDES
	cmpdi	6, 0
	flag	23, eq
	ld	6, DOORBELLS(0)
	cmpdi	6, 2
	flag	24, eq
	and	23, 23, 24

	sldi	3, 20, 12
	sldi	4, 21, 8
	or	3, 3, 4
	sldi	4, 22, 4
	or	3, 3, 4
	or	3, 3, 23
	b	verdict
interrupt:
	b	verdict
