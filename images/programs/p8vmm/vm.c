// SPDX-License-Identifier: GPL-2.0-or-later
#include "vm.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "guest.h"

/* KVM_CREATE_VM's type for KVM-HV; 0 would take whatever is there (Documentation/virt/kvm/api.rst, 4.2). */
#define KVM_VM_PPC_HV 1
/* Sixteen host pages of 64 KiB; the program needs a few words of one. */
#define MEMORY_SIZE (1 << 20)
/* The smallest hashed page table there is: 256 KiB. */
#define HASHED_PAGE_TABLE_ORDER 18

static bool add_memory(struct vm *vm, struct failure *failure)
{
	void *memory = mmap(NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct kvm_userspace_memory_region region = {
		.slot = 0,
		.guest_phys_addr = 0,
		.memory_size = MEMORY_SIZE,
		.userspace_addr = (uintptr_t)memory,
	};

	if (attempt(memory == MAP_FAILED ? -1 : 0, "mmap of the guest's memory", failure) < 0)
		return false;
	guest_load(memory);
	return attempt_ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &region, failure) >= 0;
}

bool vm_create(struct vm *vm, int threads, struct failure *failure)
{
	/* First argument: threads to a virtual core. Before the first vCPU, or KVM refuses. */
	struct kvm_enable_cap smt = { .cap = KVM_CAP_PPC_SMT, .args = { threads, 0 } };
	uint32_t order = HASHED_PAGE_TABLE_ORDER;
	int kvm = attempt(open("/dev/kvm", O_RDWR | O_CLOEXEC), "/dev/kvm", failure);
	long run_size;

	if (kvm < 0)
		return false;
	run_size = attempt_ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0, failure);
	if (run_size < 0)
		return false;
	vm->run_size = run_size;
	/* A signal, SIGCONT for one, ends it early: KVM starts a kernel thread, which waits interruptibly. */
	do
		vm->fd = ioctl(kvm, KVM_CREATE_VM, KVM_VM_PPC_HV);
	while (vm->fd < 0 && errno == EINTR);
	if (attempt(vm->fd, "KVM_CREATE_VM", failure) < 0)
		return false;
	if (attempt(ioctl(vm->fd, KVM_ENABLE_CAP, &smt), "KVM_CAP_PPC_SMT", failure) < 0)
		return false;
	if (attempt_ioctl(vm->fd, KVM_PPC_ALLOCATE_HTAB, &order, failure) < 0)
		return false;
	if (!add_memory(vm, failure))
		return false;
	for (int id = 0; id < threads; id++) {
		vm->vcpus[id] = attempt_ioctl(vm->fd, KVM_CREATE_VCPU, id, failure);
		if (vm->vcpus[id] < 0)
			return false;
	}
	return true;
}
