/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Implements core/histogram.h.
 */
#include "core/histogram.h"

void
histogram_classic_add(struct histogram_classic *histogram, nsec_t duration_ns)
{
	/* d <= 2^k s, exactly: d * 2^15 / 10^9, rounded up, is at most 2^(k + 15) */
	unsigned __int128 scaled = (unsigned __int128)nsec_max(duration_ns, 0) << -HISTOGRAM_K_MIN;
	uint64_t value = (uint64_t)((scaled + NSEC_PER_SEC - 1) / NSEC_PER_SEC);
	int bucket = value <= 1 ? 0 : 64 - __builtin_clzll(value - 1);

	histogram->buckets[bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1]++;
	histogram->count++;
	histogram->sum_ns = nsec_add(histogram->sum_ns, duration_ns);
}
