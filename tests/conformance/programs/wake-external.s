# SPDX-License-Identifier: GPL-2.0-or-later
# An external interrupt ends a nap where LPCR[PECE] lets it, and is still pending then.
.thread 0
	.on	vector.system_reset, woken
	load	r11, icp.0.cppr
	load	r12, icp.0.mfrr
	load	r13, icp.0.poll
	li	r5, 255
	stbcix	r5, r0, r11
	load	r5, lpcr.pece.external
	mtspr	lpcr, r5
	li	r5, 4
	stbcix	r5, r0, r12
	nap
woken:	see	r29
	mfspr	r5, srr1
	srdi	r5, r5, 16
	andi.	r5, r5, 0x3f
	see	r5
	lwzcix	r5, r0, r13
	see	r5
	done
