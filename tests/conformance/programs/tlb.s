# SPDX-License-Identifier: GPL-2.0-or-later
# Thread 1 loads through a translation. Thread 0 changes the page table's entry and invalidates it, which is for the whole
# core. Thread 1 loads again. Then the same with thread 0's data relocation on.
.set HTAB, 0x100000
.set PAGE, 0x5000
# With VSID 0 the page's number is its hash.
.set ENTRY, 0x100280
.set OLD, 0x200000
.set NEW, 0x210000
# Referenced, changed, memory coherence, PP 2.
.set STATE, 0x192
.thread 0
	await	1
	load	r7, ENTRY
	load	r5, NEW | STATE
	std	r5, 8(r7)
	ptesync
	load	r5, PAGE
	tlbiel	r5
	ptesync
	signal	2
	await	3
	load	r5, OLD | STATE
	std	r5, 8(r7)
	ptesync
	load	r5, PAGE
	mfmsr	r6
	ori	r4, r6, msr.dr
	mtmsrd	r4
	tlbiel	r5
	mtmsrd	r6
	ptesync
	signal	4
	done
.thread 1
	load	r7, ENTRY
	load	r5, OLD | STATE
	std	r5, 8(r7)
	li	r5, 1
	std	r5, 0(r7)
	load	r7, OLD
	stw	r5, 0(r7)
	li	r5, 2
	load	r7, NEW
	stw	r5, 0(r7)
	load	r5, HTAB
	mtspr	sdr1, r5
	li	r5, 0
	lis	r6, 0x0800
	slbmte	r5, r6
	ptesync
	isync
	load	r7, PAGE
	mfmsr	r6
	ori	r5, r6, msr.dr
	mtmsrd	r5
	lwz	r3, 0(r7)
	mtmsrd	r6
	see	r3
	signal	1
	await	2
	ori	r5, r6, msr.dr
	mtmsrd	r5
	lwz	r3, 0(r7)
	mtmsrd	r6
	see	r3
	signal	3
	await	4
	ori	r5, r6, msr.dr
	mtmsrd	r5
	lwz	r3, 0(r7)
	mtmsrd	r6
	see	r3
	done
