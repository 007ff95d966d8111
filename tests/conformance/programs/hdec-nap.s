# SPDX-License-Identifier: GPL-2.0-or-later
# The hypervisor decrementer expires in a nap that the decrementer ends. A guest is entered then.
.thread 0
	.on	vector.system_reset, woken
	.on	vector.hypervisor_decrementer, took
	.on	vector.system_call, took
	load	r5, lpcr.pece.decrementer | lpcr.hdice
	mtspr	lpcr, r5
	li	r5, 2000
	mtspr	hdec, r5
	li	r5, 20000
	mtdec	r5
	nap
woken:	enter_guest guest, 0
guest:	pause	20000
	sc	1
took:	see	r29
	done
