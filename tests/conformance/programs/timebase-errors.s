# SPDX-License-Identifier: GPL-2.0-or-later
# TFMR is written as at the start of firmware: errors cleared.
.thread 1
	li	r5, 0
	mtspr	tfmr, r5
	see	r5
	done
