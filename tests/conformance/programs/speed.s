# SPDX-License-Identifier: GPL-2.0-or-later
# A loop's time alone, and beside six others that run; the threads that wait do so at low priority.
.thread 0
	pause	40000
	mfspr	r5, tb
	pause	40000
	mfspr	r6, tb
	subf	r5, r5, r6
	signal	1
	await	2
	pause	40000
	mfspr	r6, tb
	pause	40000
	mfspr	r7, tb
	subf	r6, r6, r7
	add	r5, r5, r5
	li	r7, 0
	cmpd	r6, r5
	blt	fast
	li	r7, 1
fast:	see	r7
	done
.thread 1
	await	1
	signal	2
	pause	600000
	done
.thread 2
	await	1
	signal	2
	pause	600000
	done
.thread 3
	await	1
	signal	2
	pause	600000
	done
.thread 4
	await	1
	signal	2
	pause	600000
	done
.thread 5
	await	1
	signal	2
	pause	600000
	done
.thread 6
	await	1
	signal	2
	pause	600000
	done
