/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Flows: which ICMP id and sequence a probe carries, and the test whether a path has stopped to
 * pass one of our ids (a stuck translation, a poisoned session) although it would pass another.
 *
 * Flow f has the f-th id of the block, or the one SETTINGS_FLOWS_MAX behind it once a test has
 * shown that the first is stuck. The test is one probe with the other id. Its verdict falls at its
 * deadline: when it was answered, and until then nothing on the old id was, the flow is stuck.
 */
#include <stdio.h>
#include <string.h>

#include "core/monitor_internal.h"

static const uint8_t test_after[] = {3, 20, 100}; /* losses in a row */

#define TESTS (sizeof(test_after) / sizeof(test_after[0]))
#define FLOW_OF(offset) ((offset) % SETTINGS_FLOWS_MAX)

static_assert(2 * SETTINGS_FLOWS_MAX <= MONITOR_IDS, "every flow has an id and another");

/* The id that a flow uses now, as its place in the block. */
static uint8_t
offset_of(const struct monitor *m, uint32_t series, uint8_t flow)
{
	bool moved = monitor_rare_read(m, series)->flow_moved >> flow & 1;

	return (uint8_t)(flow + (moved ? SETTINGS_FLOWS_MAX : 0));
}

uint8_t
flow_next(struct monitor *m, uint32_t series, uint8_t flows)
{
	struct series_cold *cold;
	uint8_t flow = 0;

	if (flows > 1) {
		cold = M_COLD(m, series);
		flow = cold->flow_next < flows ? cold->flow_next : 0;
		cold->flow_next = (uint8_t)(flow + 1);
	}
	return M_HOT(m, series)->flags & SERIES_ODD ? offset_of(m, series, flow) : flow;
}

uint16_t
flow_sequence(struct monitor *m, uint32_t series, uint8_t offset)
{
	uint32_t owner = M_WARM(m, series)->owner;
	uint8_t flow = FLOW_OF(offset);
	uint64_t first;

	if (flow == 0)
		return M_HOT(m, owner)->seq++;
	first = (addr_hash(&M_HOT(m, series)->address) ^ m->identity.seed) + flow;
	return (uint16_t)((first * UINT64_C(0x9e3779b97f4a7c15) >> 48) +
			  monitor_rare(m, owner)->flow_seq[flow]++);
}

static bool
can_test(const struct monitor *m, uint32_t series)
{
	const struct series_hot *hot = M_HOT(m, series);
	uint8_t family = hot->address.family == 6 ? 2 : 1;

	return (hot->flags & (SERIES_ACTIVE | SERIES_PAUSED)) == SERIES_ACTIVE &&
	       hot->address.family != 0 &&
	       !(m->datagram & family); /* there the kernel chooses the id */
}

static void
enqueue(struct monitor *m, uint32_t series)
{
	struct series_rare *rare = monitor_rare(m, series);

	rare->test_state = FLOW_TEST_QUEUED;
	if (rare->test_queued)
		return;
	rare->test_queued = 1;
	rare->test_next = NONE;
	if (m->test_tail == NONE)
		m->test_head = series;
	else
		monitor_rare(m, m->test_tail)->test_next = series;
	m->test_tail = series;
}

void
flow_lost(struct monitor *m, nsec_t now_ns, const struct flight *flight)
{
	uint32_t series = flight->target;
	uint8_t flow = FLOW_OF(flight->flow);
	struct series_rare *rare = monitor_rare(m, series);
	uint32_t made = rare->flow_tests >> 2 * flow & 3;

	if (flight->flow != offset_of(m, series, flow))
		return; /* left with the id that the flow no longer has */
	M_HOT(m, series)->flags |= SERIES_LOSING;
	rare->flow_run[flow] = (uint8_t)(rare->flow_run[flow] + (rare->flow_run[flow] < UINT8_MAX));
	if (made >= TESTS || rare->flow_run[flow] < test_after[made] ||
	    rare->test_state != FLOW_TEST_NONE || !can_test(m, series))
		return;
	rare->flow_tests += UINT32_C(1) << 2 * flow;
	rare->test_flow = flow;
	rare->test_until_ns = nsec_add(now_ns, monitor_plan(m, series)->timeout_ns);
	enqueue(m, series);
}

static void
run_ends(struct monitor *m, uint32_t series, uint8_t flow)
{
	struct series_rare *rare = monitor_rare(m, series);
	unsigned left = 0;

	rare->flow_run[flow] = 0;
	rare->flow_tests &= ~(UINT32_C(3) << 2 * flow);
	for (int f = 0; f < SETTINGS_FLOWS_MAX; f++)
		left |= rare->flow_run[f];
	if (left == 0)
		M_HOT(m, series)->flags &= (uint16_t)~SERIES_LOSING;
}

void
flow_alive(struct monitor *m, const struct flight *flight)
{
	if (M_HOT(m, flight->target)->flags & SERIES_LOSING &&
	    flight->flow == offset_of(m, flight->target, FLOW_OF(flight->flow)))
		run_ends(m, flight->target, FLOW_OF(flight->flow));
}

bool
flow_test_pends(const struct monitor *m, nsec_t now_ns, uint32_t series)
{
	const struct series_rare *rare = monitor_rare_read(m, series);

	/* in flight: until it is judged, which may be a little after its deadline */
	return rare->test_state == FLOW_TEST_OUT ||
	       (rare->test_state == FLOW_TEST_QUEUED && now_ns < rare->test_until_ns);
}

uint32_t
flow_test_next(struct monitor *m, uint8_t *ret_flow)
{
	while (m->test_head != NONE) {
		uint32_t series = m->test_head;
		struct series_rare *rare = monitor_rare(m, series);

		m->test_head = rare->test_next;
		if (m->test_head == NONE)
			m->test_tail = NONE;
		rare->test_queued = 0;
		if (rare->test_state != FLOW_TEST_QUEUED)
			continue;
		rare->test_state = FLOW_TEST_NONE; /* until it was sent */
		if (!can_test(m, series))
			continue;
		*ret_flow = (uint8_t)((offset_of(m, series, rare->test_flow) + SETTINGS_FLOWS_MAX) %
				      (2 * SETTINGS_FLOWS_MAX));
		return series;
	}
	return NONE;
}

void
flow_test_sent(struct monitor *m, const struct flight *flight)
{
	struct series_rare *rare = monitor_rare(m, flight->target);

	rare->test_state = FLOW_TEST_OUT;
	rare->test_counter = flight->counter;
	TALLY_RARE(m, flight->target, extra, 1);
}

void
flow_test_replied(struct monitor *m, struct flight *flight, nsec_t rtt_ns, int16_t ttl)
{
	struct detail *detail = detail_of_flight(m, flight);
	bool first = !(flight->marks & MARK_REPLY);

	if (flight->state == FLIGHT_OUT && rtt_ns <= monitor_timeout(m, flight))
		flight->marks |= MARK_REPLY;
	if (detail == NULL || !first || detail->late)
		return;
	detail->rtt_ns = rtt_ns;
	detail->ttl = ttl;
	if (flight->marks & MARK_REPLY)
		detail->outcome = OUTCOME_ANSWERED;
	else
		detail->late = 1;
}

/* The flow keeps the id of the test. What was lost on the old one does not speak for down: probes
 * that are still out on it do not either. */
static void
adopt(struct monitor *m, nsec_t now_ns, uint32_t series, uint8_t offset)
{
	struct series_rare *rare = monitor_rare(m, series);
	uint8_t flow = FLOW_OF(offset);
	struct event event = {.kind = EVENT_STUCK_FLOW};
	unsigned lost = rare->flow_run[flow], first = m->identity.id_first;

	(void)snprintf(event.reason, sizeof(event.reason),
	    "%u%s probes with ICMP id %u had no answer, one with id %u had: it is used from now on",
	    lost, lost == UINT8_MAX ? " or more" : "", first + offset_of(m, series, flow),
	    first + offset);
	rare->flow_moved ^= (uint16_t)(1u << flow);
	run_ends(m, series, flow);
	(void)monitor_emit(m, now_ns, &event, series);
	for (uint32_t a = 0; a < monitor_plan(m, series)->alarms_n; a++) {
		struct alarm_state *state = monitor_alarm_state(m, series, a);

		if (state->active || monitor_alarm(m, series, a)->state != SETTINGS_STATE_DOWN)
			continue;
		condition_state_clear(&state->raise, M_HOT(m, series)->head);
		state->raise_verdict = CONDITION_UNFILLED;
	}
}

void
flow_test_ended(
    struct monitor *m, nsec_t now_ns, struct flight *flight, const struct decision *decision)
{
	static const uint8_t states[OUTCOME_COUNT] = {
	    [OUTCOME_ANSWERED] = FLIGHT_ANSWERED,
	    [OUTCOME_LOST] = FLIGHT_LOST,
	    [OUTCOME_UNREACHABLE] = FLIGHT_UNREACHABLE,
	    [OUTCOME_UNMEASURED] = FLIGHT_UNMEASURED,
	    [OUTCOME_UNSENT] = FLIGHT_FREE,
	};
	uint32_t series = flight->target;
	struct series_rare *rare = monitor_rare(m, series);
	struct detail *detail = detail_of_flight(m, flight);

	flight->state = states[decision->outcome];
	m->extra_by_kind[flight->kind][decision->outcome]++;
	if (detail != NULL && decision->outcome != OUTCOME_ANSWERED) {
		detail->outcome = (uint8_t)decision->outcome;
		detail->cause = decision->cause;
	}
	if (rare->test_state == FLOW_TEST_OUT && rare->test_counter == flight->counter) {
		rare->test_state = FLOW_TEST_NONE;
		if (decision->outcome == OUTCOME_ANSWERED && can_test(m, series) &&
		    (rare->flow_tests >> 2 * FLOW_OF(flight->flow) & 3) != 0) /* the run goes on */
			adopt(m, now_ns, series, flight->flow);
	}
	health_update(m, now_ns, series);
}

void
flow_test_cancel(struct monitor *m, uint32_t series)
{
	struct series_rare *rare;

	if (!(M_HOT(m, series)->flags & SERIES_ODD))
		return;
	rare = monitor_rare(m, series);
	rare->test_state = FLOW_TEST_NONE;
	rare->flow_tests = 0;
	memset(rare->flow_run, 0, sizeof(rare->flow_run));
	M_HOT(m, series)->flags &= (uint16_t)~SERIES_LOSING;
}

void
flow_test_requeue(struct monitor *m, uint32_t series)
{
	struct series_rare *rare;

	if (!(M_HOT(m, series)->flags & SERIES_ODD))
		return;
	rare = monitor_rare(m, series);
	rare->test_queued = 0;
	if (rare->test_state == FLOW_TEST_QUEUED)
		enqueue(m, series);
}
