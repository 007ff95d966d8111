# SPDX-License-Identifier: GPL-2.0-or-later
# Thread 0 enters a guest while thread 1 naps: there a fault comes to thread 1.
.set CONTROLLER, 1
.include "fault-nap.inc"
first:
	await	1
	pause	2
	go_on	park, SF, 0
