/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The real engine over a virtual clock and a virtual network. Everything follows from one seed. The
 * network keeps its own account of what happened to every probe, and the engine's figures, its
 * records of single probes and its events are compared with it.
 */
#ifndef ICMPMON_TESTS_SIM_H
#define ICMPMON_TESTS_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/monitor.h"
#include "core/rng.h"

#include "sim_packet.h"

#define SIM_TARGETS_MAX 2000
#define SIM_ID_FIRST 0x4a40

struct sim_target {
	const char *name; /* NULL: made up */
	const char *host; /* NULL: the address */
	struct addr address; /* family 0: none is told at the start */
	nsec_t interval_ns, timeout_ns;
	uint32_t size_bytes;
	uint8_t flows; /* 0: 1 */
	uint32_t samples, detail, history_minutes;
	bool alarms; /* all of the world */
	bool paused, allow_special, addresses_all, kernel_stamps;
	const char *group; /* NULL: top level */
	const char *depends; /* name of another */
	const char *source; /* interface */
	struct addr source_addr;
};

struct sim_alarm {
	const char *name, *raise, *clear;
	enum settings_state state;
};

struct sim_group {
	const char *name;
	uint32_t quorum_need; /* 0: none */
};

/* A configuration. Everything is copied or used up by the call that it is given to. */
struct sim_world {
	const struct sim_target *targets;
	uint32_t n;
	const struct sim_alarm *alarms; /* NULL: down and loss as they are built in */
	uint32_t n_alarms;
	const struct sim_group *groups;
	uint32_t n_groups;
	int metrics_rtt; /* 0: by the number of targets, 1: per target, -1: not */
};

/* How the network and the machine treat us. Parts per million of the probes or turns. */
struct sim_faults {
	/* of the probes */
	uint32_t loss_ppm, duplicate_ppm, corrupt_ppm, wrong_source_ppm, forged_ppm;
	uint32_t unreachable_ppm, forged_error_ppm, harmless_error_ppm;
	uint32_t refused_ppm;
	int refused_error; /* errno, 0: any of several */
	nsec_t delay_min_ns, delay_max_ns; /* uniform */
	uint32_t far_ppm; /* probes whose reply takes up to far_max_ns */
	nsec_t far_max_ns;
	nsec_t softirq_max_ns; /* between the stamp and the queue */
	/* of the turns */
	uint32_t stall_ppm; /* come up to stall_max_ns late */
	nsec_t stall_max_ns;
	uint32_t long_batch_ppm; /* are interrupted in sending, for up to stall_max_ns */
	uint32_t partial_ppm; /* do not read all that has come */
	uint32_t suspend_ppm; /* the machine slept before, for up to suspend_max_ns */
	nsec_t suspend_max_ns;
	uint32_t step_ppm; /* the wall clock was set before: stamps are unsure */
	uint32_t queue_packets; /* receive queue of each family, 0: endless */
};

struct sim;

/* The two alarms that exist unless redefined. */
extern const struct sim_alarm sim_alarms_builtin[2];

struct sim *sim_new_world(uint64_t seed, const struct sim_world *world);
struct sim *sim_new(uint64_t seed, const struct sim_target targets[], uint32_t n);
void sim_free(struct sim *sim);

struct sim_faults *sim_faults(struct sim *sim);
struct monitor *sim_monitor(struct sim *sim);
nsec_t sim_now(const struct sim *sim);

/* Runs turns until the virtual time has passed. False when an invariant broke: sim_why tells. */
__attribute__((warn_unused_result)) bool sim_run(struct sim *sim, nsec_t duration_ns);
const char *sim_why(const struct sim *sim);

/* Lets everything in flight end without new faults, then compares the engine's sums with the
 * network's account. */
__attribute__((warn_unused_result)) bool sim_settle_and_compare(struct sim *sim);

/* A target (by index in the world) stops answering, or answers again. */
void sim_set_silent(struct sim *sim, uint32_t target, bool silent);
/* Probes to the target with this ICMP id are swallowed, 0: with none. */
void sim_set_stuck_id(struct sim *sim, uint32_t target, uint16_t id);
/* The loop is stopped for so long at its next turn. */
void sim_stall_once(struct sim *sim, nsec_t duration_ns);
/* The machine sleeps before the next turn. */
void sim_suspend_once(struct sim *sim, nsec_t duration_ns);
/* Its name has these addresses now; n 0: it failed, why says how. */
void sim_resolve(
    struct sim *sim, uint32_t target, const struct addr addresses[], size_t n, const char *why);
/* A reload. Names that have resolved to something still do. */
void sim_reload_world(struct sim *sim, const struct sim_world *world);
void sim_reload(struct sim *sim, const struct sim_target targets[], uint32_t n);
/* Hash over all events and sums so far: equal for equal seeds. */
uint64_t sim_journal_hash(struct sim *sim);

/* Events so far that are of this kind and, unless NULL, of this target. */
uint32_t sim_events(const struct sim *sim, enum event_kind kind, const char *target);
/* The newest of them; its id is 0 when there is none. */
struct event sim_last_event(const struct sim *sim, enum event_kind kind, const char *target);

/* A settings block; malloc'ed. */
struct settings *sim_settings(const struct sim_world *world);

#endif
