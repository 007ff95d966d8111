# SPDX-License-Identifier: GPL-2.0-or-later
# A nap that began with MSR[ME] 0 ends.
.thread 0
	.on	vector.system_reset, woken
	load	r5, lpcr.pece.decrementer
	mtspr	lpcr, r5
	li	r5, 100
	mtdec	r5
	nap
woken:	mfmsr	r5
	andi.	r5, r5, msr.me
	see	r5
	done
