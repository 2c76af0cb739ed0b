/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Windows against a plain count over a list of all attempts ever made, with their times: random
 * outcomes, gaps, idle times, changes of the interval, ring sizes and window borders. SEED=n
 * repeats one history.
 */
#include <math.h>
#include <stdlib.h>

#include "unit.h"

#include "core/rng.h"
#include "core/samples.h"

#define ATTEMPTS_MAX 4000
#define CELLS_MAX 400
#define SEEDS 300
#define WINDOWS 40

struct attempt {
	nsec_t due_ns, decided_ns, rtt_ns; /* rtt -1: none; decided NSEC_NEVER: in flight */
	uint64_t position;
	enum sample_code code;
	bool late;
};

struct history {
	struct rng rng;
	struct attempt attempts[ATTEMPTS_MAX];
	uint32_t n;
	uint32_t cells[CELLS_MAX];
	struct sample_ring ring;
};

static void
note(struct history *h, enum sample_code code, nsec_t due_ns, nsec_t decided_ns, nsec_t rtt_ns,
    bool late)
{
	if (h->n < ATTEMPTS_MAX)
		h->attempts[h->n++] =
		    (struct attempt){due_ns, decided_ns, rtt_ns, h->ring.head, code, late};
}

/* One random sample, in the ring and in the list. */
static void
append(struct history *h)
{
	static const enum sample_code codes[] = {SAMPLE_ANSWERED, SAMPLE_ANSWERED, SAMPLE_ANSWERED,
	    SAMPLE_ANSWERED, SAMPLE_ANSWERED, SAMPLE_LOST, SAMPLE_LOST, SAMPLE_UNREACHABLE,
	    SAMPLE_ANSWERED_NO_RTT, SAMPLE_UNMEASURED, SAMPLE_UNSENT, SAMPLE_SKIPPED, SAMPLE_IDLE,
	    SAMPLE_INTERVAL, SAMPLE_IN_FLIGHT};
	enum sample_code code = codes[rng_below(&h->rng, COUNT(codes))];
	nsec_t interval = h->ring.interval_ns, timeout = h->ring.timeout_ns;
	nsec_t due = h->ring.head_due_ns + interval, rtt;
	uint32_t payload = 0, n;

	switch (code) {
	case SAMPLE_ANSWERED:
		payload = sample_float28((nsec_t)rng_below(&h->rng, (uint64_t)timeout / 2));
		rtt = sample_from_float28(payload);
		note(h, code, due, due + rtt, rtt, false);
		break;
	case SAMPLE_LOST:
	case SAMPLE_UNREACHABLE:
		payload = rng_below(&h->rng, 5) == 0 ? 12345 : 0;
		note(h, code, due, due + timeout, -1, payload != 0);
		break;
	case SAMPLE_UNMEASURED:
		note(h, code, due, due + timeout, -1, false);
		break;
	case SAMPLE_SKIPPED:
	case SAMPLE_IDLE:
		payload = n = 1 + (uint32_t)rng_below(&h->rng, 20);
		for (uint32_t i = 0; i < n; i++, due += interval) {
			if (code == SAMPLE_SKIPPED)
				note(h, code, due, due, -1, false);
		}
		due -= interval;
		break;
	case SAMPLE_INTERVAL:
		payload = sample_float28(interval);
		h->ring.interval_ns = sample_from_float28(sample_float28(
		    (nsec_t)(1 + rng_below(&h->rng, 50)) * 100 * NSEC_PER_MSEC)); /* exact */
		due = h->ring.head_due_ns;
		break;
	case SAMPLE_IN_FLIGHT:
		note(h, code, due, NSEC_NEVER, -1, false);
		break;
	default:
		note(h, code, due, due, -1, false);
		break;
	}
	sample_ring_append(&h->ring, sample_make(code, payload));
	h->ring.head_due_ns = due;
}

static int
ascending(const void *a, const void *b)
{
	nsec_t x = *(const nsec_t *)a, y = *(const nsec_t *)b;

	return (x > y) - (x < y);
}

static nsec_t
rank_of(const nsec_t sorted[], uint64_t n, double share)
{
	uint64_t rank = (uint64_t)ceil((double)n * share - 1e-9);

	return n == 0 ? -1 : sorted[rank > 0 ? rank - 1 : 0];
}

/* Runs and jitter need the order, so they are counted apart. */
static void
count_order(
    const struct history *h, nsec_t from, nsec_t until, uint64_t oldest, struct sample_window *w)
{
	uint32_t run = 0;
	uint64_t pairs = 0;
	double sum = 0;
	bool answered = false; /* in the window */

	for (uint32_t i = 0; i < h->n; i++) {
		const struct attempt *a = &h->attempts[i], *b = a - 1;
		bool in = a->decided_ns > from && a->decided_ns <= until;

		if (a->position < oldest)
			continue;
		if (a->code == SAMPLE_ANSWERED || a->code == SAMPLE_ANSWERED_NO_RTT)
			run = 0;
		else if ((a->code == SAMPLE_LOST || a->code == SAMPLE_UNREACHABLE) && in &&
			 ++run > w->loss_run_max)
			w->loss_run_max = run;
		if (in && (a->code == SAMPLE_ANSWERED || a->code == SAMPLE_ANSWERED_NO_RTT)) {
			answered = true;
			w->loss_run_last = 0;
		} else if (in && (a->code == SAMPLE_LOST || a->code == SAMPLE_UNREACHABLE)) {
			w->loss_run_first += !answered;
			w->loss_run_last++;
		}
		if (i > 0 && in && a->rtt_ns >= 0 && b->rtt_ns >= 0 && b->position >= oldest &&
		    b->position + 1 == a->position && b->decided_ns > from &&
		    b->decided_ns <= until) {
			pairs++;
			sum += llabs(a->rtt_ns - b->rtt_ns);
		}
	}
	w->jitter_pairs = pairs;
	w->jitter_ns = pairs == 0 ? -1 : llround(sum / (double)pairs);
}

static void
plain_count(const struct history *h, nsec_t from, nsec_t until, struct sample_window *w,
    nsec_t *ret_missing)
{
	static nsec_t rtts[ATTEMPTS_MAX];
	uint64_t oldest = h->ring.head > h->ring.size ? h->ring.head - h->ring.size : 0;
	double sum = 0, squares = 0;

	memset(w, 0, sizeof(*w));
	*ret_missing = INT64_MIN; /* the last that was decided in the window and is not held */
	for (uint32_t i = 0; i < h->n; i++) {
		const struct attempt *a = &h->attempts[i];

		if (a->decided_ns <= from || a->decided_ns > until)
			continue;
		if (a->position < oldest) {
			*ret_missing = a->decided_ns > *ret_missing ? a->decided_ns : *ret_missing;
			continue;
		}
		w->answered += a->code == SAMPLE_ANSWERED || a->code == SAMPLE_ANSWERED_NO_RTT;
		w->lost += a->code == SAMPLE_LOST;
		w->unreachable += a->code == SAMPLE_UNREACHABLE;
		w->unmeasured += a->code == SAMPLE_UNMEASURED;
		w->unsent += a->code == SAMPLE_UNSENT || a->code == SAMPLE_SKIPPED;
		w->late += a->late;
		if (a->rtt_ns >= 0)
			rtts[w->rtts++] = a->rtt_ns;
	}
	count_order(h, from, until, oldest, w);
	qsort(rtts, w->rtts, sizeof(rtts[0]), ascending);
	w->min_ns = rank_of(rtts, w->rtts, 0);
	w->p10_ns = rank_of(rtts, w->rtts, 0.10);
	w->p25_ns = rank_of(rtts, w->rtts, 0.25);
	w->p50_ns = rank_of(rtts, w->rtts, 0.50);
	w->p75_ns = rank_of(rtts, w->rtts, 0.75);
	w->p90_ns = rank_of(rtts, w->rtts, 0.90);
	w->p95_ns = rank_of(rtts, w->rtts, 0.95);
	w->p99_ns = rank_of(rtts, w->rtts, 0.99);
	w->max_ns = rank_of(rtts, w->rtts, 1);
	for (uint64_t i = 0; i < w->rtts; i++)
		sum += (double)rtts[i];
	for (uint64_t i = 0; i < w->rtts; i++)
		squares += pow((double)rtts[i] - sum / (double)w->rtts, 2);
	w->mean_ns = w->rtts == 0 ? -1 : llround(sum / (double)w->rtts);
	w->stddev_ns = w->rtts == 0 ? -1 : llround(sqrt(squares / (double)w->rtts));
	w->sent = w->answered + w->lost + w->unreachable + w->unmeasured;
}

static void
compare(const struct history *h, uint64_t seed, nsec_t from, nsec_t until)
{
	uint32_t scratch[CELLS_MAX];
	struct sample_window ours, plain;
	nsec_t missing;

	sample_window_between(&h->ring, from, until, 0, scratch, &ours);
	plain_count(h, from, until, &plain, &missing);
	if (missing > INT64_MIN && (ours.complete || missing > until - ours.covered_ns))
		fail_msg("SEED=%llu (%lld, %lld]: more is covered than the ring holds",
		    (unsigned long long)seed, (long long)from, (long long)until);
	if (h->ring.head <= h->ring.size && !ours.complete)
		fail_msg("SEED=%llu: nothing was overwritten", (unsigned long long)seed);
	assert_int_equal(ours.complete, ours.covered_ns == until - from);
	plain.window_ns = until - from;
	plain.covered_ns = ours.covered_ns;
	plain.complete = ours.complete;
	if (llabs(plain.stddev_ns - ours.stddev_ns) <= 1) /* sums in another order */
		plain.stddev_ns = ours.stddev_ns;
	if (memcmp(&ours, &plain, sizeof(ours)) != 0)
		fail_msg("SEED=%llu (%lld, %lld]: answered %llu %llu, unsent %llu %llu, run %u %u, "
			 "jitter %lld %lld, p50 %lld %lld",
		    (unsigned long long)seed, (long long)from, (long long)until,
		    (unsigned long long)ours.answered, (unsigned long long)plain.answered,
		    (unsigned long long)ours.unsent, (unsigned long long)plain.unsent,
		    ours.loss_run_max, plain.loss_run_max, (long long)ours.jitter_ns,
		    (long long)plain.jitter_ns, (long long)ours.p50_ns, (long long)plain.p50_ns);
}

static void
run(uint64_t seed)
{
	static struct history h;
	uint32_t steps;

	memset(&h, 0, sizeof(h));
	rng_seed(&h.rng, seed);
	h.ring = (struct sample_ring){.cells = h.cells,
	    .size = 1 + (uint32_t)rng_below(&h.rng, CELLS_MAX),
	    .head_due_ns = NSEC_PER_HOUR,
	    .interval_ns = NSEC_PER_SEC,
	    .timeout_ns = (nsec_t)(1 + rng_below(&h.rng, 40)) * 200 * NSEC_PER_MSEC};
	steps = (uint32_t)rng_below(&h.rng, 800);
	for (uint32_t i = 0; i < steps; i++)
		append(&h);
	for (int i = 0; i < WINDOWS; i++) {
		nsec_t span = h.ring.head_due_ns - NSEC_PER_HOUR + 20 * NSEC_PER_SEC;
		nsec_t a = NSEC_PER_HOUR + (nsec_t)rng_below(&h.rng, (uint64_t)span),
		       b = NSEC_PER_HOUR + (nsec_t)rng_below(&h.rng, (uint64_t)span);
		uint32_t pick = h.n > 0 ? (uint32_t)rng_below(&h.rng, h.n) : 0;

		if (i % 4 == 0 && h.n > 0 && h.attempts[pick].decided_ns != NSEC_NEVER)
			a = h.attempts[pick].decided_ns; /* right on a border */
		compare(&h, seed, nsec_min(a, b), nsec_max(a, b));
	}
}

TEST(test_window_random_histories_agree_with_a_plain_count)
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
	    cmocka_unit_test(test_window_random_histories_agree_with_a_plain_count),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
