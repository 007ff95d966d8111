# SPDX-License-Identifier: GPL-2.0-or-later
# A guest executes msgsndp with HFSCR[MSGP] 0, which POWER8 does not have, and calls its hypervisor: 0c00. Where the bit
# is asked for it gets a hypervisor facility unavailable interrupt instead: 0f80.
.include "common.s"
second:
	b	park
first:
	li	5, 0
	mtspr	HFSCR, 5
	load	6, 5 << 27
	enter_guest guest
guest:
	msgsndp	6
	sc	1
interrupt:
	b	verdict
