# SPDX-License-Identifier: GPL-2.0-or-later
# Two threads count until a third says that it is enough; one of them has said that the other is more urgent. Then the other
# has: a host that is busy may favour one of them, but hardly each in its turn.
.set FLAG, 0x7800
.set FIRST, 0x7a00
.set SECOND, 0x7a10
.thread 0
	signal	1
	settle
	signal	2
	await	4
	signal	5
	settle
	signal	6
	await	8
	li	r7, 0
	ld	r5, FIRST(r0)
	ld	r6, FIRST+8(r0)
	sldi	r6, r6, 2
	cmpd	r5, r6
	blt	alike
	ld	r5, SECOND+8(r0)
	ld	r6, SECOND(r0)
	sldi	r6, r6, 2
	cmpd	r5, r6
	blt	alike
	li	r7, 1
alike:	see	r7
	done
.thread 1
	await	1
	li	r4, FIRST
	li	r3, 2
	bl	compete
	signal	3
	await	5
	li	r4, SECOND
	li	r3, 6
	or	r1, r1, r1
	bl	compete
	or	r2, r2, r2
	signal	7
	done
.thread 2
	await	1
	li	r4, FIRST+8
	li	r3, 2
	or	r1, r1, r1
	bl	compete
	or	r2, r2, r2
	await	3
	signal	4
	await	5
	li	r4, SECOND+8
	li	r3, 6
	bl	compete
	await	7
	signal	8
	done
# At r4, until the flag is r3.
compete:
	li	r5, 0
onward:	addi	r5, r5, 1
	std	r5, 0(r4)
	lwz	r6, FLAG(r0)
	cmpd	r6, r3
	blt	onward
	blr
