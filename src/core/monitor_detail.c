/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The ring of the last probes of a series in full.
 */
#include <string.h>

#include "core/monitor_internal.h"

static struct detail *
record(const struct monitor *m, uint32_t series, uint32_t slot)
{
	return (struct detail *)monitor_at_unit(m, M_COLD(m, series)->detail_at) + slot;
}

struct detail *
detail_begin(struct monitor *m, nsec_t now_ns, uint32_t series)
{
	struct series_cold *cold = M_COLD(m, series);
	uint32_t size = monitor_plan(m, series)->detail;
	struct detail *detail;

	if (size == 0)
		return NULL;
	detail = record(m, series, cold->detail_next);
	cold->detail_next = cold->detail_next + 1 < size ? cold->detail_next + 1 : 0;
	cold->detail_n += cold->detail_n < size;
	memset(detail, 0, sizeof(*detail));
	detail->sent_ns = now_ns;
	detail->rtt_ns = -1;
	detail->ttl = -1;
	detail->counter = DETAIL_NEVER_SENT;
	return detail;
}

struct detail *
detail_of_flight(const struct monitor *m, const struct flight *flight)
{
	uint32_t size = monitor_plan(m, flight->target)->detail;

	for (uint32_t slot = flight->detail; slot < size; slot += UINT16_MAX + 1) {
		struct detail *detail = record(m, flight->target, slot);

		if (detail->counter == flight->counter && detail->sent_ns != 0)
			return detail;
	}
	return NULL;
}

/* How many records back from the newest a slot is: 0 for the newest. */
static uint32_t
age(const struct monitor *m, uint32_t series, uint32_t slot)
{
	uint32_t size = monitor_plan(m, series)->detail;

	return (M_COLD(m, series)->detail_next + size - 1 - slot) % size;
}

void
detail_move(struct monitor *m, uint32_t to, const struct monitor *old, uint32_t from)
{
	struct series_cold *cold = M_COLD(m, to);
	uint32_t size = monitor_plan(m, to)->detail, former_size = monitor_plan(old, from)->detail;
	uint32_t keep = M_COLD(old, from)->detail_n, next = M_COLD(old, from)->detail_next;

	if (keep > size)
		keep = size;
	for (uint32_t i = 0; i < keep; i++)
		*record(m, to, i) =
		    *record(old, from, (next + former_size - keep + i) % former_size);
	cold->detail_n = keep;
	cold->detail_next = size > 0 ? keep % size : 0;
}

uint16_t
detail_moved_slot(
    const struct monitor *m, uint32_t to, const struct monitor *old, const struct flight *flight)
{
	const struct detail *detail = detail_of_flight(old, flight);
	uint32_t back;

	if (detail == NULL)
		return UINT16_MAX;
	back = age(old, flight->target, (uint32_t)(detail - record(old, flight->target, 0)));
	return back < M_COLD(m, to)->detail_n ? (uint16_t)(M_COLD(m, to)->detail_n - 1 - back)
					      : UINT16_MAX;
}
