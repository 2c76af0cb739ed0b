/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * For the files sim*.c alone.
 */
#ifndef ICMPMON_TESTS_SIM_INTERNAL_H
#define ICMPMON_TESTS_SIM_INTERNAL_H

#include "sim.h"
#include "sim_packet.h"

#define PROBES_KEPT (1u << 16)
#define BLIND_KEPT 1024
#define EVENTS_KEPT 4096
#define ADDRESSES_MAX 16
#define HOST_MAX (ADDR_TEXT_MAX + 8)
#define TX_STAMPS_MAX 256
#define SEQUENCES_KEPT (1u << 18)
#define SERIES_MAX (SIM_TARGETS_MAX * 2)

/* What the network knows that a packet is. */
enum packet_truth {
	PACKET_GOOD, /* the reply to a probe, as it was sent */
	PACKET_CORRUPT, /* the same, its payload changed but not number and tag */
	PACKET_FOREIGN, /* to be refused */
	PACKET_ERROR, /* an authentic error about a probe */
	PACKET_HARMLESS, /* changes nothing that is counted here */
};

/* A packet on its way. */
struct travel {
	nsec_t ready_ns; /* in our queue */
	nsec_t stamp_ns;
	uint64_t order;
	uint64_t number; /* of the probe that it is about */
	enum packet_truth truth;
	bool ambiguous;
	struct packet packet;
};

/* What the network knows about one series, by its name. */
struct series_truth {
	char name[EVENT_NAME_MAX];
	bool used, mapped, known;
	nsec_t timeout_ns;
	nsec_t interval_ns, since_ns; /* probed at this interval since then */
	uint64_t since_attempts; /* that the engine had made until then */
	nsec_t sent_ns[2]; /* the last two since then */
	uint64_t sent, refused, no_room, tests;
	uint64_t answered, missed, lost, unreachable, unmeasured, late, duplicates, corrupt,
	    reordered;
	uint64_t unsure; /* probes that may rightly be answered or not */
	uint64_t class_unsure; /* not answered, lost or unreachable or unmeasured */
	uint64_t highest[SETTINGS_FLOWS_MAX]; /* order of sending of the newest answered */
	uint8_t state; /* by the events */
	char raised[SETTINGS_TARGET_ALARMS_MAX][EVENT_ALARM_MAX]; /* alarms, by the events */
};

struct probe_truth {
	uint64_t number;
	struct series_truth *series; /* NULL: it was removed */
	nsec_t tx_ns, early_ns, deadline_ns, timeout_ns;
	nsec_t rtt_ns; /* of the first reply, as stamped */
	struct addr to;
	uint64_t order; /* of sending */
	uint32_t size_bytes;
	uint16_t seq, id;
	bool is_test, answered, has_error, has_late;
	bool live; /* not yet decided */
	bool uncertain; /* nobody knows how long it took */
	bool is_unmeasured, unsure, class_unsure;
};

struct tx_stamp {
	uint64_t number;
	nsec_t tx_ns;
};

struct blind {
	nsec_t from_ns, until_ns;
	uint8_t families;
};

struct sim {
	uint64_t seed;
	struct rng rng;
	struct sim_faults faults;
	struct settings *settings;
	void *arena;
	struct monitor *m;
	nsec_t now_ns, wall_ns, stall_once_ns, suspend_once_ns, last_read_ns, drained_ns;
	struct sim_target *targets; /* their strings are only good during the call that gave them */
	char (*names)[EVENT_NAME_MAX], (*hosts)[HOST_MAX]; /* of targets */
	struct addr (*addresses)[ADDRESSES_MAX]; /* of targets, as resolved */
	size_t *n_addresses;
	bool *silent;
	uint16_t *stuck_id;
	uint32_t n;
	struct series_truth *series; /* SERIES_MAX */
	uint32_t series_high; /* no used one lies above */
	struct series_truth **of_slot; /* by series of the engine */
	uint32_t *target_of_slot;
	struct probe_truth *probes; /* PROBES_KEPT, by number */
	uint64_t next_number, newest_number; /* to be evaluated, and the last one sent */
	uint64_t sent_order;
	uint64_t *sequences; /* SEQUENCES_KEPT: the last number with this address, id, sequence */
	struct blind blind[BLIND_KEPT], slept[BLIND_KEPT];
	uint32_t blind_n, slept_n;
	struct travel *heap;
	uint32_t heap_n, heap_cap;
	struct tx_stamp tx_stamps[TX_STAMPS_MAX];
	uint32_t tx_stamps_n;
	bool stepped; /* the wall clock, since the last reading */
	uint64_t order, turns, hash;
	uint64_t foreign, unproven, good, good_noise; /* packets that were handed over */
	uint64_t late_unmeasured;
	uint64_t gone_answered, gone_sent, gone_unsure, gone_class_unsure;
	uint64_t last_event_id;
	struct event *events; /* the last EVENTS_KEPT */
	uint64_t events_n;
	char why[512];
};

/* sim.c */
bool sim_fail(struct sim *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool sim_chance(struct sim *sim, uint32_t ppm);
nsec_t sim_between(struct sim *sim, nsec_t low, nsec_t high);
void sim_map_series(struct sim *sim);

/* sim_net.c: packets on their way. */
void net_push(struct sim *sim, const struct travel *packet);
struct travel net_pop(struct sim *sim);
/* The network takes a probe that left at tx_ns. */
void net_take(struct sim *sim, const struct probe_out *out, nsec_t tx_ns);
/* The machine sleeps: what comes meanwhile is lost, the rest comes sooner by its clock. */
void net_sleep(struct sim *sim, nsec_t duration_ns);

/* sim_truth.c: the account. */
struct probe_truth *truth_of(struct sim *sim, uint64_t number);
/* is_long: the batch was interrupted, tx_ns is its end. */
bool truth_sent(
    struct sim *sim, const struct probe_out *out, nsec_t tx_ns, nsec_t early_ns, bool is_long);
void truth_tx_stamp(struct sim *sim, uint64_t number, nsec_t tx_ns);
void truth_received(struct sim *sim, const struct travel *p);
void truth_blind(struct sim *sim, nsec_t from_ns, nsec_t until_ns, uint8_t families);
/* Decides what is long past. all: everything. */
void truth_evaluate(struct sim *sim, bool all);
void truth_timeouts_changed(struct sim *sim);
void truth_removed(struct sim *sim, struct series_truth *series);

/* sim_check.c: the engine's word against the account. */
bool check_event(struct sim *sim, const struct event *event);
bool check_details(struct sim *sim);
bool check_states(struct sim *sim);
bool check_sums(struct sim *sim);

#endif
