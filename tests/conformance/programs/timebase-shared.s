# SPDX-License-Identifier: GPL-2.0-or-later
# One thread moves the timebase ahead with TBU40, and back once another has read it.
.set SET, 0x7a00
.set READ, 0x7a08
.thread 0
	load	r7, 1 << 40
	mfspr	r5, tb
	add	r5, r5, r7
	mtspr	tbu40, r5
	mfspr	r8, tb
	put	SET, 1
	spin	READ, 1
	mfspr	r5, tb
	sub	r5, r5, r7
	mtspr	tbu40, r5
	srdi	r8, r8, 40
	see	r8
	done
.thread 4
	spin	SET, 1
	mfspr	r5, tb
	srdi	r5, r5, 40
	see	r5
	put	READ, 1
	done
