# SPDX-License-Identifier: GPL-2.0-or-later
# A fault comes to thread 0, which spins in problem state under the hypervisor, its page mapped.
.include "fault.s"
.set HTAB, 0x100000                     # 256 KB, so SDR1[HTABSIZE] is 0
.set RC_M_RW, 0x192                     # referenced, changed, memory coherent, PP 2
.set MSR_USER, 0xc030                   # EE, PR, IR, DR

second:
	b	park
first:
	load	7, HTAB + 1 * 128       # the entry of page 1, VSID 0
	li	5, 0x1000 | RC_M_RW
	std	5, 8(7)
	li	5, 1                    # AVPN 0, valid
	std	5, 0(7)
	load	5, HTAB
	mtspr	SDR1, 5
	li	5, 0
	lis	6, 0x0800               # ESID 0, valid, index 0
	slbmte	5, 6
	load	5, 0x7fffffff           # no decrementer meanwhile
	mtdec	5
	ptesync
	isync
	go_on	park, SF_HV, MSR_RI | MSR_USER
