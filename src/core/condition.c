/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Conditions kept over the ring; their text is in condition_text.c.
 */
#include "core/condition.h"

#include <math.h>
#include <string.h>

#include "core/samples.h"

#define PPM 1000000

void
condition_state_clear(struct condition_state *state, uint64_t position)
{
	memset(state, 0, sizeof(*state));
	state->tail = state->head = position;
}

static bool
is_over(const struct condition *c, nsec_t rtt_ns)
{
	return c->op == CONDITION_GE || c->op == CONDITION_LT ? rtt_ns >= c->value
							      : rtt_ns > c->value;
}

/* Adds (sign 1) or takes away (sign -1) what one sample counts; n: the intervals of a gap. */
static void
count(const struct condition *c, struct condition_state *s, uint32_t sample, uint32_t n, int sign)
{
	uint32_t payload = sample_payload(sample), one = (uint32_t)sign;

	switch (sample_code(sample)) {
	case SAMPLE_ANSWERED:
		s->answered += one;
		s->rtts += one;
		s->rtt_sum_ns += sign * (double)sample_from_float28(payload);
		s->over += is_over(c, sample_from_float28(payload)) ? one : 0;
		break;
	case SAMPLE_ANSWERED_NO_RTT:
		s->answered += one;
		break;
	case SAMPLE_LOST:
		s->lost += one;
		s->late += payload != 0 ? one : 0;
		break;
	case SAMPLE_UNREACHABLE:
		s->unreachable += one;
		s->late += payload != 0 ? one : 0;
		break;
	case SAMPLE_UNMEASURED:
		s->unmeasured += one;
		break;
	case SAMPLE_UNSENT:
		s->unsent += one;
		break;
	case SAMPLE_SKIPPED:
		s->unsent += one * n;
		break;
	case SAMPLE_IDLE:
		s->idle += one * n;
		break;
	default:
		break;
	}
}

/* The difference of two neighbours in the ring, when both have an RTT. */
static void
count_jitter(struct condition_state *s, uint32_t older, uint32_t newer, int sign)
{
	nsec_t difference;

	if (sample_code(older) != SAMPLE_ANSWERED || sample_code(newer) != SAMPLE_ANSWERED)
		return;
	difference =
	    sample_from_float28(sample_payload(newer)) - sample_from_float28(sample_payload(older));
	s->jitter_sum_ns += sign * fabs((double)difference);
	s->jitters += (uint32_t)sign;
}

/* Intervals of the gap at tail that are still counted; 0: it is none. */
static uint32_t
gap_left(const struct condition_state *s, uint32_t sample)
{
	enum sample_code code = sample_code(sample);

	return code == SAMPLE_SKIPPED || code == SAMPLE_IDLE ? sample_payload(sample) - s->tail_gone
							     : 0;
}

/* Counts the next sample. Idle time may still grow while it is the newest, so it is counted with
 * its successor. */
static void
add(const struct condition *c, struct condition_state *s, const struct sample_ring *ring,
    uint32_t sample)
{
	if (s->head > s->tail) {
		uint32_t before = sample_ring_get(ring, s->head - 1);

		if (sample_code(before) == SAMPLE_IDLE)
			count(c, s, before, sample_payload(before), 1);
		if (c->metric == CONDITION_JITTER)
			count_jitter(s, before, sample, 1);
	}
	if (sample_code(sample) != SAMPLE_IDLE)
		count(c, s, sample, sample_payload(sample), 1);
	s->head++;
}

/* Never the newest: that one is what fills the span. */
static void
drop_tail(const struct condition *c, struct condition_state *s, const struct sample_ring *ring)
{
	uint32_t sample = sample_ring_get(ring, s->tail);

	if (c->metric == CONDITION_JITTER)
		count_jitter(s, sample, sample_ring_get(ring, s->tail + 1), -1);
	count(c, s, sample, gap_left(s, sample), -1);
	s->tail++;
	s->tail_gone = 0;
}

static uint32_t
judged(const struct condition_state *s)
{
	return s->answered + s->lost + s->unreachable;
}

static bool
is_judged(uint32_t sample)
{
	enum sample_code code = sample_code(sample);

	return code == SAMPLE_ANSWERED || code == SAMPLE_ANSWERED_NO_RTT || code == SAMPLE_LOST ||
	       code == SAMPLE_UNREACHABLE;
}

static uint64_t
attempts(const struct condition_state *s)
{
	return (uint64_t)judged(s) + s->unsent + s->unmeasured;
}

/* Drops what has left a span of N probes. The ring holds more samples than that, but not endlessly
 * many that are not judged: then the span is what the ring holds, less what may be in flight. */
static void
trim_probes(const struct condition *c, struct condition_state *s, const struct sample_ring *ring)
{
	nsec_t flying = ring->timeout_ns / ring->interval_ns + 2;
	uint64_t room = ring->size > flying ? ring->size - (uint64_t)flying : 1;

	while (judged(s) > c->span_probes || s->head - s->tail > room ||
	       (judged(s) == c->span_probes && !is_judged(sample_ring_get(ring, s->tail))))
		drop_tail(c, s, ring);
	s->filled |= judged(s) >= c->span_probes || s->head - s->tail >= room;
}

/* Drops what has left a span in time; of a gap at its start only a part. */
static void
trim_time(const struct condition *c, struct condition_state *s, const struct sample_ring *ring)
{
	uint32_t span = condition_span_samples(c, ring->interval_ns);

	while (attempts(s) + s->idle > span) {
		uint32_t sample = sample_ring_get(ring, s->tail);
		uint64_t excess = attempts(s) + s->idle - span;

		if (gap_left(s, sample) > excess) {
			count(c, s, sample, (uint32_t)excess, -1);
			s->tail_gone += (uint32_t)excess;
			break;
		}
		drop_tail(c, s, ring);
	}
	s->filled |= attempts(s) >= span;
}

static bool
compare(enum condition_op op, __int128 a, __int128 b)
{
	switch (op) {
	case CONDITION_GT:
		return a > b;
	case CONDITION_GE:
		return a >= b;
	case CONDITION_LT:
		return a < b;
	case CONDITION_LE:
		return a <= b;
	default:
		return a == b;
	}
}

/* The quantile that a metric is; 0 is the smallest. */
static const uint8_t percents[CONDITION_METRIC_COUNT] = {
    [CONDITION_MIN] = 0,
    [CONDITION_P50] = 50,
    [CONDITION_P90] = 90,
    [CONDITION_P95] = 95,
    [CONDITION_P99] = 99,
    [CONDITION_MAX] = 100,
};

/* Nearest rank, from 1, of that quantile among n values. */
static uint64_t
rank_of(const struct condition *c, uint64_t n)
{
	uint64_t rank = (n * percents[c->metric] + 99) / 100;

	return rank > 0 ? rank : 1;
}

/* So many RTTs lie beyond the value that the nearest rank is one of them. */
static bool
quantile_holds(const struct condition *c, const struct condition_state *s)
{
	bool beyond = s->rtts - s->over < rank_of(c, s->rtts);

	return c->op == CONDITION_GT || c->op == CONDITION_GE ? beyond : !beyond;
}

static bool
ratio_holds(const struct condition *c, uint64_t part, uint64_t whole)
{
	return whole > 0 && compare((enum condition_op)c->op, (__int128)part * PPM,
				(__int128)c->value * (int64_t)whole);
}

static uint64_t
ratio_part(const struct condition *c, const struct condition_state *s, uint64_t *ret_whole)
{
	*ret_whole = c->metric == CONDITION_UNSENT || c->metric == CONDITION_UNMEASURED
			 ? attempts(s)
			 : judged(s);
	switch (c->metric) {
	case CONDITION_LOSS:
		return (uint64_t)s->lost + s->unreachable;
	case CONDITION_LATE:
		return s->late;
	case CONDITION_UNREACHABLE:
		return s->unreachable;
	case CONDITION_UNSENT:
		return s->unsent;
	default:
		return s->unmeasured;
	}
}

static bool
holds(const struct condition *c, const struct condition_state *s)
{
	uint64_t whole, part;

	if (c->metric <= CONDITION_UNMEASURED) {
		part = ratio_part(c, s, &whole);
		return ratio_holds(c, part, whole);
	}
	if (c->metric == CONDITION_JITTER)
		return s->jitters > 0 && compare((enum condition_op)c->op,
					     llround(s->jitter_sum_ns / s->jitters), c->value);
	if (s->rtts == 0)
		return false;
	if (c->metric == CONDITION_MEAN)
		return compare(
		    (enum condition_op)c->op, llround(s->rtt_sum_ns / s->rtts), c->value);
	return quantile_holds(c, s);
}

/* Over half of the span tells nothing. */
static bool
is_held(const struct condition *c, const struct condition_state *s)
{
	uint64_t idle = c->span_probes > 0 ? 0 : s->idle;

	return c->metric != CONDITION_UNSENT && c->metric != CONDITION_UNMEASURED &&
	       2 * ((uint64_t)s->unsent + s->unmeasured + idle) > attempts(s) + idle;
}

enum condition_verdict
condition_advance(const struct condition *c, struct condition_state *s,
    const struct sample_ring *ring, uint64_t from, uint64_t until)
{
	uint64_t oldest = ring->head > ring->size ? ring->head - ring->size : 0;

	if (s->head < from || s->tail < oldest)
		condition_state_clear(s, from > oldest ? from : oldest);
	while (s->head < until) {
		uint32_t sample = sample_ring_get(ring, s->head);

		if (sample_code(sample) == SAMPLE_INTERVAL) {
			/* the span means another number of samples from here on */
			condition_state_clear(s, s->head + 1);
			continue;
		}
		add(c, s, ring, sample);
		if (c->span_probes > 0)
			trim_probes(c, s, ring);
		else
			trim_time(c, s, ring);
	}
	if (!s->filled)
		return CONDITION_UNFILLED;
	if (is_held(c, s))
		return CONDITION_HELD;
	return holds(c, s) ? CONDITION_TRUE : CONDITION_FALSE;
}

void
condition_on_late(const struct condition *c, struct condition_state *s,
    const struct sample_ring *ring, uint64_t position)
{
	(void)c;
	(void)ring;
	if (position >= s->tail && position < s->head)
		s->late++;
}

int64_t
condition_value(const struct condition *c, const struct condition_state *s,
    const struct sample_ring *ring, uint64_t until, uint32_t *scratch)
{
	uint64_t whole, part;
	uint32_t n = 0;

	(void)until;
	if (c->metric <= CONDITION_UNMEASURED) {
		part = ratio_part(c, s, &whole);
		return whole == 0 ? -1 : (int64_t)((part * PPM + whole / 2) / whole);
	}
	if (c->metric == CONDITION_JITTER)
		return s->jitters == 0 ? -1 : llround(s->jitter_sum_ns / s->jitters);
	if (s->rtts == 0)
		return -1;
	if (c->metric == CONDITION_MEAN)
		return llround(s->rtt_sum_ns / s->rtts);
	for (uint64_t p = s->tail; p < s->head; p++) {
		uint32_t sample = sample_ring_get(ring, p);

		if (sample_code(sample) == SAMPLE_ANSWERED)
			scratch[n++] = sample_payload(sample);
	}
	if (n == 0)
		return -1;
	sample_sort(scratch, n);
	return sample_from_float28(scratch[rank_of(c, n) - 1]);
}
