# SPDX-License-Identifier: GPL-2.0-or-later
# A doorbell goes to a thread that has interrupts off: DPDES shows it, and it comes when they are turned on.
.thread 0
	load	r6, 1 << 10
	mtspr	hfscr, r6
	await	1
	load	r5, 5 << 27 | 3
	msgsndp	r5
	mfspr	r5, dpdes
	see	r5
	signal	2
	done
.thread 3
	.on	vector.privileged_doorbell, took
	load	r6, 1 << 10
	mtspr	hfscr, r6
	signal	1
	await	2
	interrupts_on
	pause	20
	mfspr	r5, dpdes
	see	r5
	done
took:	see	r29
	rfid
