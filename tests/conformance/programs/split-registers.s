# SPDX-License-Identifier: GPL-2.0-or-later
# On a core that is split in two, LPIDR, RPR and LDBAR of one half are not the other's.
.thread 0
	li	r5, 3
	mtspr	lpidr, r5
	load	r5, 0x103070f1f3f
	mtspr	rpr, r5
	mtspr	ldbar, r5
	hid0_on	hid0.1to2lpar | hid0.dynlpardis
	signal	1
	await	2
	mfspr	r5, lpidr
	see	r5
	mfspr	r5, rpr
	see	r5
	mfspr	r5, ldbar
	see	r5
	done
.thread 4
	await	1
	mfspr	r5, lpidr
	see	r5
	li	r5, 9
	mtspr	lpidr, r5
	mfspr	r5, lpidr
	see	r5
	mfspr	r5, rpr
	see	r5
	mfspr	r5, ldbar
	see	r5
	li	r5, 5
	mtspr	rpr, r5
	mtspr	ldbar, r5
	signal	2
	done
