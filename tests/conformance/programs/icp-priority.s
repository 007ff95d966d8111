# SPDX-License-Identifier: GPL-2.0-or-later
# CPPR masks an inter-processor interrupt that is not more favoured, and takes back one that was presented.
.thread 0
	load	r11, icp.0.cppr
	load	r12, icp.0.mfrr
	load	r13, icp.0.poll
	li	r5, 255
	stbcix	r5, r0, r11
	li	r5, 4
	stbcix	r5, r0, r12
	lwzcix	r5, r0, r13
	see	r5
	li	r5, 4
	stbcix	r5, r0, r11
	lwzcix	r5, r0, r13
	see	r5
	li	r5, 5
	stbcix	r5, r0, r11
	lwzcix	r5, r0, r13
	see	r5
	done
