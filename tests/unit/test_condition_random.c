/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Conditions kept incrementally against a plain recomputation, over random histories: gaps, idle
 * time that grows, changes of the interval, late replies, a lagging judge, rings that are run over.
 * SEED=n repeats one history.
 */
#include <stdlib.h>

#include "unit.h"

#include "core/condition.h"
#include "core/rng.h"
#include "core/samples.h"

#define CELLS_MAX 300
#define SEEDS 400
#define STEPS 2000

/* What the recomputation keeps: where counting began, and whether the span was ever full. */
struct plain {
	uint64_t begin, head;
	bool filled;
	/* of the span at head */
	uint64_t tail, answered, lost, unreachable, late, unsent, unmeasured, idle, jitters, n;
	double jitter_sum;
	nsec_t rtts[CELLS_MAX]; /* sorted */
};

static bool
counts(enum sample_code code)
{
	return code == SAMPLE_ANSWERED || code == SAMPLE_ANSWERED_NO_RTT || code == SAMPLE_LOST ||
	       code == SAMPLE_UNREACHABLE;
}

static int
ascending(const void *a, const void *b)
{
	nsec_t x = *(const nsec_t *)a, y = *(const nsec_t *)b;

	return (x > y) - (x < y);
}

static void
take(struct plain *p, uint32_t sample, uint64_t slots)
{
	enum sample_code code = sample_code(sample);

	p->answered += code == SAMPLE_ANSWERED || code == SAMPLE_ANSWERED_NO_RTT;
	p->lost += code == SAMPLE_LOST;
	p->unreachable += code == SAMPLE_UNREACHABLE;
	p->late +=
	    (code == SAMPLE_LOST || code == SAMPLE_UNREACHABLE) && sample_payload(sample) != 0;
	p->unmeasured += code == SAMPLE_UNMEASURED;
	p->unsent += code == SAMPLE_UNSENT || code == SAMPLE_SKIPPED ? slots : 0;
	p->idle += code == SAMPLE_IDLE ? slots : 0;
	if (code == SAMPLE_ANSWERED)
		p->rtts[p->n++] = sample_from_float28(sample_payload(sample));
}

/* The span that ends at p->head, counted from scratch, walking back. */
static void
recount(const struct condition *c, const struct sample_ring *ring, struct plain *p)
{
	uint64_t room = ring->size - (uint64_t)(ring->timeout_ns / ring->interval_ns) - 2;
	uint64_t left = condition_span_samples(c, ring->interval_ns);
	struct plain kept = {.begin = p->begin, .head = p->head, .filled = p->filled};
	uint32_t newer = 0;

	*p = kept;
	for (p->tail = p->head; p->tail > p->begin && left > 0; p->tail--) {
		uint32_t sample = sample_ring_get(ring, p->tail - 1);
		enum sample_code code = sample_code(sample);
		uint64_t slots = 1;

		if (code == SAMPLE_SKIPPED || code == SAMPLE_IDLE)
			slots = sample_payload(sample);
		if (code == SAMPLE_IDLE && p->tail == p->head)
			slots = 0;
		if (c->span_probes > 0) {
			if (p->head - p->tail == room)
				break;
			left -= counts(code);
		} else {
			slots = slots < left ? slots : left;
			left -= slots;
		}
		take(p, sample, slots);
		if (code == SAMPLE_ANSWERED && sample_code(newer) == SAMPLE_ANSWERED) {
			p->jitters++;
			p->jitter_sum += llabs(p->rtts[p->n - 1] - p->rtts[p->n - 2]);
		}
		newer = sample;
	}
	if (c->span_probes > 0)
		p->filled |= left == 0 || p->head - p->tail == room;
	else
		p->filled |= p->answered + p->lost + p->unreachable + p->unsent + p->unmeasured >=
			     condition_span_samples(c, ring->interval_ns);
}

static int64_t
plain_value(const struct condition *c, const struct plain *p)
{
	uint64_t judged = p->answered + p->lost + p->unreachable;
	uint64_t all = judged + p->unsent + p->unmeasured, part = 0, whole = judged, rank;
	double sum = 0;
	uint64_t percent = 100;

	switch ((enum condition_metric)c->metric) {
	case CONDITION_LOSS:
		part = p->lost + p->unreachable;
		break;
	case CONDITION_LATE:
		part = p->late;
		break;
	case CONDITION_UNREACHABLE:
		part = p->unreachable;
		break;
	case CONDITION_UNSENT:
		part = p->unsent;
		whole = all;
		break;
	case CONDITION_UNMEASURED:
		part = p->unmeasured;
		whole = all;
		break;
	case CONDITION_JITTER:
		return p->jitters == 0 ? -1 : (int64_t)(p->jitter_sum / (double)p->jitters + 0.5);
	case CONDITION_MEAN:
		for (uint64_t i = 0; i < p->n; i++)
			sum += (double)p->rtts[i];
		return p->n == 0 ? -1 : (int64_t)(sum / (double)p->n + 0.5);
	case CONDITION_MIN:
		percent = 0;
		break;
	case CONDITION_P50:
		percent = 50;
		break;
	case CONDITION_P90:
		percent = 90;
		break;
	case CONDITION_P95:
		percent = 95;
		break;
	case CONDITION_P99:
		percent = 99;
		break;
	default:
		break;
	}
	if (c->metric <= CONDITION_UNMEASURED)
		return whole == 0 ? -1 : (int64_t)(((double)part * 1e6) / (double)whole + 0.5);
	rank = (p->n * percent + 99) / 100;
	return p->n == 0 ? -1 : p->rtts[rank > 0 ? rank - 1 : 0];
}

static bool
compares(uint8_t op, int64_t a, int64_t b)
{
	switch ((enum condition_op)op) {
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

static enum condition_verdict
plain_verdict(const struct condition *c, const struct plain *p)
{
	uint64_t judged = p->answered + p->lost + p->unreachable;
	uint64_t dark = p->unsent + p->unmeasured + (c->span_probes > 0 ? 0 : p->idle);
	int64_t value = plain_value(c, p);

	if (!p->filled)
		return CONDITION_UNFILLED;
	if (c->metric != CONDITION_UNSENT && c->metric != CONDITION_UNMEASURED && dark > judged)
		return CONDITION_HELD;
	if (value >= 0 && c->metric <= CONDITION_UNMEASURED) { /* exactly, not in whole ppm */
		uint64_t whole = judged, part = p->lost + p->unreachable;

		if (c->metric == CONDITION_UNSENT || c->metric == CONDITION_UNMEASURED)
			whole += p->unsent + p->unmeasured;
		if (c->metric == CONDITION_LATE)
			part = p->late;
		else if (c->metric == CONDITION_UNREACHABLE)
			part = p->unreachable;
		else if (c->metric == CONDITION_UNSENT)
			part = p->unsent;
		else if (c->metric == CONDITION_UNMEASURED)
			part = p->unmeasured;
		return compares(c->op, (int64_t)part * 1000000, c->value * (int64_t)whole)
			   ? CONDITION_TRUE
			   : CONDITION_FALSE;
	}
	return value >= 0 && compares(c->op, value, c->value) ? CONDITION_TRUE : CONDITION_FALSE;
}

static void
plain_advance(const struct condition *c, const struct sample_ring *ring, struct plain *p,
    uint64_t from, uint64_t until)
{
	uint64_t oldest = ring->head > ring->size ? ring->head - ring->size : 0;

	if (p->head < from || p->tail < oldest) {
		p->begin = p->head = from > oldest ? from : oldest;
		p->filled = false;
		recount(c, ring, p);
	}
	while (p->head < until) {
		p->head++;
		if (sample_code(sample_ring_get(ring, p->head - 1)) == SAMPLE_INTERVAL) {
			p->begin = p->head;
			p->filled = false;
		}
		recount(c, ring, p);
	}
	qsort(p->rtts, p->n, sizeof(p->rtts[0]), ascending);
}

static struct condition
random_condition(struct rng *rng)
{
	struct condition c = {.metric = (uint8_t)rng_below(rng, CONDITION_METRIC_COUNT),
	    .op = (uint8_t)rng_below(rng, 4)};
	uint64_t longest = rng_below(rng, 4) == 0 ? 250 : 40;

	if (rng_below(rng, 2) == 0)
		c.span_probes = 1 + (uint32_t)rng_below(rng, longest);
	else
		c.span_ns = (nsec_t)(1 + rng_below(rng, longest)) * NSEC_PER_SEC;
	if (c.metric <= CONDITION_UNMEASURED) {
		c.value = (int64_t)rng_below(rng, 21) * 50000;
		if (rng_below(rng, 5) == 0) {
			c.op = CONDITION_EQ;
			c.value = rng_below(rng, 2) == 0 ? 0 : 1000000;
		}
	} else
		c.value = (nsec_t)(rng_below(rng, 20) * 100);
	return c;
}

static uint32_t
random_sample(struct rng *rng, const uint32_t weights[static SAMPLE_INTERVAL + 1])
{
	uint64_t total = 0, pick;
	uint32_t code = 0;

	for (uint32_t i = 0; i <= SAMPLE_INTERVAL; i++)
		total += weights[i];
	for (pick = rng_below(rng, total); pick >= weights[code]; code++)
		pick -= weights[code];
	switch ((enum sample_code)code) {
	case SAMPLE_ANSWERED:
		return sample_make(code, sample_float28((nsec_t)rng_below(rng, 2000)));
	case SAMPLE_LOST:
	case SAMPLE_UNREACHABLE:
		return sample_make(code, rng_below(rng, 8) == 0 ? 3000 : 0);
	case SAMPLE_SKIPPED:
	case SAMPLE_IDLE:
		return sample_make(
		    code, 1 + (uint32_t)rng_below(rng, rng_below(rng, 4) == 0 ? 200 : 6));
	case SAMPLE_INTERVAL:
		return sample_make(code, sample_float28(NSEC_PER_SEC));
	default:
		return sample_make(code, 0);
	}
}

static void
append(struct rng *rng, struct sample_ring *ring, const uint32_t *weights)
{
	uint32_t sample = random_sample(rng, weights), last;

	last = ring->head > 0 ? sample_ring_get(ring, ring->head - 1) : 0;
	if (sample_code(sample) == SAMPLE_IDLE && sample_code(last) == SAMPLE_IDLE)
		(void)sample_ring_set(ring, ring->head - 1,
		    sample_make(SAMPLE_IDLE, sample_payload(last) + sample_payload(sample)));
	else
		sample_ring_append(ring, sample);
}

static void
mark_late(struct rng *rng, const struct condition *c, struct condition_state *state,
    struct sample_ring *ring, uint64_t settled)
{
	uint64_t position = ring->head - 1 - rng_below(rng, ring->size);
	uint32_t sample = position < settled ? sample_ring_get(ring, position) : 0;

	if ((sample_code(sample) != SAMPLE_LOST && sample_code(sample) != SAMPLE_UNREACHABLE) ||
	    sample_payload(sample) != 0)
		return;
	(void)sample_ring_set(ring, position, sample_make(sample_code(sample), 5000));
	condition_on_late(c, state, ring, position);
}

static void
run(uint64_t seed)
{
	uint32_t cells[CELLS_MAX] = {0}, scratch[CELLS_MAX], weights[SAMPLE_INTERVAL + 1] = {0};
	struct sample_ring ring = {.cells = cells, .interval_ns = NSEC_PER_SEC};
	struct condition_state state;
	static struct plain plain;
	struct condition c;
	char text[64];
	struct rng rng;
	uint64_t settled = 0;

	rng_seed(&rng, seed);
	c = random_condition(&rng);
	ring.timeout_ns = (nsec_t)rng_below(&rng, 5) * NSEC_PER_SEC;
	ring.size = 8 + (uint32_t)rng_below(&rng, CELLS_MAX - 7);
	for (int i = SAMPLE_ANSWERED; i <= SAMPLE_INTERVAL; i++)
		weights[i] = (uint32_t)rng_below(&rng, 3) * (uint32_t)rng_below(&rng, 50);
	weights[SAMPLE_ANSWERED] += 20;
	weights[SAMPLE_INTERVAL] = (uint32_t)rng_below(&rng, 2);
	memset(&plain, 0, sizeof(plain));
	condition_state_clear(&state, 0);
	for (int step = 0; step < STEPS; step++) {
		uint64_t lag = rng_below(&rng, 4), from = settled;
		enum condition_verdict verdict;

		append(&rng, &ring, weights);
		if (ring.head <= lag || ring.head - lag <= settled)
			continue;
		settled = ring.head - lag;
		verdict = condition_advance(&c, &state, &ring, from, settled);
		plain_advance(&c, &ring, &plain, from, settled);
		if (verdict != plain_verdict(&c, &plain) ||
		    condition_value(&c, &state, &ring, settled, scratch) != plain_value(&c, &plain))
			fail_msg("SEED=%llu step %d, %s: verdict %d, value %lld; by plain count "
				 "%d, %lld",
			    (unsigned long long)seed, step,
			    condition_format(&c, text, sizeof(text)), (int)verdict,
			    (long long)condition_value(&c, &state, &ring, settled, scratch),
			    (int)plain_verdict(&c, &plain), (long long)plain_value(&c, &plain));
		if (rng_below(&rng, 4) == 0) {
			mark_late(&rng, &c, &state, &ring, settled);
			recount(&c, &ring, &plain);
		}
	}
}

TEST(test_condition_random_histories_agree_with_a_plain_count)
{
	const char *seed = getenv("SEED");

	if (seed != NULL)
		run(strtoull(seed, NULL, 10));
	for (uint64_t s = 1; s <= SEEDS && seed == NULL; s++)
		run(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_condition_random_histories_agree_with_a_plain_count),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
