# SPDX-License-Identifier: GPL-2.0-or-later
# A fault comes to thread 0, which spins in a guest, in real mode with MSR[EE] 0. No page table has been set up.
.include "fault.s"
second:
	b	park
first:
	go_on	park, SF, 0
