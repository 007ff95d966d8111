# SPDX-License-Identifier: GPL-2.0-or-later
# LPIDR is one register for the threads of a core: what thread 0 wrote, thread 1 reads. 0005; 0000 where each has its own.
.include "common.s"
first:
	li	5, 5
	mtspr	LPIDR, 5
	signal	1
	b	park
second:
	await	1
	mfspr	3, LPIDR
	b	verdict
interrupt:
	b	verdict
