/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Implements core/pace.h.
 */
#include "core/pace.h"

#define GOLDEN UINT64_C(0x9e3779b97f4a7c15) /* 2^64 over the golden ratio */
#define TOKENS_MIN_RATE 200.0 /* a small set may catch up at this many probes a second */
#define BACKLOG_FACTOR 2.0

nsec_t
pace_slack_ns(nsec_t interval_ns)
{
	return nsec_min(interval_ns / PACE_SLACK_PARTS, PACE_SLACK_MAX_NS);
}

nsec_t
pace_phase_ns(uint32_t i, nsec_t interval_ns)
{
	uint64_t fraction = (uint64_t)(i + 1) * GOLDEN;

	return (nsec_t)(((unsigned __int128)fraction * (uint64_t)interval_ns) >> 64);
}

uint64_t
pace_missed(nsec_t due_ns, nsec_t interval_ns, nsec_t now_ns)
{
	nsec_t late = nsec_sub(now_ns, due_ns);

	return late > interval_ns ? (uint64_t)(late / interval_ns) : 0;
}

static double
tokens_max(const struct pace *pace)
{
	double per_turn = pace->rate_per_s * 2e-3;

	return per_turn > PACE_TURN_SENDS ? per_turn : PACE_TURN_SENDS;
}

static double
tokens_per_s(const struct pace *pace)
{
	double rate = BACKLOG_FACTOR * pace->rate_per_s;

	return rate > TOKENS_MIN_RATE ? rate : TOKENS_MIN_RATE;
}

void
pace_turn(struct pace *pace, nsec_t now_ns)
{
	nsec_t elapsed = nsec_max(nsec_sub(now_ns, pace->tokens_ns), 0);

	pace->tokens += (double)elapsed / 1e9 * tokens_per_s(pace);
	if (pace->tokens > tokens_max(pace))
		pace->tokens = tokens_max(pace);
	pace->tokens_ns = now_ns;
	pace->turn_ns = now_ns;
	pace->turn_sends = 0;
	if (pace->n_classes > 0)
		pace->class_next = (pace->class_next + 1) % pace->n_classes;
}

bool
pace_may_send(const struct pace *pace)
{
	return pace->tokens >= 1.0 && (double)pace->turn_sends < tokens_max(pace);
}

void
pace_spend(struct pace *pace)
{
	pace->tokens -= 1.0;
	pace->turn_sends++;
}

nsec_t
pace_wake_ns(const struct pace *pace, nsec_t limit_ns, nsec_t first_due_ns)
{
	nsec_t wake = limit_ns;
	nsec_t soonest = nsec_add(pace->turn_ns, PACE_TURN_MIN_NS);

	if (pace->rate_per_s > 0) {
		nsec_t batch = (nsec_t)(PACE_BATCH * 1e9 / pace->rate_per_s);

		if (first_due_ns != NSEC_NEVER)
			wake =
			    nsec_min(wake, nsec_add(nsec_max(first_due_ns, pace->turn_ns), batch));
		if (pace->receive_capacity > 0) {
			nsec_t half = (nsec_t)(pace->receive_capacity * 0.5e9 / pace->rate_per_s);

			wake = nsec_min(wake, nsec_add(pace->turn_ns, half));
		}
	}
	if (pace->tokens < 1.0 && first_due_ns <= pace->turn_ns) /* a backlog waits for tokens */
		soonest = nsec_add(
		    pace->turn_ns, nsec_max(PACE_TURN_MIN_NS, (nsec_t)(8e9 / tokens_per_s(pace))));
	return nsec_max(wake, soonest);
}
