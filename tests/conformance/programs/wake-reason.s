# SPDX-License-Identifier: GPL-2.0-or-later
# A thread naps with a decrementer pending that may not end the nap, and gets a hypervisor doorbell that may.
.thread 0
	await	1
	pause	200
	load	r5, 5 << 27 | 1
	msgsnd	r5
	done
.thread 1
	.on	vector.system_reset, woken
	load	r5, lpcr.pece.hypervisor_doorbell
	mtspr	lpcr, r5
	li	r5, -1
	mtdec	r5
	signal	1
	nap
woken:	mfspr	r5, srr1
	srdi	r5, r5, 16
	andi.	r5, r5, 0x3f
	see	r5
	done
