/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Windows and the strip of a series: exact from the ring as far as it goes, from the minute bins
 * beyond it, absent where neither knows.
 */
#include "core/monitor_internal.h"

/* Bins up to now, the present minute's so far included. */
static struct history_view
bins_up_to(struct monitor *m, nsec_t now_ns, uint32_t series)
{
	judge_write_bins(m, series, (uint32_t)(now_ns / NSEC_PER_MIN) + 1);
	return monitor_history(m, series);
}

void
report_window(
    struct monitor *m, nsec_t now_ns, uint32_t series, nsec_t window_ns, struct sample_window *w)
{
	nsec_t born_ns = M_COLD(m, series)->born_ns;
	uint32_t kept = monitor_plan(m, series)->history_minutes;
	uint32_t until = (uint32_t)(now_ns / NSEC_PER_MIN) + 1,
		 born = (uint32_t)(born_ns / NSEC_PER_MIN);
	nsec_t minutes = window_ns / NSEC_PER_MIN + (window_ns % NSEC_PER_MIN != 0);
	struct sample_ring ring = monitor_ring(m, series);
	struct history_view view;
	uint32_t from;

	sample_window_compute(&ring, now_ns, window_ns, born_ns, M_SCRATCH(m), w);
	if (w->complete || kept == 0 || M_COLD(m, series)->minute == MINUTE_UNKNOWN)
		return;
	from = minutes < until ? until - (uint32_t)minutes : 0;
	from = from > born ? from : born;
	if (until - from > kept)
		return;
	view = bins_up_to(m, now_ns, series);
	history_window(&view, from, until, w);
	w->window_ns = window_ns;
	w->covered_ns = nsec_min(w->covered_ns, window_ns);
}

void
report_strip(struct monitor *m, nsec_t now_ns, uint32_t series, struct sample_column columns[])
{
	struct sample_ring ring = monitor_ring(m, series);
	struct sample_window all;
	struct history_view view;

	sample_columns(&ring, now_ns, REPORT_STRIP_NS, M_SCRATCH(m), REPORT_COLUMNS, columns);
	if (monitor_plan(m, series)->history_minutes == 0)
		return;
	sample_window_compute(
	    &ring, now_ns, REPORT_STRIP_NS, M_COLD(m, series)->born_ns, M_SCRATCH(m), &all);
	if (all.complete)
		return;
	view = bins_up_to(m, now_ns, series);
	for (int i = 0; i < REPORT_COLUMNS; i++) {
		nsec_t middle = now_ns - REPORT_STRIP_NS / (2 * REPORT_COLUMNS) *
					     (2 * (REPORT_COLUMNS - i) - 1);
		const struct history_bin *bin =
		    middle < 0 ? NULL : history_get(&view, (uint32_t)(middle / NSEC_PER_MIN));

		if (bin == NULL ||
		    middle - REPORT_STRIP_NS / (2 * REPORT_COLUMNS) >= now_ns - all.covered_ns)
			continue;
		columns[i].answered = bin->answered;
		columns[i].lost = (uint32_t)bin->lost + bin->unreachable;
		columns[i].p50_ns = (nsec_t)bin->q_ns[3];
	}
}
