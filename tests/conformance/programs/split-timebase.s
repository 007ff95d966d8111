# SPDX-License-Identifier: GPL-2.0-or-later
# The second half of a split core writes its timebase, and back. Nobody waits by it meanwhile.
.set WRITTEN, 0x7f00
.thread 0
	hid0_on	hid0.1to2lpar | hid0.dynlpardis
	signal	1
	spin	WRITTEN, 1
	mfspr	r5, tb
	srdi	r5, r5, 40
	see	r5
	put	WRITTEN, 2
	done
.thread 4
	await	1
	li	r7, 1
	sldi	r7, r7, 40
	mfspr	r5, tb
	add	r5, r5, r7
	mtspr	tbu40, r5
	mfspr	r5, tb
	srdi	r5, r5, 40
	see	r5
	put	WRITTEN, 1
	spin	WRITTEN, 2
	mfspr	r5, tb
	sub	r5, r5, r7
	mtspr	tbu40, r5
	done
