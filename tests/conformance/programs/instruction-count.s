# SPDX-License-Identifier: GPL-2.0-or-later
# IC is read twice, with instructions in between.
.thread 0
	mfspr	r5, ic
	pause	100
	mfspr	r6, ic
	sub	r6, r6, r5
	cmpdi	r6, 0
	li	r7, 0
	beq	still
	li	r7, 1
still:	see	r7
	done
