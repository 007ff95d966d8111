# SPDX-License-Identifier: GPL-2.0-or-later
# HMEER, TSCR, RPR and LDBAR are one for the threads of a core.
.thread 0
	load	r5, 0x8000000000000000
	mtspr	hmeer, r5
	load	r5, 0x12345678
	mtspr	tscr, r5
	load	r5, 0x103070f1f3f
	mtspr	rpr, r5
	load	r5, 0x1230000
	mtspr	ldbar, r5
	sync
	signal	1
	done
.thread 5
	await	1
	mfspr	r5, hmeer
	see	r5
	mfspr	r5, tscr
	see	r5
	mfspr	r5, rpr
	see	r5
	mfspr	r5, ldbar
	see	r5
	done
