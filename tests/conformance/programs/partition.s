# SPDX-License-Identifier: GPL-2.0-or-later
# One thread writes SDR1 and LPIDR, another reads them.
.thread 0
	load	r5, 0x100000
	mtspr	sdr1, r5
	li	r5, 5
	mtspr	lpidr, r5
	signal	1
	done
.thread 7
	await	1
	mfspr	r5, sdr1
	see	r5
	mfspr	r5, lpidr
	see	r5
	done
