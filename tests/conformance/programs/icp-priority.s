# SPDX-License-Identifier: GPL-2.0-or-later
# CPPR masks an inter-processor interrupt that is not more favoured, and takes back one that was presented.
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
	li	r5, 4
	stbcix	r5, r10, r12
	lwzcix	r5, r10, r13
	see	r5
	li	r5, 4
	stbcix	r5, r10, r11
	lwzcix	r5, r10, r13
	see	r5
	li	r5, 5
	stbcix	r5, r10, r11
	lwzcix	r5, r10, r13
	see	r5
	done
