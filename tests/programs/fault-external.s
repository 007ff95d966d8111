# SPDX-License-Identifier: GPL-2.0-or-later
# An external interrupt comes to thread 1, which naps.
.include "fault-nap.inc"
first:
	b	park
