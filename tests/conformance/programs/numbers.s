# SPDX-License-Identifier: GPL-2.0-or-later
# PIR and TIR of the first and the last thread of the first core of a chip.
.thread 0
	mfspr	r5, pir
	see	r5
	mfspr	r5, tir
	see	r5
	done
.thread 7
	mfspr	r5, pir
	see	r5
	mfspr	r5, tir
	see	r5
	done
