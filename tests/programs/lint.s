# SPDX-License-Identifier: GPL-2.0-or-later
# Thread 0 does what POWER8 does not promise to bear, each thing once, and some of it as it should be done. The verdict is 0,
# or the vector of an interrupt that nobody awaited.
.include "common.s"

.set HDEC, 310
.set LPIDR, 319
.set FAR, 0x7fffffff
.set DOORBELL, 5 << 27
.set MSR_DR, 1 << 4
.set TLBIEL_OF_PARTITION, 2 << 10

# Runs a guest that goes back at once.
.macro run_guest
	li	9, 1f - base
	enter_guest guest
1:
.endm

# A doorbell is pending, which ends a nap. The program goes on at an address then.
.macro before_nap then
	load	5, DOORBELL
	msgsnd	5
	li	9, \then - base
.endm

.macro after_nap
	load	5, DOORBELL
	msgclr	5
.endm

# Stores are completed as in Linux.
.macro complete
	std	5, FLAG(0)
	ptesync
	ld	5, FLAG(0)
2:	cmpd	5, 5
	bne	2b
.endm

interrupt:
	cmpwi	9, 0
	beq	verdict
	mtctr	9
	li	9, 0
	bctr

guest:
	sc	1

first:
	li	9, 0
	load	5, LPCR_PECE_HV_DOORBELL
	mtspr	LPCR, 5
	isync
	li	5, 1000
	mtspr	HDEC, 5                 # hdec-without-hdice
	load	5, LPCR_PECE_HV_DOORBELL | 1
	mtspr	LPCR, 5
	load	6, FAR
	mtspr	HDEC, 6                 # lpcr-without-isync
	isync
	mtspr	HDEC, 6

	lis	5, 0x10
	mtspr	SDR1, 5                 # the host's
	run_guest			# guest-in-host-partition
	li	5, 1
	mtspr	LPIDR, 5
	lis	5, 0x20
	mtspr	SDR1, 5                 # partition-without-ptesync
	ptesync
	run_guest
	lis	5, 0x30
	mtspr	SDR1, 5
	run_guest			# partition-without-flush
	li	5, TLBIEL_OF_PARTITION
	tlbiel	5
	ptesync
	lis	5, 0x40
	mtspr	SDR1, 5
	run_guest

	load	5, DOORBELL | 9
	msgsnd	5                       # doorbell-to-nobody

	before_nap 3f
	nap                             # nap-sequence
3:	after_nap
	before_nap 4f
	mfmsr	6
	ori	6, 6, MSR_DR
	mtmsrd	6
	nap                             # nap-relocated
4:	after_nap
	before_nap 5f
	complete
	nap
5:	li	3, 0
	b	verdict

second:
	b	park
