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

/* Adds (sign 1) or takes away (sign -1) what one sample counts. */
static void
count(const struct condition *c, struct condition_state *s, uint32_t sample, int sign)
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
	case SAMPLE_UNREACHABLE:
		if (sample_code(sample) == SAMPLE_LOST)
			s->lost += one;
		else
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
		s->unsent += one * payload;
		break;
	default:
		break;
	}
}

static void
jitter_add(struct condition_state *s, uint32_t sample)
{
	nsec_t rtt;

	if (sample_code(sample) != SAMPLE_ANSWERED)
		return;
	rtt = sample_from_float28(sample_payload(sample));
	if (s->previous_rtt_ns > 0) {
		s->jitter_sum_ns += fabs((double)(rtt - s->previous_rtt_ns));
		s->jitters++;
	}
	s->previous_rtt_ns = rtt > 0 ? rtt : 1;
}

/* The next RTT after position, 0: none before the head. Jitter's pairs are in order of sequence. */
static nsec_t
next_rtt(const struct condition_state *s, const struct sample_ring *ring, uint64_t position)
{
	for (uint64_t p = position + 1; p < s->head; p++) {
		uint32_t sample = sample_ring_get(ring, p);

		if (sample_code(sample) == SAMPLE_ANSWERED)
			return nsec_max(sample_from_float28(sample_payload(sample)), 1);
	}
	return 0;
}

static void
drop_tail(const struct condition *c, struct condition_state *s, const struct sample_ring *ring)
{
	uint32_t sample = sample_ring_get(ring, s->tail);

	if (c->metric == CONDITION_JITTER && sample_code(sample) == SAMPLE_ANSWERED) {
		nsec_t rtt = nsec_max(sample_from_float28(sample_payload(sample)), 1),
		       next = next_rtt(s, ring, s->tail);

		if (next > 0) {
			s->jitter_sum_ns -= fabs((double)(next - rtt));
			s->jitters--;
		} else
			s->previous_rtt_ns = 0;
	}
	count(c, s, sample, -1);
	s->tail++;
	if (s->rtts == 0)
		s->rtt_sum_ns = 0; /* so that rounding never adds up */
	if (s->jitters == 0)
		s->jitter_sum_ns = 0;
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

/* Drops what has left the span; sets filled once it has been full of attempts. */
static void
trim(const struct condition *c, struct condition_state *s, const struct sample_ring *ring)
{
	uint32_t attempts;

	if (c->span_probes > 0) {
		while (s->tail < s->head && (judged(s) > c->span_probes ||
						(judged(s) == c->span_probes &&
						    !is_judged(sample_ring_get(ring, s->tail)))))
			drop_tail(c, s, ring);
		s->filled |= judged(s) >= c->span_probes;
		return;
	}
	attempts = condition_span_samples(c, ring->interval_ns);
	while (s->tail < s->head && judged(s) + s->unsent + s->unmeasured > attempts)
		drop_tail(c, s, ring);
	s->filled |= judged(s) + s->unsent + s->unmeasured >= attempts;
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

/* A quantile beyond the value: so many RTTs lie beyond it that the nearest rank is one of them. */
static bool
quantile_holds(const struct condition *c, const struct condition_state *s, uint32_t percent)
{
	uint64_t rank = ((uint64_t)s->rtts * percent + 99) / 100;
	bool beyond;

	if (rank == 0)
		rank = 1;
	beyond = s->rtts - s->over < rank;
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
	uint64_t attempts = (uint64_t)judged(s) + s->unsent + s->unmeasured;

	*ret_whole = c->metric == CONDITION_UNSENT || c->metric == CONDITION_UNMEASURED ? attempts
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
	switch (c->metric) {
	case CONDITION_MEAN:
		return compare(
		    (enum condition_op)c->op, llround(s->rtt_sum_ns / s->rtts), c->value);
	case CONDITION_MIN:
		return quantile_holds(c, s, 0);
	case CONDITION_P50:
		return quantile_holds(c, s, 50);
	case CONDITION_P90:
		return quantile_holds(c, s, 90);
	case CONDITION_P95:
		return quantile_holds(c, s, 95);
	case CONDITION_P99:
		return quantile_holds(c, s, 99);
	default:
		return quantile_holds(c, s, 100);
	}
}

enum condition_verdict
condition_advance(const struct condition *c, struct condition_state *s,
    const struct sample_ring *ring, uint64_t from, uint64_t until)
{
	uint64_t oldest = ring->head > ring->size ? ring->head - ring->size : 0;

	if (s->head != from || s->tail < oldest) {
		if (s->head < from ||
		    s->tail < oldest) /* the ring ran over our tail: what is left is counted anew */
			condition_state_clear(s, from > oldest ? from : oldest);
	}
	for (uint64_t p = s->head > from ? s->head : from; p < until; p++) {
		uint32_t sample = sample_ring_get(ring, p);

		if (sample_code(sample) ==
		    SAMPLE_INTERVAL) { /* the span means another number of samples from here on */
			condition_state_clear(s, p + 1);
			continue;
		}
		s->head = p + 1;
		count(c, s, sample, 1);
		if (c->metric == CONDITION_JITTER)
			jitter_add(s, sample);
		trim(c, s, ring);
	}
	if (!s->filled)
		return CONDITION_UNFILLED;
	if (c->metric != CONDITION_UNSENT && c->metric != CONDITION_UNMEASURED &&
	    (uint64_t)s->unsent + s->unmeasured >
		((uint64_t)judged(s) + s->unsent + s->unmeasured) / 2)
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
	static const uint8_t percents[CONDITION_METRIC_COUNT] = {
	    [CONDITION_MIN] = 0,
	    [CONDITION_P50] = 50,
	    [CONDITION_P90] = 90,
	    [CONDITION_P95] = 95,
	    [CONDITION_P99] = 99,
	    [CONDITION_MAX] = 100,
	};
	uint64_t whole, part, rank;
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
	rank = ((uint64_t)n * percents[c->metric] + 99) / 100;
	return sample_from_float28(scratch[rank > 0 ? rank - 1 : 0]);
}
