# SPDX-License-Identifier: GPL-2.0-or-later
# The decrementer ends a nap: where the thread goes on, why, and with which MSR.
.thread 0
	.on	vector.system_reset, woken
	load	r5, lpcr.pece.decrementer
	mtspr	lpcr, r5
	li	r5, 500
	mtdec	r5
	nap
woken:	see	r29
	mfspr	r5, srr1
	srdi	r5, r5, 16
	andi.	r5, r5, 0x3f
	see	r5
	mfmsr	r5
	load	r6, msr.sf | msr.hv | msr.ee | msr.pr | msr.ir | msr.dr | msr.ri | msr.le
	and	r5, r5, r6
	see	r5
	done
