# SPDX-License-Identifier: GPL-2.0-or-later
# An external interrupt is for the hypervisor and reaches a guest with MSR[EE] 0.
.thread 0
	await	1
	pause	200
	load	r12, icp.1.mfrr
	li	r5, 4
	stbcix	r5, r0, r12
	done
.thread 1
	.on	vector.external, took
	.on	vector.system_call, took
	load	r11, icp.1.cppr
	li	r5, 255
	stbcix	r5, r0, r11
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
