# SPDX-License-Identifier: GPL-2.0-or-later
# rvwinkle ends, which firmware would have to end.
.thread 1
	.on	vector.system_reset, woken
	load	r5, lpcr.pece.decrementer
	mtspr	lpcr, r5
	li	r5, 500
	mtdec	r5
	rvwinkle
woken:	see	r29
	done
