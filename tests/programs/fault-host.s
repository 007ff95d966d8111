# SPDX-License-Identifier: GPL-2.0-or-later
# A fault comes to thread 0, which spins in the hypervisor. Its MSR[EE] is 0 at first, and 1 after a while.
.include "fault.s"
second:
	b	park
first:
	load	5, 0x7fffffff           # no decrementer meanwhile
	mtdec	5
	go_on	masked, SF_HV, MSR_RI
masked:
	pause	4
	go_on	park, SF_HV, MSR_RI | MSR_EE
