# SPDX-License-Identifier: GPL-2.0-or-later
# An inter-processor interrupt at the receiver's controller: presented, accepted, ended, presented again, withdrawn.
.thread 0
	mfspr	r10, pir
	sldi	r10, r10, 12
	load	r11, icp.base
	add	r10, r10, r11
	load	r11, icp.cppr
	load	r12, icp.mfrr
	load	r13, icp.poll
	li	r5, 255
	stbcix	r5, r10, r11
	signal	1
	await	2
	lwzcix	r5, r10, r13
	see	r5
	lwzcix	r6, r10, r11
	see	r6
	lwzcix	r5, r10, r13
	see	r5
	stwcix	r6, r10, r11
	lwzcix	r5, r10, r13
	see	r5
	lwzcix	r6, r10, r11
	li	r5, 255
	stbcix	r5, r10, r12
	stwcix	r6, r10, r11
	lwzcix	r5, r10, r13
	see	r5
	done
.thread 1
	await	1
	mfspr	r10, pir
	addi	r10, r10, -1
	sldi	r10, r10, 12
	load	r11, icp.base
	add	r10, r10, r11
	load	r12, icp.mfrr
	li	r5, 4
	stbcix	r5, r10, r12
	sync
	signal	2
	done
