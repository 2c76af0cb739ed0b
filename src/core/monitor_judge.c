/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Outcomes: the one place where a probe is decided and counted, and where decided samples are fed,
 * in order of sequence, to the alarm conditions and the minute bins.
 */
#include <stdio.h>
#include <string.h>

#include "core/monitor_internal.h"

static uint64_t
flight_position(const struct monitor *m, const struct flight *flight)
{
	uint64_t head = M_HOT(m, flight->target)->head;

	return head - (uint32_t)((uint32_t)head - flight->position);
}

/* Minute bins are closed by the first sample that is decided after the minute's end. */
static void
close_minute(struct monitor *m, nsec_t now_ns, uint32_t series)
{
	struct series_cold *cold = M_COLD(m, series);
	uint32_t minute = (uint32_t)(now_ns / NSEC_PER_MIN);
	struct sample_ring ring;
	struct sample_window window;
	struct history_view view;

	if (cold->history_size == 0 || cold->minute == minute)
		return;
	if (cold->minute != MINUTE_UNKNOWN) {
		ring = monitor_ring(m, series);
		sample_window_between(&ring, (nsec_t)cold->minute * NSEC_PER_MIN,
		    (nsec_t)(cold->minute + 1) * NSEC_PER_MIN, cold->born_ns, M_SCRATCH(m),
		    &window);
		view = (struct history_view){
		    .bins = monitor_at(m, cold->history_at), .size = cold->history_size};
		history_add(&view, cold->minute, &window);
	}
	cold->minute = minute;
}

void
judge_append(struct monitor *m, uint32_t series, nsec_t due_ns, uint32_t sample)
{
	struct series_warm *warm = M_WARM(m, series);
	struct sample_ring ring;

	warm->head_due_ns = due_ns;
	ring = monitor_ring(m, series);
	sample_ring_append(&ring, sample);
	M_HOT(m, series)->head = ring.head;
}

void
judge_append_gap(
    struct monitor *m, uint32_t series, enum sample_code code, uint64_t n, nsec_t last_due_ns)
{
	struct series_warm *warm = M_WARM(m, series);
	struct sample_ring ring = monitor_ring(m, series);
	uint32_t last = ring.head > 0 ? sample_ring_get(&ring, ring.head - 1) : 0;

	if (n > SAMPLE_COUNT_MAX)
		n = SAMPLE_COUNT_MAX;
	if (ring.head == 0 && code == SAMPLE_IDLE) {
		warm->head_due_ns = last_due_ns; /* nothing lies before: no mark is needed */
		return;
	}
	if (ring.head > 0 && code == SAMPLE_IDLE && sample_code(last) == code &&
	    sample_payload(last) + n <= SAMPLE_COUNT_MAX) {
		(void)sample_ring_set(
		    &ring, ring.head - 1, sample_make(code, (uint32_t)(sample_payload(last) + n)));
		warm->head_due_ns = last_due_ns;
		return;
	}
	judge_append(m, series, last_due_ns, sample_make(code, (uint32_t)n));
}

static uint32_t
outcome_sample(const struct decision *decision)
{
	switch (decision->outcome) {
	case OUTCOME_ANSWERED:
		return decision->rtt_ns < 0
			   ? sample_make(SAMPLE_ANSWERED_NO_RTT, 0)
			   : sample_make(SAMPLE_ANSWERED, sample_float28(decision->rtt_ns));
	case OUTCOME_LOST:
		return sample_make(SAMPLE_LOST, 0);
	case OUTCOME_UNREACHABLE:
		return sample_make(SAMPLE_UNREACHABLE, 0);
	default:
		return sample_make(SAMPLE_UNMEASURED, 0);
	}
}

static struct histogram_classic *
histogram_of(struct monitor *m, uint32_t series)
{
	const struct series_cold *cold = M_COLD(m, series);
	const struct settings_target *t = monitor_target(m, series);
	uint64_t at = cold->histogram_at;

	if (at == 0)
		at = M_GROUPS(m)[t->group == SETTINGS_NONE ? m->n_groups : t->group].histogram_at;
	return at == 0 ? NULL : monitor_at(m, at);
}

static void
count(struct monitor *m, uint32_t series, const struct decision *decision)
{
	struct series_warm *warm = M_WARM(m, series);
	struct series_cold *cold = M_COLD(m, series);

	switch (decision->outcome) {
	case OUTCOME_ANSWERED:
		warm->answered++;
		if (decision->rtt_ns >= 0) {
			struct histogram_classic *histogram = histogram_of(m, series);

			warm->last_rtt_ns = decision->rtt_ns;
			if (histogram != NULL)
				histogram_classic_add(histogram, decision->rtt_ns);
		}
		warm->last_ttl = decision->ttl;
		break;
	case OUTCOME_LOST:
		warm->lost++;
		break;
	case OUTCOME_UNREACHABLE:
		cold->unreachable++;
		break;
	default:
		cold->unmeasured++;
		break;
	}
	warm->last_outcome = (uint8_t)decision->outcome;
	if (decision->outcome != OUTCOME_ANSWERED) {
		cold->causes[decision->cause.kind]++;
		cold->last_cause = decision->cause;
	}
}

void
judge_decide(
    struct monitor *m, nsec_t now_ns, struct flight *flight, const struct decision *decision)
{
	static const uint8_t states[OUTCOME_COUNT] = {
	    [OUTCOME_ANSWERED] = FLIGHT_ANSWERED,
	    [OUTCOME_LOST] = FLIGHT_LOST,
	    [OUTCOME_UNREACHABLE] = FLIGHT_UNREACHABLE,
	    [OUTCOME_UNMEASURED] = FLIGHT_UNMEASURED,
	};
	uint32_t series = flight->target;
	struct sample_ring ring = monitor_ring(m, series);
	struct detail *detail = monitor_detail(m, series, flight->detail);

	flight->state = states[decision->outcome];
	M_HOT(m, series)->in_flight--;
	(void)sample_ring_set(&ring, flight_position(m, flight), outcome_sample(decision));
	if (detail != NULL && detail->counter == flight->counter) {
		detail->outcome = (uint8_t)decision->outcome;
		detail->rtt_ns = decision->rtt_ns;
		detail->ttl = decision->ttl;
		if (decision->outcome != OUTCOME_ANSWERED)
			detail->cause = decision->cause;
	}
	count(m, series, decision);
	if (decision->outcome == OUTCOME_UNMEASURED)
		judge_bad(m, now_ns, series, &decision->cause);
	else
		judge_good(m, series);
	judge_settle(m, now_ns, series);
}

void
judge_late(struct monitor *m, struct flight *flight, nsec_t rtt_ns)
{
	struct sample_ring ring = monitor_ring(m, flight->target);
	struct detail *detail = monitor_detail(m, flight->target, flight->detail);
	uint64_t position = flight_position(m, flight);
	enum sample_code code = sample_code(sample_ring_get(&ring, position));
	const struct series_cold *cold = M_COLD(m, flight->target);

	flight->late_seen = 1;
	if (detail != NULL && detail->counter == flight->counter) {
		detail->late = 1;
		detail->rtt_ns = rtt_ns;
	}
	if (flight->state ==
	    FLIGHT_UNMEASURED) /* it was never called lost, so it is not late either */
		return;
	M_WARM(m, flight->target)->late++;
	if ((code != SAMPLE_LOST && code != SAMPLE_UNREACHABLE) || rtt_ns < 1)
		return;
	(void)sample_ring_set(&ring, position, sample_make(code, sample_float28(rtt_ns)));
	if (position >= M_WARM(m, flight->target)->settled)
		return;
	for (uint32_t a = 0; a < cold->alarms_n; a++) {
		const struct settings_target *t = monitor_target(m, flight->target);
		const struct settings_alarm *alarm =
		    &settings_alarms(m->settings)[settings_refs(m->settings)[t->alarms_first + a]];
		struct alarm_state *state = &M_ALARMS(m)[cold->alarms_first + a];

		condition_on_late(&alarm->raise, &state->raise, &ring, position);
		condition_on_late(&alarm->clear, &state->clear, &ring, position);
	}
}

void
judge_bad(struct monitor *m, nsec_t now_ns, uint32_t series, const struct cause *cause)
{
	struct series_cold *cold = M_COLD(m, series);

	if (cold->bad_since_ns == 0)
		cold->bad_since_ns = now_ns;
	cold->bad_cause = *cause;
}

void
judge_good(struct monitor *m, uint32_t series)
{
	struct series_cold *cold = M_COLD(m, series);

	if (cold->bad_since_ns != 0)
		cold->bad_since_ns = 0;
}

void
judge_settle(struct monitor *m, nsec_t now_ns, uint32_t series)
{
	struct sample_ring ring = monitor_ring(m, series);
	struct series_warm *warm = M_WARM(m, series);
	uint64_t oldest = ring.head > ring.size ? ring.head - ring.size : 0;
	uint64_t from = warm->settled > oldest ? warm->settled : oldest;
	uint64_t until = from;

	while (until < ring.head && sample_code(sample_ring_get(&ring, until)) != SAMPLE_IN_FLIGHT)
		until++;
	close_minute(m, now_ns, series);
	if (until == warm->settled)
		return;
	warm->settled = until;
	if (until > from) {
		const struct series_cold *cold = M_COLD(m, series);
		const struct settings_target *t = monitor_target(m, series);

		for (uint32_t a = 0; a < cold->alarms_n; a++) {
			const struct settings_alarm *alarm = &settings_alarms(
			    m->settings)[settings_refs(m->settings)[t->alarms_first + a]];
			struct alarm_state *state = &M_ALARMS(m)[cold->alarms_first + a];
			enum condition_verdict raise =
			    condition_advance(&alarm->raise, &state->raise, &ring, from, until);
			enum condition_verdict clear =
			    condition_advance(&alarm->clear, &state->clear, &ring, from, until);

			state->raise_verdict = (uint8_t)raise;
			state->clear_verdict = (uint8_t)clear;
		}
	}
	health_update(m, now_ns, series);
}

/* Whether answers to a probe may have been missed by our own fault while it was out; the cause, or
 * CAUSE_NONE. */
static enum cause_kind
blinded(const struct monitor *m, const struct flight *flight, nsec_t deadline_ns)
{
	uint8_t family = M_HOT(m, flight->target)->address.family == 6 ? 2 : 1;

	for (uint32_t i = 0; i < m->blind_n; i++) {
		const struct blind_span *span = &m->blind[i];

		if (span->families & family && flight->tx_ns <= span->until_ns &&
		    deadline_ns >= span->from_ns)
			return (enum cause_kind)span->cause;
	}
	return CAUSE_NONE;
}

static void
expire_one(struct monitor *m, nsec_t now_ns, struct flight *flight, nsec_t timeout_ns)
{
	enum cause_kind blind =
	    m->blind_n > 0 ? blinded(m, flight, nsec_add(flight->tx_ns, timeout_ns)) : CAUSE_NONE;
	struct decision decision = {
	    .outcome = OUTCOME_LOST, .rtt_ns = -1, .ttl = -1, .cause = {.kind = CAUSE_TIMEOUT}};

	if (flight->error_set) {
		const struct series_cold *cold = M_COLD(m, flight->target);

		decision.outcome = OUTCOME_UNREACHABLE;
		decision.cause = (struct cause){
		    .kind = CAUSE_ICMP, .type = flight->error_type, .code = flight->error_code};
		if (cold->last_error.kind == CAUSE_ICMP)
			decision.cause.from = cold->last_error.from;
	} else if (blind != CAUSE_NONE) {
		decision.outcome = OUTCOME_UNMEASURED;
		decision.cause.kind = (uint8_t)blind;
	}
	judge_decide(m, now_ns, flight, &decision);
}

static void
forget_blind(struct monitor *m)
{
	nsec_t oldest = m->drained_ns;
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
judge_expire(struct monitor *m, nsec_t now_ns, nsec_t drained_ns)
{
	for (uint32_t c = 0; c < m->ledger.n_classes; c++) {
		struct ledger_class *class = &M_TIMEOUTS(m)[c];
		struct flight *flight;

		while ((flight = ledger_expire(M_FLIGHTS(m), class, drained_ns)) != NULL)
			expire_one(m, now_ns, flight, class->timeout_ns);
	}
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

static void
note_overload(struct monitor *m, nsec_t now_ns)
{
	struct event event = {.kind = EVENT_OVERLOAD, .value = (int64_t)m->skipped_turn};

	if (m->skipped_turn == 0 ||
	    (m->overload_logged_ns != 0 && now_ns - m->overload_logged_ns < NSEC_PER_MIN))
		return;
	(void)snprintf(event.reason, sizeof(event.reason),
	    "we were late by more than an interval: %llu probes were skipped",
	    (unsigned long long)m->skipped_turn);
	m->overload_logged_ns = now_ns;
	m->skipped_turn = 0;
	(void)monitor_emit(m, now_ns, &event, NONE);
}

void
monitor_advance(struct monitor *m, nsec_t now_ns, nsec_t drained_ns)
{
	if (now_ns < m->now_ns)
		now_ns = m->now_ns;
	m->now_ns = now_ns;
	m->drained_ns = nsec_max(m->drained_ns, drained_ns);
	m->walk_steps = WALK_STEPS_MAX;
	note_lag(m, now_ns);
	judge_expire(m, now_ns, drained_ns);
	if (m->blind_n > 0)
		forget_blind(m);
	note_overload(m, now_ns);
	if (now_ns >= m->housekeeping_ns) {
		health_housekeeping(m, now_ns);
		m->housekeeping_ns = nsec_add(now_ns, HOUSEKEEPING_NS);
	}
	pace_turn(&m->pace, now_ns);
}
