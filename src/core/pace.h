/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * When the next probe of which series goes: one circular order by phase and one cursor per distinct
 * interval, an absolute schedule, and a bucket of tokens that keeps a backlog from becoming a
 * burst. It refuses to know packets.
 */
#ifndef ICMPMON_CORE_PACE_H
#define ICMPMON_CORE_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/units.h"

#define PACE_SLACK_MAX_NS (50 * NSEC_PER_MSEC) /* a target may leave this much after it is due */
#define PACE_SLACK_PARTS 20 /* or this part of its interval, whichever is less */
#define PACE_TURN_MIN_NS NSEC_PER_MSEC /* between two turns */
#define PACE_TURN_SENDS 128 /* probes of one turn up to 100,000 a second */
#define PACE_BATCH 64 /* a wake-up is worth it when so many are due */

struct pace_class {
	nsec_t interval_ns;
	nsec_t slack_ns;
	uint32_t first; /* of its part of the order */
	uint32_t n;
	uint32_t cursor; /* 0..n-1: the next in turn */
	uint32_t active; /* of them make attempts */
	nsec_t due_ns; /* of the next in turn */
};

struct pace {
	double rate_per_s; /* of everything that is scheduled */
	double tokens;
	nsec_t tokens_ns; /* when they were last counted */
	nsec_t turn_ns; /* start of the last turn */
	uint32_t turn_sends; /* in this turn */
	uint32_t n_classes;
	uint32_t class_next; /* the class that a turn begins with, so that none starves */
	uint32_t receive_capacity; /* packets that the receive buffer holds, 0: not known */
};

nsec_t pace_slack_ns(nsec_t interval_ns);

/* The phase of the i-th of n series over the interval, in [0, interval): successive multiples of
 * the golden ratio, which spread evenly for every n (three-distance theorem). */
nsec_t pace_phase_ns(uint32_t i, nsec_t interval_ns);

/* How many attempts were missed at now by more than one interval, for a series due at due_ns. */
uint64_t pace_missed(nsec_t due_ns, nsec_t interval_ns, nsec_t now_ns);

/* Begins a turn: counts the tokens. A backlog leaves at no more than twice the regular rate. */
void pace_turn(struct pace *pace, nsec_t now_ns);

/* True when one more probe may leave in this turn. */
bool pace_may_send(const struct pace *pace);
void pace_spend(struct pace *pace);

/* The earliest time that makes a turn worth it: the first limit of the classes, or when a batch is
 * due, and soon enough for the receive buffer; not sooner than 1 ms after the last. limit_ns:
 * earliest due + slack, and deadlines. */
nsec_t pace_wake_ns(const struct pace *pace, nsec_t limit_ns, nsec_t first_due_ns);

#endif
