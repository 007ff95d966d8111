# SPDX-License-Identifier: GPL-2.0-or-later
# DEC counts from negative to positive while MSR[EE] is 0, which is turned on then.
.thread 0
	.on	vector.decrementer, took
	load	r5, 0x80000040
	mtdec	r5
	pause	20000
	mfdec	r6
	interrupts_on
	pause	20
	srdi	r6, r6, 31
	see	r6
	done
took:	see	r29
	done
