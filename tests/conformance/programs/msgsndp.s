# SPDX-License-Identifier: GPL-2.0-or-later
# A guest sends itself a directed privileged doorbell, with no bit in HFSCR.
.thread 0
	.on	vector.privileged_doorbell, took
	.on	vector.system_call, took
	.on	0xf80, took
	li	r5, 0
	mtspr	hfscr, r5
	enter_guest guest, 0
guest:	load	r5, 5 << 27 | 0
	msgsndp	r5
	interrupts_on
	pause	20
	sc	1
took:	see	r29
	done
