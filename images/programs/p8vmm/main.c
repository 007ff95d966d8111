// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * p8vmm THREADS COUNT [ROUNDS]: the smallest VMM that uses a whole POWER8 core. One KVM-HV virtual machine, THREADS vCPUs in
 * one vcore, each counts to COUNT, ROUNDS times (3). Reports a `vcpu` frame for each and exits 0 only if each counted right.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../common/frame.h"
#include "../common/number.h"
#include "timings.h"
#include "vcpu.h"
#include "vm.h"

#define EXIT_USAGE 2
/* More than one, so that threads come back from the VMM and enter again while siblings are in the guest. */
#define ROUNDS 3
#define ROUNDS_MAX 1000000

static int usage(void)
{
	fprintf(stderr, "usage: p8vmm THREADS COUNT [ROUNDS], THREADS 1, 2, 4 or 8, COUNT from 1 to 10^15, "
			"ROUNDS from 1 to 10^6\n");
	return EXIT_USAGE;
}

static void report(int id, const struct vcpu *vcpu)
{
	static struct frame frame;

	frame_begin(&frame, "vcpu", getenv("P8SMT_WHO") ?: "host");
	frame_number(&frame, "vcpu", id);
	frame_number(&frame, "count", vcpu->count);
	frame_number(&frame, "want", vcpu->want);
	frame_text(&frame, "error", vcpu->failure.text);
	if (frame_send(&frame, STDOUT_FILENO))
		exit(EXIT_FAILURE);
}

static void run(struct vm *vm, struct vcpu *vcpus, int threads)
{
	pthread_t thread[VM_MAX_THREADS];
	pthread_barrier_t start;

	pthread_barrier_init(&start, NULL, threads);
	for (int id = 0; id < threads; id++) {
		vcpus[id].fd = vm->vcpus[id];
		vcpus[id].run_size = vm->run_size;
		vcpus[id].start = &start;
		errno = pthread_create(&thread[id], NULL, vcpu_thread, &vcpus[id]);
		if (errno) {
			/* The threads that are there wait for one that never comes; leaving ends them. */
			perror("p8vmm: pthread_create");
			exit(EXIT_FAILURE);
		}
	}
	for (int id = 0; id < threads; id++)
		pthread_join(thread[id], NULL);
}

int main(int argc, char **argv)
{
	static struct vcpu vcpus[VM_MAX_THREADS];
	struct failure failure = { "" };
	int code = EXIT_SUCCESS;
	long long threads, count, rounds = ROUNDS;
	struct vm vm;
	bool created;

	if (argc < 3 || argc > 4 || !number_parse(argv[1], 1, VM_MAX_THREADS, &threads) || threads & (threads - 1))
		return usage();
	if (!number_parse(argv[2], 1, 1000000000000000, &count))
		return usage();
	if (argc == 4 && !number_parse(argv[3], 1, ROUNDS_MAX, &rounds))
		return usage();
	created = vm_create(&vm, threads, &failure);
	for (int id = 0; id < threads; id++)
		vcpus[id] = (struct vcpu){ .want = count, .rounds = rounds, .failure = failure };
	if (created)
		run(&vm, vcpus, threads);
	for (int id = 0; id < threads; id++) {
		report(id, &vcpus[id]);
		if (created)
			timings_report(&vm, id);
		if (*vcpus[id].failure.text)
			code = EXIT_FAILURE;
	}
	return code;
}
