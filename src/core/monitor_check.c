/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The invariants of the engine, for the simulation: every sum agrees, every link leads somewhere.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/monitor_internal.h"

struct check {
	struct monitor *m;
	char *why;
	size_t why_bytes;
};

__attribute__((format(printf, 2, 3))) static bool
broken(const struct check *c, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(c->why, c->why_bytes, format, args);
	va_end(args);
	return false;
}

#define ULL(x) ((unsigned long long)(x))

static bool
check_totals(const struct check *c, const char *whose, uint32_t index, const struct totals *t)
{
	uint64_t causes = 0, ends = t->answered + t->lost + t->unreachable + t->unmeasured;

	for (int k = 0; k < LABEL_COUNT; k++)
		causes += t->causes[k];
	if (t->attempts != t->sent + t->unsent)
		return broken(c, "%s %u: %llu attempts, %llu sent, %llu unsent", whose, index,
		    ULL(t->attempts), ULL(t->sent), ULL(t->unsent));
	if (t->sent != ends + t->in_flight)
		return broken(c, "%s %u: %llu sent, %llu ended, %llu in flight", whose, index,
		    ULL(t->sent), ULL(ends), ULL(t->in_flight));
	if (t->late + t->stale > t->lost + t->unreachable)
		return broken(c, "%s %u: %llu late, %llu stale of %llu", whose, index, ULL(t->late),
		    ULL(t->stale), ULL(t->lost + t->unreachable));
	if (causes != t->lost + t->unreachable + t->unmeasured + t->unsent)
		return broken(c, "%s %u: %llu causes", whose, index, ULL(causes));
	return true;
}

/* In every turn, so without copies. */
static bool
check_series(const struct check *c, uint32_t s)
{
	const struct series_hot *hot = M_HOT(c->m, s);
	const struct series_warm *warm = M_WARM(c->m, s);
	const struct series_rare *rare = monitor_rare_read(c->m, s);
	uint64_t ends = warm->answered + warm->lost + rare->unreachable + rare->unmeasured;

	if (warm->attempts != rare->unsent + ends + hot->in_flight)
		return broken(c, "series %u: %llu attempts, %llu unsent, %llu ended, %u in flight",
		    s, ULL(warm->attempts), ULL(rare->unsent), ULL(ends), hot->in_flight);
	if (rare->late + rare->stale > warm->lost + rare->unreachable)
		return broken(c, "series %u: %llu late, %llu stale of %llu", s, ULL(rare->late),
		    ULL(rare->stale), ULL(warm->lost + rare->unreachable));
	if (warm->settled > hot->head)
		return broken(
		    c, "series %u: settled %llu of %llu", s, ULL(warm->settled), ULL(hot->head));
	return true;
}

static bool
check_place(const struct check *c, uint32_t s)
{
	const struct series_hot *hot = M_HOT(c->m, s);
	uint32_t owner = M_WARM(c->m, s)->owner;

	if (!(hot->flags & SERIES_USED) &&
	    (M_WARM(c->m, s)->attempts != 0 || hot->address.family != 0))
		return broken(c, "series %u is not in use and has something", s);
	if (owner >= c->m->n_series || M_WARM(c->m, owner)->owner != owner)
		return broken(c, "series %u: the owner %u is none", s, owner);
	if (hot->address.family != 0 && !addr_equal(&M_HOT(c->m, owner)->address, &hot->address))
		return broken(c, "series %u: the owner %u has another address", s, owner);
	return true;
}

/* The sums of all and of each group are those of the series and of what is gone. */
static bool
check_sums(const struct check *c)
{
	struct monitor *m = c->m;
	struct totals all = m->gone, t;
	uint32_t states[STATE_COUNT] = {0}, used = 0;

	for (uint32_t s = 0; s < m->n_series; s++) {
		report_totals(m, s, &t);
		if (!check_totals(c, "series", s, &t) || !check_place(c, s))
			return false;
		report_totals_add(&all, &t, 1);
		if (!(M_HOT(m, s)->flags & SERIES_USED))
			continue;
		used++;
		states[M_WARM(m, s)->state]++;
	}
	all.foreign = m->sum.foreign; /* some cannot be put down to a series */
	if (memcmp(&all, &m->sum, sizeof(all)) != 0)
		return broken(c, "the sums of all are not those of the series: %llu attempts, %llu",
		    ULL(m->sum.attempts), ULL(all.attempts));
	if (used != m->n_used || memcmp(states, m->states, sizeof(states)) != 0)
		return broken(c, "%u series in use, counted %u", used, m->n_used);
	for (uint32_t g = 0; g <= m->n_groups; g++) {
		if (!check_totals(c, "group", g, &M_GROUPS(m)[g].sum))
			return false;
		if (M_GROUPS(m)[g].state != group_state_now(m, g))
			return broken(c, "group %u: its state is not what its members say", g);
	}
	return true;
}

static bool
check_flights(const struct check *c)
{
	struct monitor *m = c->m;
	uint32_t *out = M_SCRATCH(m);
	uint64_t linked = 0;

	memset(out, 0, m->n_series * sizeof(*out));
	for (uint64_t i = 0; i <= m->ledger.mask; i++) {
		const struct flight *flight = &M_FLIGHTS(m)[i];

		linked += flight->linked;
		if (flight->state == FLIGHT_SENDING)
			return broken(c, "flight %llu was given out and not reported", ULL(i));
		if (flight->state != FLIGHT_OUT)
			continue;
		if (!flight->linked || flight->target >= m->n_series)
			return broken(c, "flight %llu is out but not linked", ULL(i));
		out[flight->target] += flight->kind == PROBE_REGULAR;
	}
	for (uint32_t k = 0; k < m->ledger.n_classes; k++) {
		for (uint32_t i = M_TIMEOUTS(m)[k].head; i != LEDGER_NONE && linked > 0;
		     i = M_FLIGHTS(m)[i].next)
			linked--;
	}
	if (linked != 0)
		return broken(c, "%llu linked flights are in no FIFO", ULL(linked));
	for (uint32_t s = 0; s < m->n_series; s++) {
		if (out[s] != M_HOT(m, s)->in_flight)
			return broken(c, "series %u: %u flights out, %u in flight", s, out[s],
			    M_HOT(m, s)->in_flight);
	}
	return true;
}

/* What the ring holds as undecided is in flight or waits to be sent, and nothing settled is
 * undecided. */
static bool
check_rings(const struct check *c)
{
	for (uint32_t s = 0; s < c->m->n_series; s++) {
		struct sample_ring ring = monitor_ring(c->m, s);
		uint64_t oldest = ring.head > ring.size ? ring.head - ring.size : 0;
		uint64_t settled = M_WARM(c->m, s)->settled;
		uint32_t undecided = 0;

		for (uint64_t p = oldest; p < ring.head; p++) {
			if (sample_code(sample_ring_get(&ring, p)) != SAMPLE_IN_FLIGHT)
				continue;
			undecided++;
			if (p < settled)
				return broken(c,
				    "series %u: position %llu is settled and undecided", s, ULL(p));
		}
		if (undecided >
		    M_HOT(c->m, s)->in_flight + ((M_HOT(c->m, s)->flags & SERIES_WAITING) != 0))
			return broken(c, "series %u: %u samples undecided, %u in flight", s,
			    undecided, M_HOT(c->m, s)->in_flight);
		while (
		    settled < ring.head && /* the mark of a reload is settled with its successor */
		    sample_code(sample_ring_get(&ring, settled)) == SAMPLE_INTERVAL)
			settled++;
		if (settled < ring.head && settled >= oldest &&
		    sample_code(sample_ring_get(&ring, settled)) != SAMPLE_IN_FLIGHT)
			return broken(
			    c, "series %u: position %llu is decided, not settled", s, ULL(settled));
	}
	return true;
}

bool
monitor_check(struct monitor *m, bool deep, char *why, size_t why_bytes)
{
	const struct check c = {.m = m, .why = why, .why_bytes = why_bytes};

	for (uint32_t s = 0; s < m->n_series; s++) {
		if (!check_series(&c, s))
			return false;
	}
	if (!check_totals(&c, "all", 0, &m->sum))
		return false;
	return !deep || (check_sums(&c) &&
			    (m->n_series > m->scratch_n || (check_flights(&c) && check_rings(&c))));
}
