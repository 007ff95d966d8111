// SPDX-License-Identifier: GPL-2.0-or-later
#include "split.h"

#include "command_line.h"
#include "files.h"

/*
 * Vcores of several guests that are due at the same time make KVM split the core into sub-cores: kvmppc_run_core() writes
 * HID0 and spins until its status bits confirm. Guests on an emulated core without sub-cores then get nowhere. Whoever
 * starts the run may know better and say so on the kernel command line.
 */
void keep_core_whole(void)
{
	char command_line[COMMAND_LINE_MAX], modes[COMMAND_LINE_MAX];

	if (!file_read("/proc/cmdline", command_line, sizeof(command_line)))
		return;
	if (!command_line_find(command_line, "kvm_hv.dynamic_mt_modes", modes))
		file_write("/sys/module/kvm_hv/parameters/dynamic_mt_modes", "0");
}
