# SPDX-License-Identifier: GPL-2.0-or-later
# Thread 0 copies all of the program, marks the copy, and offsets real addresses by where it is. All threads go on there.
.set COPY, 0x100000
.set END, 0x8000
.set MARK, 0x5f00
.set FLAG, 0x7800
# HRMOR is not added to an address with this on.
.set NO_OFFSET, 1 << 63
.thread 0
	load	r5, COPY
	li	r6, 0
	load	r7, END
copy:	ld	r8, 0(r6)
	std	r8, 0(r5)
	addi	r5, r5, 8
	addi	r6, r6, 8
	cmpd	r6, r7
	blt	copy
	load	r5, COPY
	li	r8, 1
	std	r8, MARK(r5)
	sync
	mtspr	hrmor, r5
	slbia
	isync
	# The others look for the signal at the one place or at the other.
	load	r6, NO_OFFSET | FLAG
	stw	r8, 0(r6)
	load	r6, NO_OFFSET | COPY | FLAG
	stw	r8, 0(r6)
	b	look
.thread 1
	b	other
.thread 2
	b	other
.thread 3
	b	other
.thread 4
	b	other
.thread 5
	b	other
.thread 6
	b	other
.thread 7
other:	await	1
	# What translations each has kept of the old addresses.
	slbia
	isync
look:	ld	r5, MARK(r0)
	see	r5
	mfspr	r5, hrmor
	see	r5
	done
