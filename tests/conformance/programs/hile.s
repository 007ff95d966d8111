# SPDX-License-Identifier: GPL-2.0-or-later
# With HID0[HILE] interrupts to the hypervisor arrive little-endian. The frame goes on big-endian, and leaves in HSRR1 what it
# found.
.thread 0
	.on	vector.system_reset, woken
	li	r5, 0
	mtspr	hsrr1, r5
	hid0_on	hid0.hile
	load	r5, lpcr.pece.decrementer
	mtspr	lpcr, r5
	li	r5, 500
	mtdec	r5
	nap
woken:	mfspr	r5, hsrr1
	load	r6, msr.sf | msr.hv
	and	r5, r5, r6
	see	r5
	mfmsr	r5
	load	r6, msr.le
	and	r5, r5, r6
	see	r5
	done
