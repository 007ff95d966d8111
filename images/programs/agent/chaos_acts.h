/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CHAOS_ACTS_H
#define CHAOS_ACTS_H

#include <stdbool.h>

#include "cpus.h"
#include "random.h"

/* What chaos knows of the machine, all of which only it changes. */
struct chaos {
	struct random random;
	/* How many acts of a hundred are a device's interrupt. */
	int device_share;
	/* All CPUs, all of them online at the beginning. */
	struct cpus cpus;
	struct chaos_cpu {
		/* The first thread of its core. */
		int primary;
		bool online;
		/* Of a primary: its core is open to KVM. */
		bool open;
		/* Of a closed one: how often its secondaries had been given to KVM when it was closed. */
		long long cedes;
	} cpu[CPUS_MAX];
	/* The switch kvm_hv.host_secondaries. */
	bool enabled;
	/* RCU's grace periods are expedited. */
	bool expedited;
	/* The act of now, for the report: what it does to whom, and what came of it: "ok" or an errno. */
	char what[80];
	const char *answer;
};

/*
 * An act draws whom it is done to, does it, and sets WHAT and ANSWER; WHAT stays empty if there is nobody. False, reported, if
 * its outcome is one that it must not have.
 */
typedef bool chaos_act(struct chaos *chaos);

/* To guests. */
chaos_act chaos_start, chaos_kill, chaos_stop, chaos_continue, chaos_confine, chaos_banish;
/* To the host's CPUs and what runs there. */
chaos_act chaos_offline, chaos_online, chaos_move, chaos_interrupt, chaos_timer, chaos_expedite;
/* To a device. */
chaos_act chaos_device;
/* To KVM. */
chaos_act chaos_close, chaos_open, chaos_switch, chaos_times;

/* Undoes what these have done: all stopped guests go on, ... */
bool chaos_guests_settle(struct chaos *chaos);
/* ... all CPUs are online and the busy processes where they were started, ... */
bool chaos_cpus_settle(struct chaos *chaos);
/* ... KVM is switched on and all cores are open. */
bool chaos_kvm_settle(struct chaos *chaos);

/* Notes the outcome of an act, 0 or an errno; returns whether it is 0. */
bool chaos_answered(struct chaos *chaos, int failed);

/* Reports that the act must not have this outcome, and returns false. */
bool chaos_wrong(const struct chaos *chaos, const char *why);

/* Draws a CPU that is a primary or not, and online or not. -1 if there is none. */
int chaos_draw_cpu(struct chaos *chaos, bool primary, bool online);

/* Whether any core can run guests: it is open to KVM, and its primary thread is online. */
bool chaos_any_open(const struct chaos *chaos);

#endif
