/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Outcomes: the one place where a probe is decided and counted, and where decided samples are fed,
 * in order of sequence, to the alarm conditions and the minute bins.
 */
#include <string.h>

#include "core/monitor_internal.h"

static uint64_t
flight_position(const struct monitor *m, const struct flight *flight)
{
	uint64_t head = M_HOT(m, flight->target)->head;

	return head - (uint32_t)((uint32_t)head - flight->position);
}

void
judge_write_bins(struct monitor *m, uint32_t series, uint32_t until)
{
	struct history_view view = monitor_history(m, series);
	uint32_t first = M_COLD(m, series)->minute;
	struct sample_ring ring = monitor_ring(m, series);

	if (view.size == 0 || first == MINUTE_UNKNOWN)
		return;
	if (until > first && until - first > view.size)
		first = until - view.size;
	for (uint32_t minute = first; minute < until; minute++) {
		struct sample_window window;

		sample_window_between(&ring, (nsec_t)minute * NSEC_PER_MIN,
		    (nsec_t)(minute + 1) * NSEC_PER_MIN, M_COLD(m, series)->born_ns, M_SCRATCH(m),
		    &window);
		history_add(&view, minute, &window);
	}
}

/* A minute is closed when everything that was decided in it is known. */
static void
close_minutes(struct monitor *m, uint32_t series)
{
	struct series_cold *cold = M_COLD(m, series);
	uint32_t minute = (uint32_t)(m->judged_ns / NSEC_PER_MIN);

	if (cold->minute == minute)
		return;
	if (cold->minute != MINUTE_UNKNOWN && minute > cold->minute)
		judge_write_bins(m, series, minute);
	cold->minute = minute;
}

void
judge_append(struct monitor *m, uint32_t series, nsec_t due_ns, uint32_t sample)
{
	struct series_hot *hot = M_HOT(m, series);
	struct series_warm *warm = M_WARM(m, series);
	enum sample_code code = sample_code(sample);
	nsec_t before_ns = warm->head_due_ns;
	struct sample_ring ring;

	if (code != SAMPLE_INTERVAL)
		warm->head_due_ns = due_ns;
	ring = monitor_ring(m, series);
	sample_ring_append(&ring, sample);
	if (hot->flags & SERIES_REPHASED && code != SAMPLE_INTERVAL) {
		uint32_t n =
		    code == SAMPLE_SKIPPED || code == SAMPLE_IDLE ? sample_payload(sample) : 1;

		/* the way back to the attempt before is another than the interval */
		hot->flags &= (uint16_t)~SERIES_REPHASED;
		sample_ring_append(
		    &ring, sample_make(SAMPLE_INTERVAL, sample_float28((due_ns - before_ns) / n)));
	}
	hot->head = ring.head;
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
	    sample_payload(last) + n <= SAMPLE_COUNT_MAX &&
	    !(M_HOT(m, series)->flags & SERIES_REPHASED)) {
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

static void
count_rtt(struct monitor *m, uint32_t series, nsec_t rtt_ns)
{
	uint32_t at = m->rtt_by_target ? M_COLD(m, series)->histogram_at
				       : monitor_group_of(m, series)->histogram_at;

	histogram_classic_add(monitor_at_unit(m, at), rtt_ns);
}

static void
count(struct monitor *m, uint32_t series, const struct decision *decision)
{
	struct series_warm *warm = M_WARM(m, series);

	switch (decision->outcome) {
	case OUTCOME_ANSWERED:
		warm->answered++;
		TALLY(m, series, answered, 1);
		warm->last_rtt_ns = decision->rtt_ns;
		warm->last_ttl = decision->ttl;
		if (decision->rtt_ns >= 0)
			count_rtt(m, series, decision->rtt_ns);
		break;
	case OUTCOME_LOST:
		warm->lost++;
		TALLY(m, series, lost, 1);
		break;
	case OUTCOME_UNREACHABLE:
		TALLY_RARE(m, series, unreachable, 1);
		break;
	default:
		TALLY_RARE(m, series, unmeasured, 1);
		break;
	}
	warm->last_outcome = (uint8_t)decision->outcome;
	if (decision->outcome != OUTCOME_ANSWERED) {
		TALLY_RARE(m, series, causes[cause_label(&decision->cause)], 1);
		monitor_rare(m, series)->last_cause = decision->cause;
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
	struct detail *detail = detail_of_flight(m, flight);

	flight->state = states[decision->outcome];
	M_HOT(m, series)->in_flight--;
	TALLY(m, series, in_flight, UINT64_MAX);
	(void)sample_ring_set(&ring, flight_position(m, flight), outcome_sample(decision));
	if (detail != NULL) {
		detail->outcome = (uint8_t)decision->outcome;
		detail->rtt_ns = decision->rtt_ns;
		detail->ttl = decision->ttl;
		if (decision->outcome != OUTCOME_ANSWERED)
			detail->cause = decision->cause;
	}
	count(m, series, decision);
	if (decision->outcome == OUTCOME_ANSWERED && flight->marks & MARK_LATE)
		TALLY_RARE(m, series, duplicates, 1); /* the late one was read before this one */
	if (decision->outcome == OUTCOME_LOST || decision->outcome == OUTCOME_UNREACHABLE) {
		monitor_rare(m, series)->loss_cause = decision->cause;
		monitor_rare(m, series)->loss_cause_at_ns = now_ns;
	}
	if (decision->outcome == OUTCOME_UNMEASURED)
		health_blind(m, now_ns, series, &decision->cause, 1);
	else
		health_seeing(m, series);
	if (decision->outcome == OUTCOME_ANSWERED)
		flow_alive(m, flight);
	else if (decision->outcome != OUTCOME_UNMEASURED)
		flow_lost(m, now_ns, flight);
	judge_settle(m, now_ns, series);
}

void
judge_unsent(
    struct monitor *m, nsec_t now_ns, uint32_t series, const struct cause *cause, uint64_t n)
{
	TALLY_RARE(m, series, unsent, n);
	TALLY_RARE(m, series, causes[cause_label(cause)], n);
	monitor_rare(m, series)->last_cause = *cause;
	M_WARM(m, series)->last_outcome = OUTCOME_UNSENT;
	health_blind(m, now_ns, series, cause, n);
	judge_settle(m, now_ns, series);
}

void
judge_late(struct monitor *m, struct flight *flight, nsec_t rtt_ns)
{
	uint32_t series = flight->target;
	struct sample_ring ring = monitor_ring(m, series);
	struct detail *detail = detail_of_flight(m, flight);
	uint64_t position = flight_position(m, flight);
	enum sample_code code = sample_code(sample_ring_get(&ring, position));

	flight->marks |= MARK_LATE;
	if (flight->state ==
	    FLIGHT_OUT) { /* one in time may still be read: the sample keeps this */
		if (code == SAMPLE_IN_FLIGHT)
			(void)sample_ring_set(&ring, position,
			    sample_make(SAMPLE_IN_FLIGHT, sample_float28(nsec_max(rtt_ns, 1))));
		return;
	}
	flow_alive(m, flight);
	if (detail != NULL) {
		detail->late = 1;
		detail->rtt_ns = rtt_ns;
	}
	if (flight->state == FLIGHT_UNMEASURED)
		return; /* it was never called lost, so it is not late either */
	TALLY_RARE(m, series, late, 1);
	if (code != SAMPLE_LOST && code != SAMPLE_UNREACHABLE)
		return; /* the ring has gone on */
	(void)sample_ring_set(
	    &ring, position, sample_make(code, sample_float28(nsec_max(rtt_ns, 1))));
	if (position >= M_WARM(m, series)->settled)
		return;
	for (uint32_t a = 0; a < monitor_plan(m, series)->alarms_n; a++) {
		const struct settings_alarm *alarm = monitor_alarm(m, series, a);
		struct alarm_state *state = monitor_alarm_state(m, series, a);

		condition_on_late(&alarm->raise, &state->raise, &ring, position);
		condition_on_late(&alarm->clear, &state->clear, &ring, position);
	}
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
	if (monitor_plan(m, series)->history_minutes > 0)
		close_minutes(m, series);
	if (until == warm->settled)
		return;
	warm->settled = until;
	for (uint32_t a = 0; a < monitor_plan(m, series)->alarms_n; a++) {
		const struct settings_alarm *alarm = monitor_alarm(m, series, a);
		struct alarm_state *state = monitor_alarm_state(m, series, a);

		state->raise_verdict =
		    (uint8_t)condition_advance(&alarm->raise, &state->raise, &ring, from, until);
		state->clear_verdict =
		    (uint8_t)condition_advance(&alarm->clear, &state->clear, &ring, from, until);
	}
	health_update(m, now_ns, series);
}
