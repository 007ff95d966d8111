# SPDX-License-Identifier: GPL-2.0-or-later
# One thread moves the timebase ahead, as for a guest, and asks firmware for the host's again. If that fails it is put right
# in the end: whoever prints what was seen waits by it.
.set SET, 0x7a00
.set READ, 0x7a08
.thread 0
	load	r7, 1 << 40
	mfspr	r5, tb
	add	r5, r5, r7
	mtspr	tbu40, r5
	mfspr	r8, tb
	srdi	r8, r8, 40
	resync
	mfspr	r5, tb
	srdi	r5, r5, 40
	put	SET, 1
	spin	READ, 1
	see	r8
	see	r5
	cmpwi	r5, 0
	beq	right
	mfspr	r5, tb
	sub	r5, r5, r7
	mtspr	tbu40, r5
right:	done
.thread 4
	spin	SET, 1
	mfspr	r5, tb
	srdi	r5, r5, 40
	see	r5
	put	READ, 1
	done
