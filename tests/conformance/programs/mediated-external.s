# SPDX-License-Identifier: GPL-2.0-or-later
# LPCR[MER] is on when a guest is entered with MSR[EE] 0, which it then turns on.
.thread 0
	.on	vector.external, took
	.on	vector.system_call, took
	li	r5, lpcr.mer
	mtspr	lpcr, r5
	enter_guest guest, 0
guest:	pause	20
	interrupts_on
	pause	20
	sc	1
took:	see	r29
	mfmsr	r5
	srdi	r5, r5, 60
	see	r5
	done
