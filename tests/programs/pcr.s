# SPDX-License-Identifier: GPL-2.0-or-later
# PCR is one register for the threads of a core: what thread 0 wrote, thread 1 reads. 0002; 0000 where each has its own.
.include "common.s"
first:
	li	5, 2                    # architecture level 2.05
	mtspr	PCR, 5
	signal	1
	b	park
second:
	await	1
	mfspr	3, PCR
	b	verdict
interrupt:
	b	verdict
