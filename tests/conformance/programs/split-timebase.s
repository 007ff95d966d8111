# SPDX-License-Identifier: GPL-2.0-or-later
# The second half of a split core writes its timebase, and back. Nobody waits meanwhile.
.thread 0
	hid0_on	hid0.1to2lpar | hid0.dynlpardis
	signal	1
look:	or	r1, r1, r1
	lwz	r6, WRITTEN(r0)
	cmpwi	r6, 1
	bne	look
	or	r2, r2, r2
	mfspr	r5, tb
	srdi	r5, r5, 40
	see	r5
	li	r5, 2
	stw	r5, WRITTEN(r0)
	done
.thread 4
	await	1
	li	r7, 1
	sldi	r7, r7, 40
	mfspr	r5, tb
	add	r5, r5, r7
	mtspr	tbu40, r5
	mfspr	r5, tb
	srdi	r5, r5, 40
	see	r5
	li	r5, 1
	stw	r5, WRITTEN(r0)
back:	or	r1, r1, r1
	lwz	r6, WRITTEN(r0)
	cmpwi	r6, 2
	bne	back
	or	r2, r2, r2
	mfspr	r5, tb
	sub	r5, r5, r7
	mtspr	tbu40, r5
	done
.set WRITTEN, 0x7f00
