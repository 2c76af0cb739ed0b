/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Windows over a ring of samples: one walk backwards from the head collects counts and RTTs, a sort
 * gives the exact quantiles.
 */
#include <math.h>
#include <string.h>

#include "core/samples.h"

#define INSERTION_MAX 24

struct walk {
	nsec_t from_ns, until_ns; /* decided in (from, until] */
	nsec_t due_ns, interval_ns, timeout_ns;
	uint32_t *rtts;
	uint32_t run;
	bool answer_met; /* in the window */
	nsec_t newer_rtt_ns; /* of the next younger probe, -1: it has none in the window */
	double jitter_sum;
	uint64_t jitter_n;
};

static void
sift(uint32_t v[], uint32_t n, uint32_t i)
{
	for (;;) {
		uint32_t child = 2 * i + 1, held = v[i];

		if (child >= n)
			return;
		if (child + 1 < n && v[child + 1] > v[child])
			child++;
		if (held >= v[child])
			return;
		v[i] = v[child];
		v[child] = held;
		i = child;
	}
}

void
sample_sort(uint32_t v[], uint32_t n)
{
	if (n <= INSERTION_MAX) {
		for (uint32_t i = 1; i < n; i++) {
			uint32_t held = v[i], k = i;

			for (; k > 0 && v[k - 1] > held; k--)
				v[k] = v[k - 1];
			v[k] = held;
		}
		return;
	}
	for (uint32_t i = n / 2; i-- > 0;)
		sift(v, n, i);
	for (uint32_t end = n; end-- > 1;) {
		uint32_t held = v[0];

		v[0] = v[end];
		v[end] = held;
		sift(v, end, 0);
	}
}

static bool
inside(const struct walk *k, nsec_t decided_ns)
{
	return decided_ns > k->from_ns && decided_ns <= k->until_ns;
}

static void
answered(struct walk *k, struct sample_window *w, uint32_t payload, bool has_rtt)
{
	nsec_t rtt = has_rtt ? sample_from_float28(payload) : 0, newer = k->newer_rtt_ns;

	k->run = 0;
	k->newer_rtt_ns = -1;
	if (!inside(k, nsec_add(k->due_ns, rtt)))
		return;
	w->answered++;
	k->answer_met = true;
	w->loss_run_first = 0;
	if (!has_rtt)
		return;
	k->rtts[w->rtts++] = payload;
	k->newer_rtt_ns = rtt;
	if (newer >= 0) {
		k->jitter_sum += fabs((double)(newer - rtt));
		k->jitter_n++;
	}
}

static void
missed(struct walk *k, struct sample_window *w, enum sample_code code, uint32_t payload)
{
	if (!inside(k, nsec_add(k->due_ns, k->timeout_ns)))
		return;
	if (code == SAMPLE_UNMEASURED) {
		w->unmeasured++;
		return;
	}
	if (code == SAMPLE_LOST)
		w->lost++;
	else
		w->unreachable++;
	w->late += payload != 0;
	if (++k->run > w->loss_run_max)
		w->loss_run_max = k->run;
	w->loss_run_first++;
	w->loss_run_last += !k->answer_met;
}

/* How many of n attempts, the last due at due_ns and each an interval before the next, are due
 * after a time. */
static uint64_t
slots_after(const struct walk *k, uint32_t n, nsec_t time_ns)
{
	uint64_t slots;

	if (k->due_ns <= time_ns)
		return 0;
	slots = ((uint64_t)k->due_ns - (uint64_t)time_ns - 1) / (uint64_t)k->interval_ns + 1;
	return slots < n ? slots : n;
}

/* Takes one sample into account; false when it and all older ones lie before the window. */
static bool
step(struct walk *k, struct sample_window *w, uint32_t sample)
{
	uint32_t payload = sample_payload(sample);
	enum sample_code code = sample_code(sample);
	nsec_t slots = 1;

	if (nsec_add(k->due_ns, k->timeout_ns) <= k->from_ns)
		return false;
	if (code == SAMPLE_ANSWERED || code == SAMPLE_ANSWERED_NO_RTT)
		answered(k, w, payload, code == SAMPLE_ANSWERED);
	else
		k->newer_rtt_ns = -1;
	switch (code) {
	case SAMPLE_LOST:
	case SAMPLE_UNREACHABLE:
	case SAMPLE_UNMEASURED:
		missed(k, w, code, payload);
		break;
	case SAMPLE_UNSENT:
		w->unsent += inside(k, k->due_ns);
		break;
	case SAMPLE_SKIPPED:
		w->unsent +=
		    slots_after(k, payload, k->from_ns) - slots_after(k, payload, k->until_ns);
		slots = payload;
		break;
	case SAMPLE_IDLE:
		slots = payload;
		break;
	case SAMPLE_INTERVAL:
		k->interval_ns = sample_from_float28(payload);
		slots = 0;
		break;
	default:
		break;
	}
	k->due_ns -= slots * k->interval_ns;
	return true;
}

static nsec_t
quantile(const uint32_t sorted[], uint64_t n, uint32_t percent)
{
	/* the smallest value with at least percent of all, and so one, at or below it */
	uint64_t rank = (n * percent + 99) / 100;

	return n == 0 ? -1 : sample_from_float28(sorted[rank - 1]);
}

static void
figures(const struct walk *k, struct sample_window *w)
{
	uint64_t n = w->rtts;
	double sum = 0, squares = 0, mean;

	sample_sort(k->rtts, (uint32_t)n);
	w->min_ns = n > 0 ? sample_from_float28(k->rtts[0]) : -1;
	w->max_ns = n > 0 ? sample_from_float28(k->rtts[n - 1]) : -1;
	w->p10_ns = quantile(k->rtts, n, 10);
	w->p25_ns = quantile(k->rtts, n, 25);
	w->p50_ns = quantile(k->rtts, n, 50);
	w->p75_ns = quantile(k->rtts, n, 75);
	w->p90_ns = quantile(k->rtts, n, 90);
	w->p95_ns = quantile(k->rtts, n, 95);
	w->p99_ns = quantile(k->rtts, n, 99);
	for (uint64_t i = 0; i < n; i++)
		sum += (double)sample_from_float28(k->rtts[i]);
	mean = n > 0 ? sum / (double)n : 0;
	for (uint64_t i = 0; i < n; i++) {
		double off = (double)sample_from_float28(k->rtts[i]) - mean;

		squares += off * off;
	}
	w->mean_ns = n > 0 ? (nsec_t)llround(mean) : -1;
	w->stddev_ns = n > 0 ? (nsec_t)llround(sqrt(squares / (double)n)) : -1;
	w->jitter_ns = k->jitter_n > 0 ? (nsec_t)llround(k->jitter_sum / (double)k->jitter_n) : -1;
	w->jitter_pairs = k->jitter_n;
	w->sent = w->answered + w->lost + w->unreachable + w->unmeasured;
}

void
sample_window_between(const struct sample_ring *ring, nsec_t from_ns, nsec_t until_ns,
    nsec_t since_ns, uint32_t *scratch, struct sample_window *w)
{
	struct walk k = {
	    .from_ns = from_ns,
	    .until_ns = until_ns,
	    .due_ns = ring->head_due_ns,
	    .interval_ns = ring->interval_ns,
	    .timeout_ns = ring->timeout_ns,
	    .rtts = scratch,
	    .newer_rtt_ns = -1,
	};
	uint64_t p = ring->head, oldest = ring->head > ring->size ? ring->head - ring->size : 0;
	bool all = false; /* of what was decided in the window */
	nsec_t start;

	memset(w, 0, sizeof(*w));
	w->window_ns = until_ns - from_ns;
	for (; p > oldest && !all; p--) {
		uint32_t sample = ring->cells[(p - 1) % ring->size];

		if (sample_code(sample) == SAMPLE_NONE) /* a ring that has grown is empty here */
			break;
		all = !step(&k, w, sample);
	}
	/* the newest that the ring no longer holds was decided by then at the latest */
	start = all || p == 0 ? from_ns : nsec_max(nsec_add(k.due_ns, k.timeout_ns), from_ns);
	w->complete = start <= from_ns;
	w->covered_ns = nsec_max(until_ns - nsec_max(start, since_ns), 0);
	figures(&k, w);
}

void
sample_window_compute(const struct sample_ring *ring, nsec_t now_ns, nsec_t window_ns,
    nsec_t since_ns, uint32_t *scratch, struct sample_window *ret_window)
{
	sample_window_between(
	    ring, nsec_sub(now_ns, window_ns), now_ns, since_ns, scratch, ret_window);
}

int64_t
sample_window_loss_ppm(const struct sample_window *w)
{
	uint64_t missing = w->lost + w->unreachable, judged = w->answered + missing;

	return judged == 0 ? -1 : (int64_t)((missing * 1000000 + judged / 2) / judged);
}

void
sample_columns(const struct sample_ring *ring, nsec_t now_ns, nsec_t span_ns, uint32_t *scratch,
    uint32_t n, struct sample_column columns[])
{
	for (uint32_t i = 0; i < n; i++) {
		nsec_t until = now_ns - span_ns / n * (n - 1 - i);
		struct sample_window w;

		sample_window_between(ring, until - span_ns / n, until, 0, scratch, &w);
		columns[i].answered = (uint32_t)w.answered;
		columns[i].lost = (uint32_t)(w.lost + w.unreachable);
		columns[i].p50_ns = w.p50_ns;
	}
}
