# SPDX-License-Identifier: GPL-2.0-or-later
# Two threads count until a third says that it is enough; one of them has said that the other is more urgent.
.thread 0
	signal	1
	settle
	signal	2
	await	4
	ld	r5, 0x7a00(r0)
	ld	r6, 0x7a08(r0)
	sldi	r6, r6, 2
	li	r7, 0
	cmpd	r5, r6
	blt	alike
	li	r7, 1
alike:	see	r7
	done
.thread 1
	await	1
	li	r5, 0
more1:	addi	r5, r5, 1
	std	r5, 0x7a00(r0)
	lwz	r6, 0x7800(r0)
	cmpwi	r6, 2
	blt	more1
	signal	3
	done
.thread 2
	await	1
	li	r5, 0
	or	r1, r1, r1
more2:	addi	r5, r5, 1
	std	r5, 0x7a08(r0)
	lwz	r6, 0x7800(r0)
	cmpwi	r6, 2
	blt	more2
	or	r2, r2, r2
	await	3
	signal	4
	done
