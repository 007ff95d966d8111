# SPDX-License-Identifier: GPL-2.0-or-later
# The two halves of a split core set their hypervisor decrementers.
.thread 0
	hid0_on	hid0.1to2lpar | hid0.dynlpardis
	load	r5, 0x1ffffff
	mtspr	hdec, r5
	signal	1
	await	2
	mfspr	r5, hdec
	srdi	r5, r5, 24
	see	r5
	done
.thread 4
	await	1
	load	r5, 0x2ffffff
	mtspr	hdec, r5
	signal	2
	mfspr	r5, hdec
	srdi	r5, r5, 24
	see	r5
	done
