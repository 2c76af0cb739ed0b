/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * With many targets nothing that a packet concerns is in a cache: the records of a whole batch are
 * asked for before the first is judged, so that the waits overlap. Nothing is decided here.
 */
#include "core/bytes.h"
#include "core/monitor_internal.h"

#define NUMBER_AT (ICMP_HEADER_BYTES + ICMP_NUMBER_AT)
#define NUMBER_BYTES 8
#define LINE 64 /* bytes of a cache line, on most machines */

/* The flight whose number stands where a reply would have it; NULL: too short. */
static const struct flight *
flight_of(const struct monitor *m, const struct rx_meta *meta, const uint8_t *bytes, size_t len)
{
	size_t at = NUMBER_AT;

	if (meta->path == RX_RAW && meta->from.family == 4 && len > 0)
		at += (size_t)(bytes[0] & 15) * 4;
	return len < at + NUMBER_BYTES ? NULL : &M_FLIGHTS(m)[get64(bytes + at) & m->ledger.mask];
}

/* Each pass asks for what the pass before has found the place of. */
static void
first_pass(const struct monitor *m, const struct flight *flight)
{
	__builtin_prefetch(M_HOT(m, flight->target));
	__builtin_prefetch(M_WARM(m, flight->target));
	__builtin_prefetch(M_COLD(m, flight->target));
}

static void
second_pass(const struct monitor *m, const struct flight *flight)
{
	const struct series_hot *hot = M_HOT(m, flight->target);
	const uint32_t *cells = monitor_at_unit(m, hot->ring_at);

	__builtin_prefetch(&cells[flight->position % hot->ring_size]);
}

static void
third_pass(const struct monitor *m, const struct flight *flight)
{
	uint32_t n = monitor_plan(m, flight->target)->alarms_n;
	const char *state = (const char *)&M_ALARMS(m)[M_COLD(m, flight->target)->alarms_first];

	for (size_t i = 0; i < n * sizeof(struct alarm_state); i += LINE)
		__builtin_prefetch(state + i);
}

void
monitor_prefetch(const struct monitor *m, const struct rx_meta meta[], const uint8_t *const bytes[],
    const size_t len[], size_t n)
{
	static void (*const passes[])(const struct monitor *, const struct flight *) = {
	    first_pass, second_pass, third_pass};

	for (size_t i = 0; i < n; i++)
		__builtin_prefetch(flight_of(m, &meta[i], bytes[i], len[i]));
	for (size_t pass = 0; pass < sizeof(passes) / sizeof(passes[0]); pass++) {
		for (size_t i = 0; i < n; i++) {
			const struct flight *flight = flight_of(m, &meta[i], bytes[i], len[i]);

			if (flight != NULL && flight->target < m->n_series)
				passes[pass](m, flight);
		}
	}
}
