/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Minute bins of one target for charts and long windows. It refuses to know single probes.
 */
#ifndef ICMPMON_CORE_HISTORY_H
#define ICMPMON_CORE_HISTORY_H

#include <stdint.h>

#include "core/samples.h"

#define HISTORY_QUANTILES 9 /* min p10 p25 p50 p75 p90 p95 p99 max */

struct history_bin {
	uint32_t minute; /* of the monotonic clock; 0: empty */
	uint16_t answered, lost, late, unreachable, unmeasured, unsent;
	uint16_t loss_run, loss_run_first, loss_run_last;
	uint16_t jitter_pairs;
	uint16_t rtts; /* what the quantiles stand for */
	float q_ns[HISTORY_QUANTILES]; /* -1: no data */
	float mean_ns, stddev_ns, jitter_ns; /* as above */
};

struct history_view {
	struct history_bin *bins;
	uint32_t size; /* minutes kept */
};

/* Stores the figures of one whole minute; counts above 65,535 saturate. */
void history_add(struct history_view *view, uint32_t minute, const struct sample_window *window);

/* The bin of a minute, NULL when it is not (or no longer) there. */
const struct history_bin *history_get(const struct history_view *view, uint32_t minute);

/* Merges the bins of [from, until): counts are exact, quantiles come from the bins' quantiles, each
 * weighted by what it stands for; jitter is without the pairs that two minutes share. complete:
 * every minute has its bin; covered_ns: the minutes that have one. */
void history_window(const struct history_view *view, uint32_t from, uint32_t until,
    struct sample_window *ret_window);

/* Copies what fits of one view into another, the newest minutes of it. */
void history_copy(struct history_view *to, const struct history_view *from);

#endif
