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
	bin->rtts = narrow(w->rtts);
	for (int i = 0; i < HISTORY_QUANTILES; i++)
		bin->q_ns[i] = (float)q[i];
	bin->mean_ns = (float)w->mean_ns;
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

static void
merge_bin(struct sample_window *w, const struct history_bin *bin, double *sum)
{
	w->answered += bin->answered;
	w->lost += bin->lost;
	w->late += bin->late;
	w->unreachable += bin->unreachable;
	w->unmeasured += bin->unmeasured;
	w->unsent += bin->unsent;
	if (bin->loss_run > w->loss_run_max)
		w->loss_run_max = bin->loss_run;
	if (bin->q_ns[0] < 0)
		return;
	w->rtts += bin->rtts;
	*sum += (double)bin->mean_ns * bin->rtts;
	if (w->min_ns < 0 || (nsec_t)bin->q_ns[0] < w->min_ns)
		w->min_ns = (nsec_t)bin->q_ns[0];
	if ((nsec_t)bin->q_ns[HISTORY_QUANTILES - 1] > w->max_ns)
		w->max_ns = (nsec_t)bin->q_ns[HISTORY_QUANTILES - 1];
}

void
history_window(
    const struct history_view *view, uint32_t from, uint32_t until, struct sample_window *w)
{
	nsec_t *const q[] = {
	    &w->p10_ns, &w->p25_ns, &w->p50_ns, &w->p75_ns, &w->p90_ns, &w->p95_ns, &w->p99_ns};
	uint32_t minutes = until > from ? until - from : 0, found = 0;
	double sum = 0;

	memset(w, 0, sizeof(*w));
	w->min_ns = w->max_ns = w->mean_ns = w->stddev_ns = w->jitter_ns = -1;
	from = until - (minutes < view->size ? minutes : view->size);
	for (uint32_t minute = from; minute < until; minute++) {
		const struct history_bin *bin = history_get(view, minute);

		if (bin == NULL)
			continue;
		found++;
		merge_bin(w, bin, &sum);
	}
	for (size_t i = 0; i < sizeof(q) / sizeof(q[0]); i++)
		*q[i] = w->rtts == 0 ? -1
				     : merged_quantile(view, from, until, shares[i + 1],
					   (double)w->rtts, w->min_ns, w->max_ns);
	if (w->rtts > 0)
		w->mean_ns = (nsec_t)llround(sum / (double)w->rtts);
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
