# SPDX-License-Identifier: GPL-2.0-or-later
# A fault comes to thread 1, which naps with its presentation controller open to all. The verdict is ffff where that
# has not been left as it was.
.set CONTROLLER, 1
.include "fault.s"
first:
	b	park
second:
	li	5, 0
	ori	5, 5, LPCR_PECE_HV_DOORBELL | LPCR_PECE_EXTERNAL | LPCR_PECE_OTHER
	mtspr	LPCR, 5
	bl	controller
	li	5, 0xff
	li	6, 4
	stbcix	5, 6, 11                # CPPR
	nap
	b	park

check:
	bl	controller
	li	5, 0
	lwzcix	6, 5, 11                # XIRR
	li	5, 12
	lbzcix	7, 5, 11                # MFRR
	li	3, -1
	load	5, 0xff000000
	cmplw	6, 5
	bne	verdict
	cmplwi	7, 0xff
	bne	verdict
	b	checked

controller:                             # its page, in r11
	load	11, 0x0003ffff
	sldi	11, 11, 32
	oris	11, 11, 0x8000
	mfspr	12, PIR
	sldi	12, 12, 12
	add	11, 11, 12
	blr
