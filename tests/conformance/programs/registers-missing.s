# SPDX-License-Identifier: GPL-2.0-or-later
# Registers of POWER8 that do nothing here are written and read.
.thread 0
	load	r5, 0x1234
	mtspr	worc, r5
	li	r6, 0
	mfspr	r6, worc
	see	r6
	mtspr	pmmar, r5
	li	r6, 0
	mfspr	r6, pmmar
	see	r6
	mtspr	pmcr, r5
	li	r6, 0
	mfspr	r6, pmcr
	see	r6
	done
