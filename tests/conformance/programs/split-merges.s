# SPDX-License-Identifier: GPL-2.0-or-later
# A core is split while its other threads nap, and whole again as soon as that is allowed.
.thread 0
	await	8
	pause	40
	give_way
	hid0_on	hid0.1to4lpar | hid0.dynlpardis
	mfspr	r5, hid0
	load	r6, hid0.2lparmode | hid0.4lparmode
	and	r7, r5, r6
	see	r7
	load	r7, 0xfffeffffffffffff
	and	r5, r5, r7
	sync
	mtspr	hid0, r5
	isync
	mfspr	r5, hid0
	and	r7, r5, r6
	see	r7
	done
.thread 1
	signal	2
	nap
.thread 2
	await	2
	pause	40
	give_way
	signal	3
	nap
.thread 3
	await	3
	pause	40
	give_way
	signal	4
	nap
.thread 4
	await	4
	pause	40
	give_way
	signal	5
	nap
.thread 5
	await	5
	pause	40
	give_way
	signal	6
	nap
.thread 6
	await	6
	pause	40
	give_way
	signal	7
	nap
.thread 7
	await	7
	pause	40
	give_way
	signal	8
	nap
