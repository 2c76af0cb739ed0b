/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Implements core/history.h. The quantiles of many bins are found by bisection on the sum of their
 * distribution functions, each a polygon through its nine known points.
 */
#include "core/history.h"

#include <math.h>
#include <string.h>

#define BISECTIONS 40

static const double shares[HISTORY_QUANTILES] = {0, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95, 0.99, 1};

static uint16_t
narrow(uint64_t count)
{
	return count > UINT16_MAX ? UINT16_MAX : (uint16_t)count;
}

void
history_add(struct history_view *view, uint32_t minute, const struct sample_window *w)
{
	const nsec_t q[HISTORY_QUANTILES] = {w->min_ns, w->p10_ns, w->p25_ns, w->p50_ns, w->p75_ns,
	    w->p90_ns, w->p95_ns, w->p99_ns, w->max_ns};
	struct history_bin *bin = &view->bins[minute % view->size];

	memset(bin, 0, sizeof(*bin));
	bin->minute = minute;
	bin->answered = narrow(w->answered);
	bin->lost = narrow(w->lost);
	bin->late = narrow(w->late);
	bin->unreachable = narrow(w->unreachable);
	bin->unmeasured = narrow(w->unmeasured);
	bin->unsent = narrow(w->unsent);
	bin->loss_run = narrow(w->loss_run_max);
	bin->loss_run_first = narrow(w->loss_run_first);
	bin->loss_run_last = narrow(w->loss_run_last);
	bin->jitter_pairs = narrow(w->jitter_pairs);
	bin->rtts = narrow(w->rtts);
	for (int i = 0; i < HISTORY_QUANTILES; i++)
		bin->q_ns[i] = (float)q[i];
	bin->mean_ns = (float)w->mean_ns;
	bin->stddev_ns = (float)w->stddev_ns;
	bin->jitter_ns = (float)w->jitter_ns;
}

const struct history_bin *
history_get(const struct history_view *view, uint32_t minute)
{
	const struct history_bin *bin = &view->bins[minute % view->size];

	return minute != 0 && bin->minute == minute ? bin : NULL;
}

/* The share of a bin's RTTs at or below x. */
static double
share_below(const struct history_bin *bin, double x)
{
	if (x < (double)bin->q_ns[0])
		return 0;
	for (int i = 1; i < HISTORY_QUANTILES; i++) {
		double low = (double)bin->q_ns[i - 1], high = (double)bin->q_ns[i];

		if (x >= high)
			continue;
		return shares[i - 1] + (shares[i] - shares[i - 1]) * (x - low) / (high - low);
	}
	return 1;
}

static nsec_t
merged_quantile(const struct history_view *view, uint32_t from, uint32_t until, double share,
    double total, nsec_t min, nsec_t max)
{
	double low = (double)min, high = (double)max;

	for (int i = 0; i < BISECTIONS && high - low > 1; i++) {
		double middle = (low + high) / 2, below = 0;

		for (uint32_t minute = from; minute < until; minute++) {
			const struct history_bin *bin = history_get(view, minute);

			if (bin != NULL && bin->q_ns[0] >= 0)
				below += bin->rtts * share_below(bin, middle);
		}
		if (below >= share * total)
			high = middle;
		else
			low = middle;
	}
	return (nsec_t)llround(high);
}

/* What grows from bin to bin, oldest first. */
struct merge {
	double sum, squares; /* of RTTs */
	double jitter_sum;
	uint32_t run; /* of losses, up to here */
	uint32_t minute; /* of the bin before */
};

/* Runs of losses go on from one minute to the next, as long as none is missing. */
static void
merge_run(struct sample_window *w, const struct history_bin *bin, struct merge *m)
{
	uint32_t before = m->minute + 1 == bin->minute ? m->run : 0;
	uint32_t run = before + bin->loss_run_first;

	if (run > w->loss_run_max)
		w->loss_run_max = run;
	if (bin->loss_run > w->loss_run_max)
		w->loss_run_max = bin->loss_run;
	m->run = bin->answered > 0 ? bin->loss_run_last : run;
	m->minute = bin->minute;
}

static void
merge_bin(struct sample_window *w, const struct history_bin *bin, struct merge *m)
{
	double mean = (double)bin->mean_ns, stddev = (double)bin->stddev_ns;

	w->answered += bin->answered;
	w->lost += bin->lost;
	w->late += bin->late;
	w->unreachable += bin->unreachable;
	w->unmeasured += bin->unmeasured;
	w->unsent += bin->unsent;
	merge_run(w, bin, m);
	if (bin->q_ns[0] < 0)
		return;
	w->rtts += bin->rtts;
	m->sum += mean * bin->rtts;
	m->squares += (stddev * stddev + mean * mean) * bin->rtts;
	w->jitter_pairs += bin->jitter_pairs;
	m->jitter_sum += (double)bin->jitter_ns * bin->jitter_pairs;
	if (w->min_ns < 0 || (nsec_t)bin->q_ns[0] < w->min_ns)
		w->min_ns = (nsec_t)bin->q_ns[0];
	if ((nsec_t)bin->q_ns[HISTORY_QUANTILES - 1] > w->max_ns)
		w->max_ns = (nsec_t)bin->q_ns[HISTORY_QUANTILES - 1];
}

static void
merged_moments(struct sample_window *w, const struct merge *m)
{
	double n = (double)w->rtts, mean, variance;

	if (w->jitter_pairs > 0)
		w->jitter_ns = (nsec_t)llround(m->jitter_sum / (double)w->jitter_pairs);
	if (w->rtts == 0)
		return;
	mean = m->sum / n;
	variance = m->squares / n - mean * mean;
	w->mean_ns = (nsec_t)llround(mean);
	w->stddev_ns = variance > 0 ? (nsec_t)llround(sqrt(variance)) : 0;
}

void
history_window(
    const struct history_view *view, uint32_t from, uint32_t until, struct sample_window *w)
{
	nsec_t *const q[] = {
	    &w->p10_ns, &w->p25_ns, &w->p50_ns, &w->p75_ns, &w->p90_ns, &w->p95_ns, &w->p99_ns};
	uint32_t minutes = until > from ? until - from : 0, found = 0;
	struct merge m = {.minute = 0};

	memset(w, 0, sizeof(*w));
	w->min_ns = w->max_ns = w->mean_ns = w->stddev_ns = w->jitter_ns = -1;
	from = until - (minutes < view->size ? minutes : view->size);
	for (uint32_t minute = from; minute < until; minute++) {
		const struct history_bin *bin = history_get(view, minute);

		if (bin == NULL)
			continue;
		found++;
		merge_bin(w, bin, &m);
	}
	for (size_t i = 0; i < sizeof(q) / sizeof(q[0]); i++)
		*q[i] = w->rtts == 0 ? -1
				     : merged_quantile(view, from, until, shares[i + 1],
					   (double)w->rtts, w->min_ns, w->max_ns);
	merged_moments(w, &m);
	w->sent = w->answered + w->lost + w->unreachable + w->unmeasured;
	w->window_ns = (nsec_t)minutes * NSEC_PER_MIN;
	w->covered_ns = (nsec_t)found * NSEC_PER_MIN;
	w->complete = found == minutes;
}

void
history_copy(struct history_view *to, const struct history_view *from)
{
	for (uint32_t i = 0; i < from->size; i++) {
		const struct history_bin *bin = &from->bins[i];
		struct history_bin *place = &to->bins[bin->minute % to->size];

		if (bin->minute > place->minute)
			*place = *bin;
	}
}
