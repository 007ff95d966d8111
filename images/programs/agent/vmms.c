// SPDX-License-Identifier: GPL-2.0-or-later
#include "vmms.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/frame.h"
#include "report.h"

#define VMM "/bin/p8vmm"
#define CODE_KILLED (128 + SIGKILL)
#define VCPU_FRAME "@p8 {\"t\":\"vcpu\",\"who\":\"host\",\"vcpu\":"

static struct vmm places[VMMS_MAX];
/* Those of PLACES that run, in the order of starting. */
static struct vmm *running[VMMS_MAX];
static int running_count, started_count;

/* What a vCPU that is fine says at its end. */
static void fine_line(const struct vmm *vmm, int vcpu, char line[FRAME_LINE_MAX])
{
	static struct frame frame;

	frame_begin(&frame, "vcpu", report_who());
	frame_number(&frame, "vcpu", vcpu);
	frame_number(&frame, "count", vmm->count);
	frame_number(&frame, "want", vmm->count);
	frame_text(&frame, "error", "");
	line[frame_end(&frame, line) - 1] = 0;
}

static void vmm_line(void *context, const char *line)
{
	static char fine[FRAME_LINE_MAX];
	struct vmm *vmm = context;

	*fine = 0;
	if (!strncmp(line, VCPU_FRAME, strlen(VCPU_FRAME)))
		fine_line(vmm, atoi(line + strlen(VCPU_FRAME)), fine);
	if (!strcmp(line, fine))
		vmm->right++;
	else if (strstr(line, "\"error\":\"KVM_RUN: EBUSY\""))
		vmm->busy++;
	else if (strstr(line, "\"error\":\"KVM_RUN: EINVAL\""))
		vmm->invalid++;
	else
		report_output("p8vmm", line);
}

bool vmms_start(int threads, long long count, int rounds, struct vmm **started)
{
	char words[3][32];
	char *arguments[] = { VMM, words[0], words[1], words[2], NULL };
	struct vmm *vmm = places;

	while (vmm->child.pid)
		vmm++;
	*vmm = (struct vmm){ .number = started_count, .threads = threads, .count = count };
	vmm->child.output = vmm_line;
	vmm->child.errors = vmm_line;
	vmm->child.context = vmm;
	snprintf(words[0], sizeof(words[0]), "%d", threads);
	snprintf(words[1], sizeof(words[1]), "%lld", count);
	snprintf(words[2], sizeof(words[2]), "%d", rounds);
	if (!child_start(&vmm->child, arguments))
		return false;
	started_count++;
	running[running_count++] = vmm;
	*started = vmm;
	return true;
}

int vmms_running(void)
{
	return running_count;
}

struct vmm *vmms_get(int index)
{
	return running[index];
}

bool vmm_ended_well(const struct vmm *vmm, const char **why)
{
	int refused = vmm->busy + vmm->invalid;

	*why = "";
	if (!vmm->child.code && vmm->right == vmm->threads)
		return true;
	*why = "killed";
	if (vmm->killed && vmm->child.code == CODE_KILLED)
		return true;
	*why = "refused";
	return vmm->child.code == 1 && refused && vmm->right + refused == vmm->threads &&
	       (!vmm->busy || vmm->may_be_busy) && (!vmm->invalid || vmm->may_be_invalid);
}

static bool end(struct vmm *vmm)
{
	const char *why;
	bool well = vmm_ended_well(vmm, &why);

	report_ended(vmm->number, vmm->threads, vmm->right, vmm->child.code, well ? why : "wrong");
	if (!well)
		report_problem("guest %d of %d vCPUs ended with %d: %d counted right, KVM_RUN failed %d times with EBUSY "
			       "(%s) and %d times with EINVAL (%s)", vmm->number, vmm->threads, vmm->child.code, vmm->right,
			       vmm->busy, vmm->may_be_busy ? "which it may" : "which it must not",
			       vmm->invalid, vmm->may_be_invalid ? "which it may" : "which it must not");
	vmm->child.pid = 0;
	return well;
}

bool vmms_attend(const struct timespec *patience)
{
	struct child *children[VMMS_MAX];
	bool well = true;
	int left = 0;

	for (int i = 0; i < running_count; i++)
		children[i] = &running[i]->child;
	children_attend(children, running_count, patience);
	for (int i = 0; i < running_count; i++) {
		if (child_runs(&running[i]->child))
			running[left++] = running[i];
		else if (!end(running[i]))
			well = false;
	}
	running_count = left;
	return well;
}
