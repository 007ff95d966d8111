# SPDX-License-Identifier: GPL-2.0-or-later
# What a thread's PURR counts beside seven siblings that are awake, and again while six of those nap.
.thread 0
	load	r5, lpcr.onl
	mtspr	lpcr, r5
	# Until each of the others is online and waits.
	give_way
	give_way
	bl	measure
	sldi	r11, r11, 3
	bl	alike
	signal	1
	give_way
	give_way
	bl	measure
	add	r11, r11, r11
	bl	alike
	li	r5, 1
	li	r6, 7
call:	load	r7, 5 << 27
	or	r7, r7, r5
	msgsnd	r7
	addi	r5, r5, 1
	cmpd	r5, r6
	blt	call
	done
# How far the timebase gets in a while, and PURR.
measure:
	mfspr	r10, tb
	mfspr	r11, purr
	settle
	mfspr	r12, tb
	mfspr	r13, purr
	subf	r10, r10, r12
	subf	r11, r11, r13
	blr
# Sees 1 if r10 and r11 differ by less than an eighth.
alike:	srdi	r5, r10, 3
	subf	r6, r10, r11
	add	r6, r6, r5
	add	r5, r5, r5
	li	r7, 0
	cmpld	r6, r5
	bgt	apart
	li	r7, 1
apart:	see	r7
	blr
.thread 1
	.on	vector.system_reset, woken
	b	other
.thread 2
	.on	vector.system_reset, woken
	b	other
.thread 3
	.on	vector.system_reset, woken
	b	other
.thread 4
	.on	vector.system_reset, woken
	b	other
.thread 5
	.on	vector.system_reset, woken
	b	other
.thread 6
	.on	vector.system_reset, woken
other:	load	r5, lpcr.onl | lpcr.pece.hypervisor_doorbell
	mtspr	lpcr, r5
	await	1
	nap
woken:	done
.thread 7
	load	r5, lpcr.onl
	mtspr	lpcr, r5
	await	1
	pause	400000
	done
