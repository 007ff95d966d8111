# SPDX-License-Identifier: GPL-2.0-or-later
# The hypervisor decrementer expires in the hypervisor, with interrupts off, and is set to a time to come. A guest is
# entered then.
.thread 0
	.on	vector.hypervisor_decrementer, took
	.on	vector.system_call, took
	li	r5, lpcr.hdice
	mtspr	lpcr, r5
	li	r5, 100
	mtspr	hdec, r5
	settle
	load	r5, 0x7fffffff
	mtspr	hdec, r5
	enter_guest guest, 0
guest:	pause	1000
	sc	1
took:	see	r29
	done
