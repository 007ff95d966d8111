// SPDX-License-Identifier: GPL-2.0-or-later
#include "guests.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "child.h"
#include "report.h"

#define VMM "/usr/bin/qemu-system-ppc64"
#define VMM_DATA "/usr/share/qemu"
#define GUEST_KERNEL "/guest/vmlinux"
#define GUEST_INITRAMFS "/guest/initrd.gz"

/*
 * With QEMU's own small firmware (x-vof), a guest needs no SLOF. KVM on an emulated POWER8 has no transactional memory to
 * offer and none of the mitigations that pseries machines promise by default.
 */
#define VMM_MACHINE \
	"pseries,accel=kvm,x-vof=on,cap-htm=off,cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken,cap-ccf-assist=off"

struct guest {
	struct child child;
	char name[16];
	/* What stands before each line of its console. */
	char prefix[20];
	/* Its VMM waits for ever for somebody to look at it. */
	bool paused;
	/* The frame that it ends with when all went well. */
	char done_line[FRAME_LINE_MAX];
	bool done;
};

static void console_line(void *context, const char *line)
{
	struct guest *guest = context;

	if (!strcmp(line, guest->done_line))
		guest->done = true;
	report_verbatim(guest->prefix, line);
}

/* What QEMU says when KVM cannot run a vCPU. It prints the registers then and waits for a debugger or a monitor. */
#define VMM_PAUSES "error: kvm run failed"

static void vmm_line(void *context, const char *line)
{
	struct guest *guest = context;

	report_output(guest->name, line);
	if (strncmp(line, VMM_PAUSES, strlen(VMM_PAUSES)) || guest->paused)
		return;
	guest->paused = true;
	/* It ends when it has printed them. */
	if (kill(guest->child.pid, SIGTERM))
		report_errno("kill");
}

static void name_guest(struct guest *guest, int number)
{
	static struct frame frame;

	snprintf(guest->name, sizeof(guest->name), "guest%d", number);
	snprintf(guest->prefix, sizeof(guest->prefix), "guest%d| ", number);
	frame_begin(&frame, "done", guest->name);
	frame_number(&frame, "failed", 0);
	guest->done_line[frame_end(&frame, guest->done_line) - 1] = 0;
	guest->done = false;
	guest->paused = false;
}

static bool start(struct guest *guest, const struct step *step)
{
	char machine[256], threads[64], memory[32], append[256];
	char *arguments[] = {
		VMM, "-L", VMM_DATA, "-name", guest->name, "-M", machine, "-cpu", "host", "-smp", threads,
		"-m", memory, "-nodefaults", "-display", "none", "-serial", "stdio", "-no-reboot",
		"-kernel", GUEST_KERNEL, "-initrd", GUEST_INITRAMFS, "-append", append, NULL,
	};

	snprintf(machine, sizeof(machine), "%s%s", VMM_MACHINE, step->power < 8 ? ",max-cpu-compat=power7" : "");
	snprintf(threads, sizeof(threads), "%lld,threads=%lld", step->threads, step->threads);
	snprintf(memory, sizeof(memory), "%lldM", step->memory_mb);
	/* Each sixteen characters of its boot messages would leave the guest; what it has to complain of is enough. */
	snprintf(append, sizeof(append), "console=hvc0 loglevel=5 panic=-1 p8smt.role=%s p8smt.steps=work:%lld",
		 guest->name, step->count);
	guest->child.output = console_line;
	guest->child.errors = vmm_line;
	guest->child.context = guest;
	return child_start(&guest->child, arguments);
}

static int outcome(const struct guest *guest)
{
	if (guest->child.code) {
		report_problem("%s: the VMM ended with %d", guest->name, guest->child.code);
		return guest->child.code;
	}
	if (!guest->done) {
		report_problem("%s: ended without having done its steps", guest->name);
		return 1;
	}
	return 0;
}

int guests_run(const struct step *step)
{
	static struct guest guests[CHILDREN_MAX];
	struct child *running[CHILDREN_MAX];
	int count = 0, code = 0;

	for (int i = 0; i < step->guests; i++) {
		name_guest(&guests[i], i);
		if (start(&guests[i], step))
			running[count++] = &guests[i].child;
	}
	children_wait(running, count);
	for (int i = 0; i < step->guests; i++) {
		int result = outcome(&guests[i]);

		if (!code)
			code = result;
	}
	return code;
}
