# SPDX-License-Identifier: GPL-2.0-or-later
# On a core that is split in four, a directed privileged doorbell names a thread of its quarter.
.thread 0
	hid0_on	hid0.1to4lpar | hid0.dynlpardis
	load	r6, 1 << 10
	mtspr	hfscr, r6
	signal	1
	await	2
	mfspr	r5, dpdes
	see	r5
	done
.thread 4
	await	1
	load	r6, 1 << 10
	mtspr	hfscr, r6
	load	r5, 5 << 27 | 1
	msgsndp	r5
	mfspr	r5, dpdes
	see	r5
	signal	2
	done
