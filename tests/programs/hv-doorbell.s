# SPDX-License-Identifier: GPL-2.0-or-later
# A hypervisor doorbell interrupts a guest whose MSR[EE] is 0: 0e80. Without it the guest counts to the end and calls
# its hypervisor: 0c00.
.include "common.s"
second:
	load	5, 0x7fffffff           # no decrementer meanwhile
	mtdec	5
	signal	1
	enter_guest guest
guest:
	pause	16
	sc	1
first:
	await	1
	pause	2
	load	5, 5 << 27 | 1
	msgsnd	5
	b	park
interrupt:
	b	verdict
