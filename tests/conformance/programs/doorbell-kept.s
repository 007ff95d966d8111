# SPDX-License-Identifier: GPL-2.0-or-later
# A doorbell ends a nap and is still pending then.
.thread 0
	await	1
	pause	200
	load	r5, 5 << 27 | 1
	msgsnd	r5
	done
.thread 1
	.on	vector.system_reset, woken
	.on	vector.hypervisor_doorbell, took
	load	r5, lpcr.pece.hypervisor_doorbell
	mtspr	lpcr, r5
	signal	1
	nap
woken:	see	r29
	interrupts_on
	pause	20
	li	r5, 0
	see	r5
	done
took:	see	r29
	done
