# SPDX-License-Identifier: GPL-2.0-or-later
# One thread moves the timebase ahead, as for a guest, and asks firmware for the host's again. If that fails it is put right
# in the end: whoever prints what was seen waits by it.
.set SET, 0x7a00
.set READ, 0x7a08
.thread 0
	load	r7, 1 << 40
	mfspr	r5, tb
	add	r5, r5, r7
	mtspr	tbu40, r5
	mfspr	r8, tb
	srdi	r8, r8, 40
	resync
	mfspr	r5, tb
	srdi	r5, r5, 40
	li	r6, 1
	stw	r6, SET(r0)
	sync
wait0:	or	r1, r1, r1
	lwz	r6, READ(r0)
	cmpwi	r6, 1
	bne	wait0
	see	r8
	see	r5
	cmpwi	r5, 0
	beq	right
	mfspr	r5, tb
	sub	r5, r5, r7
	mtspr	tbu40, r5
right:	done
.thread 4
wait4:	or	r1, r1, r1
	lwz	r6, SET(r0)
	cmpwi	r6, 1
	bne	wait4
	mfspr	r5, tb
	srdi	r5, r5, 40
	see	r5
	li	r6, 1
	stw	r6, READ(r0)
	done
