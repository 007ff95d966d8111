# SPDX-License-Identifier: GPL-2.0-or-later
# A hypervisor doorbell is sent to a thread that is in a guest with MSR[EE] 0.
.thread 0
	await	1
	pause	200
	load	r5, 5 << 27 | 1
	msgsnd	r5
	done
.thread 1
	.on	vector.hypervisor_doorbell, took
	.on	vector.system_call, took
	enter_guest guest, 0
guest:	signal	1
	pause	20000
	sc	1
took:	see	r29
	mfspr	r5, hsrr1
	andi.	r5, r5, msr.ee
	see	r5
	done
