/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The table from address to series. The first series of an address owns its sequences, the others
 * hang behind it. An address that was left is remembered for as long as replies from it may come,
 * and so that nobody who takes it begins with sequences that are still out.
 */
#include <string.h>

#include "core/monitor_internal.h"

#define TOMB (UINT32_MAX - 1)
#define FORMER_KEPT_NS (SETTINGS_TIMEOUT_MAX_NS + LATE_KEPT_NS)

static uint32_t
first_cell(const struct monitor *m, const struct addr *address)
{
	return (uint32_t)addr_hash(address) & m->addrs_mask;
}

static void
place(struct monitor *m, uint32_t series)
{
	uint32_t cell = first_cell(m, &M_HOT(m, series)->address);

	while (M_ADDRS(m)[cell] != NONE && M_ADDRS(m)[cell] != TOMB)
		cell = (cell + 1) & m->addrs_mask;
	m->addrs_used += M_ADDRS(m)[cell] == NONE;
	M_ADDRS(m)[cell] = series;
}

/* Without the tombs; owners stay owners. */
static void
rebuild(struct monitor *m)
{
	memset(M_ADDRS(m), 0xff, ((size_t)m->addrs_mask + 1) * sizeof(uint32_t));
	m->addrs_used = 0;
	for (uint32_t s = 0; s < m->n_series; s++) {
		if (M_HOT(m, s)->address.family != 0 && M_WARM(m, s)->owner == s)
			place(m, s);
	}
}

uint32_t
addrs_find(const struct monitor *m, const struct addr *address)
{
	uint32_t cell = first_cell(m, address);

	for (uint32_t i = 0; i <= m->addrs_mask && M_ADDRS(m)[cell] != NONE;
	     i++, cell = (cell + 1) & m->addrs_mask) {
		uint32_t s = M_ADDRS(m)[cell];

		if (s != TOMB && addr_equal(&M_HOT(m, s)->address, address))
			return s;
	}
	return NONE;
}

static void
set_sequences(struct monitor *m, uint32_t series, uint16_t seq,
    const uint16_t flow_seq[static SETTINGS_FLOWS_MAX])
{
	M_HOT(m, series)->seq = seq;
	for (int f = 1; f < SETTINGS_FLOWS_MAX; f++) {
		if (flow_seq[f] != monitor_rare_read(m, series)->flow_seq[f])
			monitor_rare(m, series)->flow_seq[f] = flow_seq[f];
	}
}

/* Goes on where whoever had this address last has stopped. */
static void
continue_sequences(struct monitor *m, uint32_t series)
{
	const struct former *last = NULL;

	for (int i = 0; i < FORMER_MAX; i++) {
		const struct former *f = &m->former[i];

		if (f->until_ns > m->now_ns &&
		    addr_equal(&f->address, &M_HOT(m, series)->address) &&
		    (last == NULL || f->until_ns > last->until_ns))
			last = f;
	}
	if (last != NULL)
		set_sequences(m, series, last->seq, last->flow_seq);
}

void
addrs_insert(struct monitor *m, uint32_t series)
{
	uint32_t owner = addrs_find(m, &M_HOT(m, series)->address);

	M_COLD(m, series)->next_same = NONE;
	M_WARM(m, series)->owner = series;
	if (owner != NONE) {
		M_WARM(m, series)->owner = owner;
		M_COLD(m, series)->next_same = M_COLD(m, owner)->next_same;
		M_COLD(m, owner)->next_same = series;
		return;
	}
	continue_sequences(m, series);
	if (m->addrs_used > m->addrs_mask / 4 * 3)
		rebuild(m); /* places this series too */
	else
		place(m, series);
}

/* Another series takes over the sequences of an address whose owner goes. */
static void
hand_over(struct monitor *m, uint32_t from, uint32_t to)
{
	set_sequences(m, to, M_HOT(m, from)->seq, monitor_rare_read(m, from)->flow_seq);
	for (uint32_t s = to; s != NONE; s = M_COLD(m, s)->next_same)
		M_WARM(m, s)->owner = to;
}

void
addrs_remember(struct monitor *m, nsec_t now_ns, uint32_t series, const struct monitor *of,
    uint32_t series_there)
{
	uint32_t owner = M_WARM(of, series_there)->owner;
	struct former *f = &m->former[0];

	for (int i = 1; i < FORMER_MAX; i++) {
		if (m->former[i].until_ns < f->until_ns)
			f = &m->former[i];
	}
	*f = (struct former){
	    .address = M_HOT(of, series_there)->address,
	    .series = series,
	    .seq = M_HOT(of, owner)->seq,
	    .until_ns = nsec_add(now_ns, FORMER_KEPT_NS),
	};
	memcpy(f->flow_seq, monitor_rare_read(of, owner)->flow_seq, sizeof(f->flow_seq));
}

void
addrs_remove(struct monitor *m, nsec_t now_ns, uint32_t series)
{
	uint32_t cell = first_cell(m, &M_HOT(m, series)->address);
	uint32_t owner = M_WARM(m, series)->owner, next = M_COLD(m, series)->next_same;

	addrs_remember(m, now_ns, series, m, series);
	if (owner != series) {
		while (M_COLD(m, owner)->next_same != series)
			owner = M_COLD(m, owner)->next_same;
		M_COLD(m, owner)->next_same = next;
	} else {
		while (M_ADDRS(m)[cell] != series)
			cell = (cell + 1) & m->addrs_mask;
		M_ADDRS(m)[cell] = next == NONE ? TOMB : next;
		if (next != NONE)
			hand_over(m, series, next);
	}
	M_WARM(m, series)->owner = series;
	M_COLD(m, series)->next_same = NONE;
}

/* Whether counter a was drawn before b; the counter's circle is 2^40. */
static bool
drawn_before(uint64_t a, uint64_t b)
{
	return (int64_t)((a - b) << (64 - LEDGER_COUNTER_BITS)) < 0;
}

struct wanted {
	const struct addr *address;
	uint32_t to_hash;
	uint16_t seq;
	uint8_t flow;
	bool short_only;
	bool in_time; /* sent so lately that this would be in time; else as long as it is kept */
	nsec_t when_ns;
	uint32_t *steps; /* left in this turn */
};

/* The flight of a series that left before another, NULL for its newest; NULL when it is overwritten
 * (then so are all before it: a flight that is not decided is never overwritten, and none that left
 * after it), too long ago, or enough was looked at in this turn. */
static struct flight *
flight_before(struct monitor *m, uint32_t series, const struct flight *newer, nsec_t since_ns,
    uint32_t *steps)
{
	uint32_t slot = newer != NULL ? newer->prev : M_HOT(m, series)->last_flight;
	struct flight *flight = &M_FLIGHTS(m)[slot != LEDGER_NONE ? slot : 0];

	if (*steps == 0)
		return NULL;
	--*steps;
	if (slot == LEDGER_NONE || flight->state <= FLIGHT_SENDING || flight->target != series ||
	    flight->tx_ns < since_ns ||
	    (newer != NULL && !drawn_before(flight->counter, newer->counter)))
		return NULL;
	return flight;
}

static struct flight *
find_of_series(struct monitor *m, uint32_t series, const struct wanted *w)
{
	nsec_t timeout_ns = M_TIMEOUTS(m)[M_PLANS(m)[M_HOT(m, series)->plan].timeout].timeout_ns;
	nsec_t since_ns = nsec_sub(w->when_ns, w->in_time ? timeout_ns : timeout_ns + LATE_KEPT_NS);
	struct flight *flight = flight_before(m, series, NULL, since_ns, w->steps);

	for (; flight != NULL; flight = flight_before(m, series, flight, since_ns, w->steps)) {
		if (flight->seq == w->seq && flight->to_hash == w->to_hash &&
		    (w->flow == FLOW_ANY || flight->flow == w->flow) &&
		    (!w->short_only || flight->size_bytes < ICMP_BALANCE_AT))
			return flight;
	}
	return NULL;
}

static struct flight *
find(struct monitor *m, const struct wanted *w)
{
	struct flight *flight = NULL;

	for (uint32_t s = addrs_find(m, w->address); s != NONE && flight == NULL && *w->steps > 0;
	     s = M_COLD(m, s)->next_same) {
		if (w->short_only && monitor_plan(m, s)->size_bytes >= ICMP_BALANCE_AT)
			--*w->steps;
		else
			flight = find_of_series(m, s, w);
	}
	for (int i = 0; i < FORMER_MAX && flight == NULL && *w->steps > 0; i++) {
		const struct former *f = &m->former[i];

		if (f->until_ns > m->now_ns && f->series != NONE &&
		    addr_equal(&f->address, w->address))
			flight = find_of_series(m, f->series, w);
	}
	return flight;
}

struct flight *
addrs_flight(struct monitor *m, const struct addr *address, uint8_t flow, uint16_t seq,
    nsec_t when_ns, bool short_only)
{
	struct wanted wanted = {
	    .address = address,
	    .to_hash = (uint32_t)addr_hash(address),
	    .seq = seq,
	    .flow = flow,
	    .short_only = short_only,
	    .in_time = true,
	    .when_ns = when_ns,
	    .steps = &m->walk_steps,
	};
	struct flight *flight = short_only ? NULL : find(m, &wanted);

	if (flight != NULL)
		return flight;
	wanted.in_time = false;
	wanted.steps = &m->walk_late_steps;
	return find(m, &wanted);
}

uint32_t
addrs_open_losses(struct monitor *m, uint32_t series, nsec_t since_ns)
{
	const struct flight *flight = flight_before(m, series, NULL, since_ns, &m->walk_late_steps);
	uint32_t n = 0;

	for (; flight != NULL;
	     flight = flight_before(m, series, flight, since_ns, &m->walk_late_steps))
		n += flight->kind == PROBE_REGULAR && !(flight->marks & MARK_LATE) &&
		     (flight->state == FLIGHT_LOST || flight->state == FLIGHT_UNREACHABLE);
	return m->walk_late_steps > 0 ? n : UINT32_MAX;
}
