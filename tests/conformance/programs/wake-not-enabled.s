# SPDX-License-Identifier: GPL-2.0-or-later
# What LPCR[PECE] does not enable does not end a nap: a thread that should sleep for ever tells nobody anything.
.thread 0
	await	1
	pause	200
	load	r5, 5 << 27 | 1
	msgsnd	r5
	pause	20000
	done
.thread 1
	.on	vector.system_reset, woken
	load	r5, lpcr.pece.decrementer
	mtspr	lpcr, r5
	signal	1
	nap
woken:	see	r29
	done
