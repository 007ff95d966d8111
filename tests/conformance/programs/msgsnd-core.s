# SPDX-License-Identifier: GPL-2.0-or-later
# Doorbells go to threads by their number in the core, coalesce, and one is cleared before it is taken.
.thread 0
	await	1
	load	r5, 5 << 27 | 6
	msgsnd	r5
	msgsnd	r5
	load	r5, 5 << 27 | 2
	msgsnd	r5
	signal	2
	done
.thread 2
	.on	vector.hypervisor_doorbell, took2
	await	2
	load	r5, 5 << 27
	msgclr	r5
	interrupts_on
	pause	20
	see	r7
	done
took2:	addi	r7, r7, 1
	hrfid
.thread 6
	.on	vector.hypervisor_doorbell, took6
	signal	1
	await	2
	interrupts_on
	pause	20
	see	r7
	done
took6:	addi	r7, r7, 1
	hrfid
