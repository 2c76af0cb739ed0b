/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The real engine over a virtual clock and a virtual network. Everything follows from one seed. The
 * network keeps its own account of what happened to every probe, and the engine's figures are
 * compared with it.
 */
#ifndef ICMPMON_TESTS_SIM_H
#define ICMPMON_TESTS_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/monitor.h"
#include "core/rng.h"

#define SIM_PACKET_MAX 1600
#define SIM_TARGETS_MAX 2000

struct sim_target {
	const char *name; /* NULL: made up */
	struct addr address;
	nsec_t interval_ns, timeout_ns;
	uint32_t size_bytes;
	uint8_t flows;
	uint32_t samples, detail, history_minutes;
	bool alarms; /* the two built-in ones */
};

/* How the network and the machine treat us. Parts per million of the probes or turns. */
struct sim_faults {
	uint32_t loss_ppm, duplicate_ppm, corrupt_ppm, wrong_source_ppm, forged_ppm,
	    unreachable_ppm, refused_ppm, ambiguous_ppm;
	nsec_t delay_min_ns, delay_max_ns; /* uniform */
	uint32_t far_ppm; /* probes whose reply takes up to far_max_ns */
	nsec_t far_max_ns;
	uint32_t stall_ppm; /* turns that come up to stall_max_ns late */
	nsec_t stall_max_ns;
	uint32_t queue_packets; /* receive queue, 0: endless */
};

/* What the network knows about one target. */
struct sim_truth {
	uint64_t sent, refused, answered_in_time, late, unreachable, undecided;
	uint64_t duplicates;
};

struct sim;

/* Targets are copied. The arena and all else belong to the sim. */
struct sim *sim_new(uint64_t seed, const struct sim_target targets[], uint32_t n);
void sim_free(struct sim *sim);

struct sim_faults *sim_faults(struct sim *sim);
struct monitor *sim_monitor(struct sim *sim);
nsec_t sim_now(const struct sim *sim);

/* Runs turns until the virtual time has passed. False when an invariant broke: sim_why tells. */
bool sim_run(struct sim *sim, nsec_t duration_ns);
const char *sim_why(const struct sim *sim);

/* Lets everything in flight end without new faults, then compares the engine's sums with the
 * network's account. */
bool sim_settle_and_compare(struct sim *sim);

/* A target stops answering, or answers again. */
void sim_set_silent(struct sim *sim, uint32_t target, bool silent);
/* The loop is stopped for so long at its next turn. */
void sim_stall_once(struct sim *sim, nsec_t duration_ns);
/* A reload with these targets. */
void sim_reload(struct sim *sim, const struct sim_target targets[], uint32_t n);
/* Hash over all events and sums so far: equal for equal seeds. */
uint64_t sim_journal_hash(struct sim *sim);

/* A settings block for these targets; malloc'ed. */
struct settings *sim_settings(const struct sim_target targets[], uint32_t n);

#endif
