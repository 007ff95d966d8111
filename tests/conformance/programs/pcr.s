# SPDX-License-Identifier: GPL-2.0-or-later
# One thread writes PCR, another reads it.
.thread 0
	li	r5, 2
	mtspr	pcr, r5
	signal	1
	done
.thread 1
	await	1
	mfspr	r5, pcr
	see	r5
	done
