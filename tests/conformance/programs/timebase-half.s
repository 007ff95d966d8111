# SPDX-License-Identifier: GPL-2.0-or-later
# The upper half is written by one thread and read by another, which does not wait by the timebase.
.set WRITTEN, 0x7a00
.thread 0
	load	r5, 0x1234
	mtspr	tbwu, r5
	put	WRITTEN, 1
	done
.thread 4
	spin	WRITTEN, 1
	mfspr	r5, tbu
	see	r5
	done
