# SPDX-License-Identifier: GPL-2.0-or-later
# One thread sets HDEC; another, in a guest with MSR[EE] 0, is interrupted by it. What was pending before is taken first.
.thread 0
	await	1
	li	r5, lpcr.hdice
	mtspr	lpcr, r5
	li	r5, 1000
	mtspr	hdec, r5
	done
.thread 5
	.on	vector.hypervisor_decrementer, took
	.on	vector.system_call, took
	li	r20, 0
	li	r5, lpcr.hdice
	mtspr	lpcr, r5
	load	r5, 0x7fffffff
	mtspr	hdec, r5
	enter_guest before, 0
before:	pause	1000
	sc	1
took:	cmpwi	r20, 0
	bne	after
	li	r20, 1
	enter_guest guest, 0
guest:	signal	1
	settle
	sc	1
after:	see	r29
	done
