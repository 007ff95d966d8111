# SPDX-License-Identifier: GPL-2.0-or-later
# A nap without the sequence that completes stores.
.thread 1
	.on	vector.system_reset, woken
	load	r5, lpcr.pece.decrementer
	mtspr	lpcr, r5
	li	r5, 500
	mtdec	r5
	nop
	nap
woken:	see	r29
	done
