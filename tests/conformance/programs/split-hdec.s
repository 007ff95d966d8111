# SPDX-License-Identifier: GPL-2.0-or-later
# The two halves of a split core set their hypervisor decrementers. The second lets its own expire while the first naps; then
# the first does, and enters a guest.
.thread 0
	.on	vector.system_reset, woken
	.on	vector.hypervisor_decrementer, took
	.on	vector.system_call, took
	hid0_on	hid0.1to2lpar | hid0.dynlpardis
	load	r5, 0x1ffffff
	mtspr	hdec, r5
	signal	1
	await	2
	mfspr	r5, hdec
	srdi	r5, r5, 24
	see	r5
	load	r5, lpcr.pece.hypervisor_doorbell | lpcr.hdice
	mtspr	lpcr, r5
	isync
	signal	3
	nap
woken:	li	r5, -1
	mtspr	hdec, r5
	enter_guest guest, 0
guest:	pause	1000
	sc	1
took:	see	r29
	done
.thread 4
	await	1
	load	r5, 0x2ffffff
	mtspr	hdec, r5
	signal	2
	mfspr	r5, hdec
	srdi	r5, r5, 24
	see	r5
	await	3
	pause	1000
	li	r5, -1
	mtspr	hdec, r5
	load	r5, 5 << 27
	msgsnd	r5
	done
