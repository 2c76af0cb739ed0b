/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The invariants of the engine, for the simulation: every sum agrees, every link leads somewhere.
 */
#include <stdio.h>

#include "core/monitor_internal.h"

static bool
check_series(struct monitor *m, uint32_t s, const uint32_t out[], char *why, size_t why_bytes)
{
	const struct series_hot *hot = M_HOT(m, s);
	const struct series_warm *warm = M_WARM(m, s);
	const struct series_cold *cold = M_COLD(m, s);
	uint64_t sent = warm->attempts - cold->unsent;
	uint64_t ends = warm->answered + warm->lost + cold->unreachable + cold->unmeasured;
	struct sample_ring ring = monitor_ring(m, s);
	uint64_t pending = 0, oldest = ring.head > ring.size ? ring.head - ring.size : 0;

	if (sent != ends + hot->in_flight) {
		(void)snprintf(why, why_bytes, "series %u: sent %llu, ended %llu, in flight %u", s,
		    (unsigned long long)sent, (unsigned long long)ends, hot->in_flight);
		return false;
	}
	if (out != NULL && out[s] != hot->in_flight) {
		(void)snprintf(why, why_bytes, "series %u: %u flights out, in_flight %u", s, out[s],
		    hot->in_flight);
		return false;
	}
	for (uint64_t p = oldest; out != NULL && p < ring.head; p++)
		pending += sample_code(sample_ring_get(&ring, p)) == SAMPLE_IN_FLIGHT;
	if (out != NULL && pending != hot->in_flight) {
		(void)snprintf(why, why_bytes, "series %u: %llu samples in flight, in_flight %u", s,
		    (unsigned long long)pending, hot->in_flight);
		return false;
	}
	if (warm->settled > ring.head || warm->late > warm->lost + cold->unreachable) {
		(void)snprintf(why, why_bytes, "series %u: settled %llu of %llu, late %llu", s,
		    (unsigned long long)warm->settled, (unsigned long long)ring.head,
		    (unsigned long long)warm->late);
		return false;
	}
	return true;
}

bool
monitor_check(struct monitor *m, bool deep, char *why, size_t why_bytes)
{
	uint32_t *out = deep && m->n_series <= m->scratch_n ? M_SCRATCH(m) : NULL;
	uint64_t linked = 0;

	for (uint32_t s = 0; out != NULL && s < m->n_series; s++)
		out[s] = 0;
	for (uint64_t i = 0; out != NULL && i <= m->ledger.mask; i++) {
		const struct flight *flight = &M_FLIGHTS(m)[i];

		linked += flight->linked;
		if (flight->state == FLIGHT_OUT) {
			if (!flight->linked || flight->target >= m->n_series) {
				(void)snprintf(why, why_bytes, "flight %llu is out but not linked",
				    (unsigned long long)i);
				return false;
			}
			out[flight->target]++;
		}
	}
	for (uint32_t c = 0; out != NULL && c < m->ledger.n_classes; c++) {
		const struct ledger_class *class = &M_TIMEOUTS(m)[c];

		for (uint32_t i = class->head; i != LEDGER_NONE && linked > 0;
		     i = M_FLIGHTS(m)[i].next)
			linked--;
	}
	if (out != NULL && linked != 0) {
		(void)snprintf(why, why_bytes, "%llu linked flights are in no FIFO",
		    (unsigned long long)linked);
		return false;
	}
	for (uint32_t s = 0; s < m->n_series; s++) {
		if (!check_series(m, s, out, why, why_bytes))
			return false;
	}
	return true;
}
