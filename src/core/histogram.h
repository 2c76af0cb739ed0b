/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The classic histogram of round-trip times for metrics: edges at powers of two of a second. It
 * refuses to know text.
 */
#ifndef ICMPMON_CORE_HISTOGRAM_H
#define ICMPMON_CORE_HISTOGRAM_H

#include <stdint.h>

#include "core/units.h"

#define HISTOGRAM_K_MIN (-15) /* the first edge is 2^-15 s */
#define HISTOGRAM_K_MAX 6
#define HISTOGRAM_BUCKETS (HISTOGRAM_K_MAX - HISTOGRAM_K_MIN + 2) /* the last is +Inf */

struct histogram_classic {
	uint64_t
	    buckets[HISTOGRAM_BUCKETS]; /* each counts its own part; sums are made when written */
	uint64_t count;
	nsec_t sum_ns;
};

/* Adds one duration; a value on an edge belongs below it (le). */
void histogram_classic_add(struct histogram_classic *histogram, nsec_t duration_ns);

#endif
