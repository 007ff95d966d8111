// SPDX-License-Identifier: GPL-2.0-or-later
#include "vcpu.h"

#include <errno.h>
#include <linux/kvm.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "guest.h"

/* A POWER8, revision 2.0, as QEMU's powernv8 reports it. KVM-HV runs no vCPU whose PVR was not set. */
#define PVR_POWER8 0x004d0200
/* 64-bit; without LE, IR and DR: big-endian in real mode. */
#define MSR_SF (1ULL << 63)

/*
 * How far the guest's timebase is ahead of the host's, in ticks: more than half an hour, so that a host that is left with it is
 * told. KVM rounds it up to a multiple of 2^24.
 */
#define TIMEBASE_OFFSET (1ULL << 40)

static bool prepare(struct vcpu *vcpu)
{
	uint64_t offset = TIMEBASE_OFFSET;
	struct kvm_one_reg timebase = { .id = KVM_REG_PPC_TB_OFFSET, .addr = (uintptr_t)&offset };
	struct kvm_enable_cap papr = { .cap = KVM_CAP_PPC_PAPR };
	struct kvm_sregs special = { .pvr = PVR_POWER8 };
	struct kvm_regs registers;

	vcpu->run = mmap(NULL, vcpu->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, 0);
	if (attempt(vcpu->run == MAP_FAILED ? -1 : 0, "mmap of the vCPU", &vcpu->failure) < 0)
		return false;
	if (attempt_ioctl(vcpu->fd, KVM_SET_SREGS, &special, &vcpu->failure) < 0)
		return false;
	if (attempt(ioctl(vcpu->fd, KVM_SET_ONE_REG, &timebase), "KVM_REG_PPC_TB_OFFSET", &vcpu->failure) < 0)
		return false;
	/* Hypercalls leave the guest as KVM_EXIT_PAPR_HCALL. */
	if (attempt(ioctl(vcpu->fd, KVM_ENABLE_CAP, &papr), "KVM_CAP_PPC_PAPR", &vcpu->failure) < 0)
		return false;
	memset(&registers, 0, sizeof(registers));
	registers.pc = GUEST_START;
	registers.msr = MSR_SF;
	registers.gpr[GUEST_WANT] = vcpu->want;
	return attempt_ioctl(vcpu->fd, KVM_SET_REGS, &registers, &vcpu->failure) >= 0;
}

static bool run_round(struct vcpu *vcpu, int round)
{
	struct kvm_run *run = vcpu->run;
	int result;

	/* A VMM that was stopped and goes on has been interrupted. */
	do
		result = ioctl(vcpu->fd, KVM_RUN, 0);
	while (result < 0 && errno == EINTR);
	if (attempt(result, "KVM_RUN", &vcpu->failure) < 0)
		return false;
	if (run->exit_reason != KVM_EXIT_PAPR_HCALL) {
		fail(&vcpu->failure, "KVM_RUN: exit reason %u instead of %d", run->exit_reason, KVM_EXIT_PAPR_HCALL);
		return false;
	}
	if (run->papr_hcall.nr != GUEST_HCALL) {
		fail(&vcpu->failure, "KVM_RUN: hypercall 0x%llx instead of 0x%x",
		     (unsigned long long)run->papr_hcall.nr, GUEST_HCALL);
		return false;
	}
	run->papr_hcall.ret = 0;
	vcpu->count = run->papr_hcall.args[0];
	if (vcpu->count == vcpu->want)
		return true;
	fail(&vcpu->failure, "round %d of %d: wrong count", round, vcpu->rounds);
	return false;
}

void *vcpu_thread(void *argument)
{
	struct vcpu *vcpu = argument;
	bool ready = prepare(vcpu);

	/* Also one that failed: its siblings wait. */
	pthread_barrier_wait(vcpu->start);
	for (int round = 1; ready && round <= vcpu->rounds; round++)
		ready = run_round(vcpu, round);
	return NULL;
}
