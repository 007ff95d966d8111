# SPDX-License-Identifier: GPL-2.0-or-later
# PURR while the thread is not online, and while it is.
.thread 0
	li	r5, 0
	mtspr	lpcr, r5
	mfspr	r6, purr
	pause	4000
	mfspr	r7, purr
	li	r5, 0
	cmpd	r6, r7
	bge	idle
	li	r5, 1
idle:	see	r5
	load	r5, lpcr.onl
	mtspr	lpcr, r5
	mfspr	r6, purr
	pause	4000
	mfspr	r7, purr
	li	r5, 0
	cmpd	r6, r7
	bge	stood
	li	r5, 1
stood:	see	r5
	done
