# SPDX-License-Identifier: GPL-2.0-or-later
# The upper half is written by one thread and read by another, which does not wait by the timebase.
.thread 0
	load	r5, 0x1234
	mtspr	tbwu, r5
	signal	1
	done
.thread 4
wait:	lwz	r6, 0x7800(r0)
	cmpwi	r6, 1
	blt	wait
	mfspr	r5, tbu
	see	r5
	done
