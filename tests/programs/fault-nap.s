# SPDX-License-Identifier: GPL-2.0-or-later
# A fault comes to thread 1, which naps.
.set CONTROLLER, 1
.include "fault-nap.inc"
first:
	b	park
