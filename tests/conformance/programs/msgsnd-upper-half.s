# SPDX-License-Identifier: GPL-2.0-or-later
# A thread sends itself a doorbell whose register has a bit on that is no part of the message.
.thread 0
	.on	vector.hypervisor_doorbell, took
	load	r5, 1 << 40 | 5 << 27
	msgsnd	r5
	interrupts_on
	pause	20
	see	r7
	done
took:	addi	r7, r7, 1
	hrfid
