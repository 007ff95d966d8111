# SPDX-License-Identifier: GPL-2.0-or-later
# HDEC is written, and expires, while LPCR[HDICE] is 0. It is turned on before a guest is entered.
.thread 0
	.on	vector.hypervisor_decrementer, took
	.on	vector.system_call, took
	li	r5, 100
	mtspr	hdec, r5
	settle
	li	r5, lpcr.hdice
	mtspr	lpcr, r5
	enter_guest guest, 0
guest:	pause	1000
	sc	1
took:	see	r29
	done
