# SPDX-License-Identifier: GPL-2.0-or-later
# One thread sets PURR far ahead; neither another's nor its own SPURR moves.
.thread 0
	li	r5, 0
	mtspr	purr, r5
	mtspr	spurr, r5
	signal	1
	await	2
	mfspr	r5, spurr
	srdi	r5, r5, 40
	see	r5
	mfspr	r5, purr
	srdi	r5, r5, 40
	see	r5
	done
.thread 1
	await	1
	li	r5, 1
	sldi	r5, r5, 40
	mtspr	purr, r5
	mfspr	r5, spurr
	srdi	r5, r5, 40
	see	r5
	signal	2
	done
