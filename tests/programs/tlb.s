# SPDX-License-Identifier: GPL-2.0-or-later
# Thread 1 loads through a translation. Thread 0 changes the page table entry and executes tlbiel, which acts for the
# whole core. Thread 1 loads again and finds the new page: 0002; 0001 where it still has the old translation.
.include "common.s"
.set HTAB, 0x100000                     # 256 KB, so SDR1[HTABSIZE] is 0
.set PAGE, 0x5000                       # effective address; with VSID 0 its hash is 5
.set ENTRY, HTAB + 5 * 128
.set OLD, 0x3000
.set NEW, 0x4000
.set RC_M_RW, 0x192                     # referenced, changed, memory coherent, PP 2

second:
	load	7, ENTRY
	li	5, OLD | RC_M_RW
	std	5, 8(7)
	li	5, 1                    # AVPN 0, valid
	std	5, 0(7)
	stw	5, OLD(0)
	li	5, 2
	stw	5, NEW(0)
	load	5, HTAB
	mtspr	SDR1, 5
	li	5, 0
	lis	6, 0x0800               # ESID 0, valid, index 0
	slbmte	5, 6
	ptesync
	isync
	bl	load_page
	signal	1
	await	2
	bl	load_page
	b	verdict

load_page:
	mfmsr	6
	ori	5, 6, MSR_DR
	mtmsrd	5
	lwz	3, PAGE(0)
	mtmsrd	6
	blr

first:
	await	1
	load	7, ENTRY
	li	5, NEW | RC_M_RW
	std	5, 8(7)
	ptesync
	li	5, PAGE
	tlbiel	5
	ptesync
	signal	2
	b	park
interrupt:
	b	verdict
