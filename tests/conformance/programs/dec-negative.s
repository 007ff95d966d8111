# SPDX-License-Identifier: GPL-2.0-or-later
# DEC is written negative with MSR[EE] 0, which is turned on then; the handler makes it positive and goes back.
.thread 0
	.on	vector.decrementer, took
	li	r5, -1
	mtdec	r5
	interrupts_on
	pause	20
	see	r7
	done
took:	addi	r7, r7, 1
	load	r8, 0x7fffffff
	mtdec	r8
	rfid
