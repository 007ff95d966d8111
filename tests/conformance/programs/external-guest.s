# SPDX-License-Identifier: GPL-2.0-or-later
# An external interrupt is for the hypervisor and reaches a guest with MSR[EE] 0.
.thread 0
	await	1
	pause	200
	mfspr	r10, pir
	addi	r10, r10, 1
	sldi	r10, r10, 12
	load	r11, icp.base
	add	r10, r10, r11
	load	r12, icp.mfrr
	li	r5, 4
	stbcix	r5, r10, r12
	done
.thread 1
	.on	vector.external, took
	.on	vector.system_call, took
	mfspr	r10, pir
	sldi	r10, r10, 12
	load	r11, icp.base
	add	r10, r10, r11
	load	r11, icp.cppr
	load	r12, icp.mfrr
	load	r13, icp.poll
	li	r5, 255
	stbcix	r5, r10, r11
	enter_guest guest, 0
guest:	signal	1
	settle
	sc	1
took:	see	r29
	mfspr	r5, hsrr1
	andi.	r5, r5, msr.ee
	see	r5
	mfmsr	r5
	load	r6, msr.hv
	and	r5, r5, r6
	see	r5
	done
