# SPDX-License-Identifier: GPL-2.0-or-later
# What the fault-*.s programs share: an interrupt ends them. The verdict is its vector without the last digit, then what
# it saved: SRR1[42:47] (HSRR1's at 0xe60 and 0xe80), with 0x40 where MSR[HV] was set and 0x80 where MSR[RI] was.
.include "common.s"
.set MSR_RI, 2
.set MSR_EE, 0x8000
.set LPCR_PECE_EXTERNAL, 0x4000
.set LPCR_PECE_OTHER, 0x1000

# Goes on at an address with MSR[SF], [ME] and the bits given: `top` of the highest four, `low` of the lowest sixteen.
.macro go_on address, top, low
	li	5, \address - base
	mtspr	HSRR0, 5
	li	5, \top
	sldi	5, 5, 60
	ori	5, 5, 0x1000 | (\low)
	mtspr	HSRR1, 5
	li	5, 0
	mtspr	RMOR, 5
	hrfid
.endm
.set SF, 8
.set SF_HV, 9

interrupt:
	mr	9, 3
.ifdef CONTROLLER
	b	check
checked:
.endif
	mfsrr1	4
	cmpwi	9, 0xe60
	blt	1f
	mfspr	4, HSRR1
1:	slwi	3, 9, 4
	rldicl	5, 4, 64 - 16, 58
	or	3, 3, 5
	andi.	5, 4, MSR_RI
	beq	2f
	ori	3, 3, 0x80
2:	rldicl.	5, 4, 4, 63
	beq	verdict
	ori	3, 3, 0x40
	b	verdict
