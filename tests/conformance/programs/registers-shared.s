# SPDX-License-Identifier: GPL-2.0-or-later
# HID0, HMEER, TSCR, RPR, LDBAR and VTB are one for the threads of a core.
.thread 0
	load	r5, 0x8000000000000000
	mtspr	hmeer, r5
	load	r5, 0x12345678
	mtspr	tscr, r5
	load	r5, 0x103070f1f3f
	mtspr	rpr, r5
	load	r5, 0x1230000
	mtspr	ldbar, r5
	load	r5, 0x12000000000000
	mtspr	vtb, r5
	hid0_on	hid0.hile
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
	mfspr	r5, vtb
	srdi	r5, r5, 40
	see	r5
	mfspr	r5, hid0
	load	r6, hid0.hile
	and	r5, r5, r6
	see	r5
	done
