/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The order in which the series of one interval come due. Dues lie all over one interval, so a
 * bucket for each series sorts them in one pass; a heap sorts what does not spread.
 */
#include <string.h>

#include "core/monitor_internal.h"

#define BUCKET_MAX 16 /* series in one bucket, before the heap does better */

static void
fill(struct monitor *m)
{
	struct pace_class *class = M_CLASSES(m);
	uint32_t first = 0;

	for (uint32_t c = 0; c < m->pace.n_classes; c++)
		class[c].n = 0;
	for (uint32_t s = 0; s < m->n_series; s++)
		class[M_PLANS(m)[M_HOT(m, s)->plan].interval].n++;
	for (uint32_t c = 0; c < m->pace.n_classes; c++) {
		class[c].first = first;
		first += class[c].n;
		class[c].n = 0;
	}
	for (uint32_t s = 0; s < m->n_series; s++) {
		struct pace_class *own = &class[M_PLANS(m)[M_HOT(m, s)->plan].interval];

		M_ORDER(m)[own->first + own->n++] = s;
	}
}

static bool
earlier(const struct monitor *m, uint32_t a, uint32_t b)
{
	nsec_t due_a = M_HOT(m, a)->due_ns, due_b = M_HOT(m, b)->due_ns;

	return due_a != due_b ? due_a < due_b : a < b;
}

static void
sift_down(const struct monitor *m, uint32_t order[], uint32_t n, uint32_t i)
{
	for (;;) {
		uint32_t child = 2 * i + 1;

		if (child >= n)
			return;
		if (child + 1 < n && earlier(m, order[child], order[child + 1]))
			child++;
		if (!earlier(m, order[i], order[child]))
			return;
		uint32_t swap = order[i];
		order[i] = order[child];
		order[child] = swap;
		i = child;
	}
}

/* In place, without recursion, n log n for every input. */
static void
heap_sort(const struct monitor *m, uint32_t order[], uint32_t n)
{
	for (uint32_t i = n / 2; i-- > 0;)
		sift_down(m, order, n, i);
	for (uint32_t left = n; left > 1; left--) {
		uint32_t swap = order[0];

		order[0] = order[left - 1];
		order[left - 1] = swap;
		sift_down(m, order, left - 1, 0);
	}
}

static void
insertion_sort(const struct monitor *m, uint32_t order[], uint32_t n)
{
	for (uint32_t i = 1; i < n; i++) {
		uint32_t held = order[i], k = i;

		for (; k > 0 && earlier(m, held, order[k - 1]); k--)
			order[k] = order[k - 1];
		order[k] = held;
	}
}

struct span {
	nsec_t first_ns, last_ns;
};

static struct span
span_of(const struct monitor *m, const uint32_t order[], uint32_t n)
{
	struct span span = {.first_ns = NSEC_NEVER, .last_ns = INT64_MIN};

	for (uint32_t i = 0; i < n; i++) {
		span.first_ns = nsec_min(span.first_ns, M_HOT(m, order[i])->due_ns);
		span.last_ns = nsec_max(span.last_ns, M_HOT(m, order[i])->due_ns);
	}
	return span;
}

static uint32_t
bucket_of(const struct monitor *m, uint32_t series, const struct span *span, uint32_t n)
{
	nsec_t offset_ns = nsec_sub(M_HOT(m, series)->due_ns, span->first_ns);
	nsec_t width_ns = nsec_sub(span->last_ns, span->first_ns) / n + 1;

	return (uint32_t)(offset_ns / width_ns);
}

/* buckets and sorted: n cells each. False: too many in one bucket, nothing was changed. */
static bool
bucket_sort(
    const struct monitor *m, uint32_t order[], uint32_t n, uint32_t buckets[], uint32_t sorted[])
{
	struct span span = span_of(m, order, n);
	uint32_t at = 0;

	memset(buckets, 0, n * sizeof(*buckets));
	for (uint32_t i = 0; i < n; i++) {
		if (++buckets[bucket_of(m, order[i], &span, n)] > BUCKET_MAX)
			return false;
	}
	for (uint32_t b = 0; b < n; b++) {
		uint32_t in_bucket = buckets[b];

		buckets[b] = at;
		at += in_bucket;
	}
	for (uint32_t i = 0; i < n; i++)
		sorted[buckets[bucket_of(m, order[i], &span, n)]++] = order[i];
	memcpy(order, sorted, n * sizeof(*order));
	insertion_sort(m, order, n);
	return true;
}

void
order_build(struct monitor *m)
{
	uint32_t *scratch = M_NAMES(m); /* which is built afterwards */

	fill(m);
	for (uint32_t c = 0; c < m->pace.n_classes; c++) {
		struct pace_class *class = &M_CLASSES(m)[c];
		uint32_t *order = M_ORDER(m) + class->first;

		if (2 * (uint64_t) class->n > m->names_mask + UINT64_C(1) ||
		    !bucket_sort(m, order, class->n, scratch, scratch + class->n))
			heap_sort(m, order, class->n);
		class->cursor = 0;
		class->due_ns = class->n > 0 ? M_HOT(m, order[0])->due_ns : NSEC_NEVER;
	}
}
