# SPDX-License-Identifier: GPL-2.0-or-later
# The hypervisor decrementer expires in a nap that the decrementer ends. The guest that the thread then enters is
# interrupted: 0980. Where the expiry was lost the guest counts to the end and calls its hypervisor: 0c00.
.include "common.s"
second:
	b	park
first:
	li	5, LPCR_PECE_DECREMENTER | LPCR_HDICE
	mtspr	LPCR, 5
	li	5, 2000
	mtspr	HDEC, 5
	li	5, 20000
	mtdec	5
	nap
guest:
	pause	2
	sc	1
interrupt:
	cmpwi	3, 0x100
	bne	verdict
	enter_guest guest
