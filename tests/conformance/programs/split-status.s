# SPDX-License-Identifier: GPL-2.0-or-later
# HID0 is told to split the core in two, then what it shows.
.thread 0
	hid0_on	hid0.1to2lpar | hid0.dynlpardis
	mfspr	r5, hid0
	load	r6, hid0.2lparmode | hid0.4lparmode | hid0.1to2lpar | hid0.dynlpardis
	and	r5, r5, r6
	see	r5
	done
