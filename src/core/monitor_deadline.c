/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * What time decides: deadlines that have passed, and whether answers may have been missed by our
 * own fault while a probe was out; how late we are ourselves.
 */
#include <stdio.h>
#include <string.h>

#include "core/monitor_internal.h"

#define BLIND_JOIN_NS NSEC_PER_MSEC /* spans so close to each other are one */
#define LOG_EVERY_NS NSEC_PER_MIN
#define OVERLOAD_ENDS_NS (2 * NSEC_PER_SEC) /* without another probe skipped */
#define OVERLOAD_TOLD_NS (10 * NSEC_PER_SEC) /* at the latest */

/* The cause for which answers to a probe may have been missed while it was out, or CAUSE_NONE. */
static enum cause_kind
blinded(const struct monitor *m, const struct flight *flight)
{
	nsec_t deadline_ns = nsec_add(flight->tx_ns, monitor_timeout(m, flight));
	uint8_t family = flight->family == 6 ? 2 : 1;

	for (uint32_t i = 0; i < m->blind_n; i++) {
		const struct blind_span *span = &m->blind[i];

		if (span->families & family && flight->tx_ns <= span->until_ns &&
		    deadline_ns >= span->from_ns)
			return (enum cause_kind)span->cause;
	}
	return CAUSE_NONE;
}

/* The error that was noted for a flight, with the router as far as that is still known. */
static struct cause
error_of(const struct monitor *m, const struct flight *flight)
{
	const struct series_rare *rare = monitor_rare_read(m, flight->target);
	const struct detail *detail = detail_of_flight(m, flight);
	struct cause cause = {.kind = CAUSE_ICMP,
	    .type = flight->error_type,
	    .code = flight->error_code,
	    .family = flight->family};

	if (detail != NULL && detail->cause.kind == CAUSE_ICMP)
		cause.from = detail->cause.from;
	else if (rare->last_error.kind == CAUSE_ICMP &&
		 rare->last_error_counter == flight->counter &&
		 rare->last_error.type == cause.type && rare->last_error.code == cause.code)
		cause.from = rare->last_error.from;
	return cause;
}

/* The RTT of a late reply that came before its deadline was judged, -1: not kept. */
static nsec_t
late_rtt(const struct monitor *m, const struct flight *flight)
{
	struct sample_ring ring = monitor_ring(m, flight->target);
	uint32_t sample =
	    sample_ring_get(&ring, ring.head - (uint32_t)((uint32_t)ring.head - flight->position));

	return sample_code(sample) == SAMPLE_IN_FLIGHT ? sample_from_float28(sample_payload(sample))
						       : -1;
}

static void
passed(struct monitor *m, nsec_t now_ns, struct flight *flight)
{
	bool late = flight->marks & MARK_LATE; /* nothing was missed then */
	nsec_t rtt_ns = late ? late_rtt(m, flight) : -1;
	enum cause_kind blind = m->blind_n > 0 && !late ? blinded(m, flight) : CAUSE_NONE;
	struct decision decision = {
	    .outcome = OUTCOME_LOST, .rtt_ns = -1, .ttl = -1, .cause = {.kind = CAUSE_TIMEOUT}};

	if (blind != CAUSE_NONE) {
		decision.outcome = OUTCOME_UNMEASURED;
		decision.cause.kind = (uint8_t)blind;
	} else if (flight->marks & MARK_ERROR) {
		decision.outcome = OUTCOME_UNREACHABLE;
		decision.cause = error_of(m, flight);
	}
	if (flight->kind != PROBE_REGULAR) {
		if (flight->marks & MARK_REPLY)
			decision.outcome = OUTCOME_ANSWERED;
		flow_test_ended(m, now_ns, flight, &decision);
		return;
	}
	judge_decide(m, now_ns, flight, &decision);
	if (late)
		judge_late(m, flight, rtt_ns);
}

static void
expire(struct monitor *m, nsec_t now_ns, nsec_t until_ns)
{
	for (uint32_t c = 0; c < m->ledger.n_classes; c++) {
		struct flight *flight;

		while ((flight = ledger_expire(M_FLIGHTS(m), &M_TIMEOUTS(m)[c], until_ns)) != NULL)
			passed(m, now_ns, flight);
	}
	m->judged_ns = nsec_max(m->judged_ns, until_ns);
}

void
deadline_blind(
    struct monitor *m, nsec_t from_ns, nsec_t until_ns, uint8_t families, enum cause_kind cause)
{
	for (uint32_t i = m->blind_n; i-- > 0;) {
		struct blind_span *span = &m->blind[i];

		if (span->cause != cause || span->families != families ||
		    from_ns > nsec_add(span->until_ns, BLIND_JOIN_NS))
			continue;
		span->from_ns = nsec_min(span->from_ns, from_ns);
		span->until_ns = nsec_max(span->until_ns, until_ns);
		return;
	}
	if (m->blind_n ==
	    BLIND_SPANS_MAX) { /* the two oldest become one: rather too blind than a false loss */
		m->blind[1].from_ns = nsec_min(m->blind[0].from_ns, m->blind[1].from_ns);
		m->blind[1].until_ns = nsec_max(m->blind[0].until_ns, m->blind[1].until_ns);
		m->blind[1].families |= m->blind[0].families;
		memmove(&m->blind[0], &m->blind[1], (BLIND_SPANS_MAX - 1) * sizeof(m->blind[0]));
		m->blind_n--;
	}
	m->blind[m->blind_n++] = (struct blind_span){.from_ns = from_ns,
	    .until_ns = until_ns,
	    .families = families,
	    .cause = (uint8_t)cause};
}

/* Spans before which nothing undecided was sent. */
static void
forget_blind(struct monitor *m)
{
	nsec_t oldest = m->judged_ns;
	uint32_t keep = 0;

	for (uint32_t c = 0; c < m->ledger.n_classes; c++) {
		const struct ledger_class *class = &M_TIMEOUTS(m)[c];

		if (class->head != LEDGER_NONE)
			oldest = nsec_min(oldest, M_FLIGHTS(m)[class->head].tx_ns);
	}
	for (uint32_t i = 0; i < m->blind_n; i++) {
		if (m->blind[i].until_ns >= oldest)
			m->blind[keep++] = m->blind[i];
	}
	m->blind_n = keep;
}

void
monitor_on_queue_drops(
    struct monitor *m, uint8_t family, nsec_t since_ns, nsec_t until_ns, uint64_t n)
{
	struct event event = {.kind = EVENT_RX_DROPS};

	if (n == 0)
		return;
	m->rx_dropped[family == 6] += n;
	m->drops_unlogged += n;
	deadline_blind(m, since_ns, until_ns, family == 6 ? 2 : 1, CAUSE_QUEUE);
	if (m->drops_logged_ns != 0 && until_ns - m->drops_logged_ns < LOG_EVERY_NS)
		return;
	event.value = (int64_t)m->drops_unlogged;
	m->drops_logged_ns = until_ns;
	m->drops_unlogged = 0;
	(void)snprintf(event.reason, sizeof(event.reason),
	    "the kernel dropped %lld packets from our IPv%u receive queue: raise receive_buffer or "
	    "net.core.rmem_max",
	    (long long)event.value, family);
	(void)monitor_emit(m, until_ns, &event, NONE);
}

void
monitor_on_gap(struct monitor *m, nsec_t from_ns, nsec_t to_ns, enum gap_why why)
{
	static const char *const words[] = {
	    "we were stalled", "the machine slept", "we were not running"};
	struct event event = {.kind = EVENT_INTERRUPTION, .value = to_ns - from_ns};

	if (why == GAP_SUSPEND) {
		/* up to the last reading we were awake */
		deadline_blind(m, nsec_max(from_ns, m->drained_ns), to_ns, 3, CAUSE_SUSPEND);
		m->slept_from_ns = nsec_min(m->now_ns, to_ns);
		m->slept_until_ns = to_ns;
	}
	if (why == GAP_RESTART)
		deadline_blind(m, from_ns, to_ns, 3, CAUSE_RESTART);
	(void)snprintf(event.reason, sizeof(event.reason), "%s for %.1f s", words[why],
	    (double)(to_ns - from_ns) / 1e9);
	(void)monitor_emit(m, to_ns, &event, NONE);
}

void
monitor_on_clock_step(struct monitor *m, nsec_t now_ns, nsec_t step_ns)
{
	struct event event = {.kind = EVENT_CLOCK_STEP, .value = step_ns};

	(void)snprintf(event.reason, sizeof(event.reason),
	    "the wall clock was set by %+.3f s; round-trip times are not affected",
	    (double)step_ns / 1e9);
	(void)monitor_emit(m, now_ns, &event, NONE);
}

static void
note_lag(struct monitor *m, nsec_t now_ns)
{
	nsec_t lag = nsec_max(now_ns - nsec_min(monitor_next_wake_ns(m), now_ns), 0);
	uint32_t k = 0;

	while (k < LAG_BUCKETS - 1 && lag > NSEC_PER_SEC >> (20 - (k < 20 ? k : 20))
								<< (k > 20 ? k - 20 : 0))
		k++;
	m->lag_buckets[k]++;
	m->lag_last[k]++;
	m->lag_count++;
	m->lag_sum_ns += lag;
	m->lag_max_ns = nsec_max(m->lag_max_ns, lag);
	if (now_ns - m->lag_minute_ns < NSEC_PER_MIN)
		return;
	m->lag_minute_ns = now_ns;
	m->lag_prev_max_ns = m->lag_max_ns;
	m->lag_max_ns = 0;
	memcpy(m->lag_prev, m->lag_last, sizeof(m->lag_prev));
	memset(m->lag_last, 0, sizeof(m->lag_last));
}

/* One event for one gap, when it is over; at most one a minute while we are overloaded. */
static void
note_overload(struct monitor *m, nsec_t now_ns)
{
	struct event event = {.kind = EVENT_OVERLOAD, .value = (int64_t)m->skipped};

	if (m->skipped == 0 ||
	    (now_ns - m->skipped_last_ns < OVERLOAD_ENDS_NS &&
		now_ns - m->skipped_first_ns < OVERLOAD_TOLD_NS) ||
	    (m->overload_logged_ns != 0 && now_ns - m->overload_logged_ns < LOG_EVERY_NS))
		return;
	(void)snprintf(event.reason, sizeof(event.reason),
	    "we were late by more than an interval: %llu probes were skipped",
	    (unsigned long long)m->skipped);
	m->overload_logged_ns = now_ns;
	m->skipped = 0;
	(void)monitor_emit(m, now_ns, &event, NONE);
}

void
monitor_advance(struct monitor *m, nsec_t now_ns, nsec_t drained_ns)
{
	now_ns = nsec_max(now_ns, m->now_ns);
	note_lag(m, now_ns);
	m->now_ns = now_ns;
	m->drained_ns = nsec_max(m->drained_ns, nsec_min(drained_ns, now_ns));
	m->walk_steps = WALK_STEPS_MAX;
	m->walk_late_steps = WALK_LATE_STEPS_MAX;
	expire(m, now_ns, m->drained_ns - JUDGE_MARGIN_NS);
	if (m->blind_n > 0)
		forget_blind(m);
	wait_expire(m, now_ns);
	note_overload(m, now_ns);
	if (now_ns >= m->housekeeping_ns) {
		health_housekeeping(m, now_ns);
		m->housekeeping_ns = nsec_add(now_ns, HOUSEKEEPING_NS);
	}
	pace_turn(&m->pace, now_ns);
}
