# SPDX-License-Identifier: GPL-2.0-or-later
# CTRL[RUN] of a thread is its own; the others see it among the threads' bits.
.thread 0
	li	r5, 0
	mtspr	ctrlt, r5
	signal	1
	await	2
	mfspr	r5, ctrlf
	andi.	r5, r5, 1
	see	r5
	done
.thread 1
	await	1
	li	r5, 1
	mtspr	ctrlt, r5
	mfspr	r5, ctrlf
	andi.	r5, r5, 1
	see	r5
	signal	2
	done
