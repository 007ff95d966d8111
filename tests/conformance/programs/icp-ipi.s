# SPDX-License-Identifier: GPL-2.0-or-later
# An inter-processor interrupt at the receiver's controller: presented, accepted, ended, presented again, withdrawn.
.thread 0
	load	r11, icp.0.cppr
	load	r12, icp.0.mfrr
	load	r13, icp.0.poll
	li	r5, 255
	stbcix	r5, r0, r11
	signal	1
	await	2
	lwzcix	r5, r0, r13
	see	r5
	lwzcix	r6, r0, r11
	see	r6
	lwzcix	r5, r0, r13
	see	r5
	stwcix	r6, r0, r11
	lwzcix	r5, r0, r13
	see	r5
	lwzcix	r6, r0, r11
	li	r5, 255
	stbcix	r5, r0, r12
	stwcix	r6, r0, r11
	lwzcix	r5, r0, r13
	see	r5
	done
.thread 1
	await	1
	load	r12, icp.0.mfrr
	li	r5, 4
	stbcix	r5, r0, r12
	sync
	signal	2
	done
