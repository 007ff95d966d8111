# SPDX-License-Identifier: GPL-2.0-or-later
# On a core that is split in two, LPIDR of one half is not the other's.
.thread 0
	li	r5, 3
	mtspr	lpidr, r5
	hid0_on	hid0.1to2lpar | hid0.dynlpardis
	signal	1
	await	2
	mfspr	r5, lpidr
	see	r5
	done
.thread 4
	await	1
	mfspr	r5, lpidr
	see	r5
	li	r5, 9
	mtspr	lpidr, r5
	mfspr	r5, lpidr
	see	r5
	signal	2
	done
