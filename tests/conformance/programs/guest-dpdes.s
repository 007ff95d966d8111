# SPDX-License-Identifier: GPL-2.0-or-later
# The hypervisor gives a guest a doorbell, which waits while MSR[EE] is 0, and the guest reads DPDES.
.thread 1
	.on	vector.system_call, back
	.on	0xf80, back
	load	r5, 2
	mtspr	dpdes, r5
	enter_guest guest, 0
guest:	li	r5, 0
	mfspr	r5, dpdes
	sc	1
back:	see	r29
	see	r5
	done
