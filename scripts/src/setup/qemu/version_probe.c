// SPDX-License-Identifier: GPL-2.0-or-later
// A plugin of a version that no QEMU accepts: the refusal names the lowest or the highest one that it does.
int qemu_plugin_version = P8SMT_VERSION;

int qemu_plugin_install(void) { return 1; }
