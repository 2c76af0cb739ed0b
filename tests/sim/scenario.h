/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * What the scenarios share: targets to begin with, a run that must not break an invariant, and a
 * rig that turns the engine by hand where a scenario must say when each packet leaves and comes.
 */
#ifndef ICMPMON_TESTS_SIM_SCENARIO_H
#define ICMPMON_TESTS_SIM_SCENARIO_H

#include <stdlib.h>

#include "../unit/unit.h"
#include "sim.h"
#include "sim_packet.h"

#define MS NSEC_PER_MSEC
#define S NSEC_PER_SEC
#define MINUTE NSEC_PER_MIN

struct addr scenario_address(uint8_t last); /* 192.0.2.last */
struct addr scenario_address6(uint8_t last); /* 2001:db8::last */
/* 56 bytes, both built-in alarms, records of 64 probes. */
struct sim_target scenario_target(uint8_t last, nsec_t interval_ns, nsec_t timeout_ns);

/* Fails the test when an invariant breaks. */
void scenario_run(struct sim *sim, nsec_t duration_ns);
struct report scenario_report(struct sim *sim, uint32_t series, nsec_t window_ns);
/* Lets all end and compares with the network's account. */
void scenario_end(struct sim *sim);

#define RIG_OUT_MAX 4096

struct rig {
	struct settings *settings;
	void *arena;
	struct monitor *m;
	nsec_t now_ns;
	struct probe_out out[RIG_OUT_MAX]; /* all that was sent */
	nsec_t tx_ns[RIG_OUT_MAX];
	size_t n;
	int refuse; /* errno for what is sent next, 0: none */
	bool quiet; /* the invariants are not checked in every turn */
};

/* Every target has its address at once; targets without one wait for rig_resolve. */
struct rig *rig_new_world(const struct sim_world *world);
struct rig *rig_new(const struct sim_target targets[], uint32_t n);
void rig_free(struct rig *rig);
void rig_reload(struct rig *rig, const struct sim_target targets[], uint32_t n);
/* A turn at that time, everything read up to it; what is due leaves. */
void rig_turn(struct rig *rig, nsec_t now_ns);
/* Turns until then, as the engine asks for them. */
void rig_run(struct rig *rig, nsec_t until_ns);
/* Turns until one more probe has left; its index. */
size_t rig_next(struct rig *rig);
/* Hands over a packet with this stamp. */
void rig_receive(struct rig *rig, struct packet packet, nsec_t rx_ns);
/* The reply to the i-th probe. */
void rig_reply(struct rig *rig, size_t i, nsec_t rx_ns);
/* Turns until more has left, and answers all that has; the index of the last. */
size_t rig_answer_next(struct rig *rig, nsec_t rtt_ns);
struct report_status rig_status(struct rig *rig);
struct totals rig_totals(struct rig *rig, uint32_t series);
struct report rig_report(struct rig *rig, uint32_t series);
/* Runs until nothing more can be decided and checks the invariants. */
void rig_end(struct rig *rig);
/* The newest record of a series. */
struct report_probe rig_record(struct rig *rig, uint32_t series, uint16_t seq);
uint32_t rig_events(struct rig *rig, enum event_kind kind, struct event *ret_last);

#endif
