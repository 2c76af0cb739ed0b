/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Addresses of targets: the table from address to series, and what a new answer of the resolver
 * changes.
 */
#include <stdio.h>
#include <string.h>

#include "core/monitor_internal.h"

#define TOMB (UINT32_MAX - 1)

static void
addrs_rebuild(struct monitor *m)
{
	memset(M_ADDRS(m), 0xff, ((size_t)m->addrs_mask + 1) * sizeof(uint32_t));
	m->addrs_used = 0;
	for (uint32_t s = 0; s < m->n_series; s++) {
		if (M_HOT(m, s)->address.family != 0)
			addrs_insert(m, s);
	}
}

uint32_t
addrs_find(const struct monitor *m, const struct addr *address)
{
	uint32_t cell = (uint32_t)addr_hash(address) & m->addrs_mask;

	for (uint32_t i = 0; i <= m->addrs_mask && M_ADDRS(m)[cell] != NONE;
	     i++, cell = (cell + 1) & m->addrs_mask) {
		uint32_t s = M_ADDRS(m)[cell];

		if (s != TOMB && addr_equal(&M_HOT(m, s)->address, address))
			return s;
	}
	return NONE;
}

void
addrs_insert(struct monitor *m, uint32_t series)
{
	const struct addr *address = &M_HOT(m, series)->address;
	uint32_t owner = addrs_find(m, address);
	struct series_cold *cold = M_COLD(m, series);
	uint32_t cell;

	cold->next_same = NONE;
	cold->owner = series;
	if (owner != NONE) {
		cold->owner = owner;
		cold->next_same = M_COLD(m, owner)->next_same;
		M_COLD(m, owner)->next_same = series;
		return;
	}
	if (m->addrs_used > m->addrs_mask / 4 * 3) {
		addrs_rebuild(m); /* finds this series too */
		return;
	}
	cell = (uint32_t)addr_hash(address) & m->addrs_mask;
	while (M_ADDRS(m)[cell] != NONE && M_ADDRS(m)[cell] != TOMB)
		cell = (cell + 1) & m->addrs_mask;
	m->addrs_used += M_ADDRS(m)[cell] == NONE;
	M_ADDRS(m)[cell] = series;
}

/* Another series takes over the sequences of an address whose owner goes. */
static void
hand_over(struct monitor *m, uint32_t from, uint32_t to)
{
	M_HOT(m, to)->seq = M_HOT(m, from)->seq;
	memcpy(M_COLD(m, to)->flow_seq, M_COLD(m, from)->flow_seq, sizeof(M_COLD(m, to)->flow_seq));
	for (uint32_t s = to; s != NONE; s = M_COLD(m, s)->next_same)
		M_COLD(m, s)->owner = to;
}

void
addrs_remove(struct monitor *m, uint32_t series)
{
	struct series_cold *cold = M_COLD(m, series);
	uint32_t cell = (uint32_t)addr_hash(&M_HOT(m, series)->address) & m->addrs_mask;

	if (cold->owner != series) {
		uint32_t s = cold->owner;

		while (M_COLD(m, s)->next_same != series)
			s = M_COLD(m, s)->next_same;
		M_COLD(m, s)->next_same = cold->next_same;
	} else {
		while (M_ADDRS(m)[cell] != series)
			cell = (cell + 1) & m->addrs_mask;
		M_ADDRS(m)[cell] = cold->next_same == NONE ? TOMB : cold->next_same;
		if (cold->next_same != NONE)
			hand_over(m, series, cold->next_same);
	}
	cold->owner = series;
	cold->next_same = NONE;
}

static void
set_address(struct monitor *m, nsec_t now_ns, uint32_t series, const struct addr *address)
{
	struct series_hot *hot = M_HOT(m, series);
	struct event event = {.kind = EVENT_ADDRESS};
	bool had = hot->address.family != 0;

	if (had && addr_equal(&hot->address, address))
		return;
	if (had)
		addrs_remove(m, series);
	hot->address = *address;
	addrs_insert(m, series);
	if (!(hot->flags & SERIES_USED)) {
		hot->flags |= SERIES_USED;
		M_COLD(m, series)->born_ns = now_ns;
		M_COLD(m, series)->since_ns = now_ns;
		health_group_add(m, now_ns, series, M_WARM(m, series)->state, 1);
	}
	hot->flags |= SERIES_ACTIVE;
	if (had) {
		char text[ADDR_TEXT_MAX];

		event.address = *address;
		(void)snprintf(event.reason, sizeof(event.reason), "address is now %s",
		    addr_format(address, text));
		(void)monitor_emit(m, now_ns, &event, series);
	}
}

static bool
listed(const struct addr *address, const struct addr addresses[], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (addr_equal(address, &addresses[i]))
			return true;
	}
	return false;
}

static void
name_failed(struct monitor *m, nsec_t now_ns, uint32_t series, const char *why)
{
	struct series_hot *hot = M_HOT(m, series);
	struct series_cold *cold = M_COLD(m, series);
	struct event event = {.kind = EVENT_NAME_FAILED};

	(void)snprintf(cold->name_error, sizeof(cold->name_error), "%s", why);
	if (hot->flags & SERIES_NAME_FAILED)
		return;
	hot->flags |= SERIES_NAME_FAILED;
	(void)snprintf(event.reason, sizeof(event.reason), "%.100s%s", why,
	    hot->address.family != 0 ? ", the last address stays" : "");
	(void)monitor_emit(m, now_ns, &event, series);
	if (hot->address.family == 0) {
		hot->flags |=
		    SERIES_ACTIVE; /* its attempts are unsent, with the name as the cause */
		if (M_WARM(m, series)->state != STATE_PAUSED)
			health_set(m, now_ns, series, STATE_UNKNOWN, why, NONE);
	}
}

/* Every listed address gets a series of its own; one that vanished keeps its slot and stays
 * unknown. */
static void
assign_all(
    struct monitor *m, nsec_t now_ns, uint32_t first, const struct addr addresses[], size_t n)
{
	bool taken[SETTINGS_ADDRESSES_MAX] = {false};

	for (uint32_t slot = 0; slot < SETTINGS_ADDRESSES_MAX; slot++) {
		struct series_hot *hot = M_HOT(m, first + slot);
		bool found = false;

		for (size_t i = 0; i < n && !found; i++) {
			if (!taken[i] && hot->address.family != 0 &&
			    addr_equal(&hot->address, &addresses[i]))
				found = taken[i] = true;
		}
		if (hot->address.family == 0 || found) {
			if (found)
				hot->flags |= SERIES_ACTIVE;
			continue;
		}
		hot->flags &= (uint16_t)~SERIES_ACTIVE;
		health_set(m, now_ns, first + slot, STATE_UNKNOWN,
		    "the name no longer has this address", NONE);
	}
	for (size_t i = 0; i < n; i++) {
		for (uint32_t slot = 0; slot < SETTINGS_ADDRESSES_MAX && !taken[i]; slot++) {
			struct series_hot *hot = M_HOT(m, first + slot);

			if (hot->address.family == 0 ||
			    (!(hot->flags & SERIES_ACTIVE) && hot->in_flight == 0 &&
				now_ns - M_COLD(m, first + slot)->since_ns > NSEC_PER_HOUR)) {
				set_address(m, now_ns, first + slot, &addresses[i]);
				taken[i] = true;
			}
		}
	}
}

void
monitor_on_address(struct monitor *m, nsec_t now_ns, uint32_t target, const struct addr addresses[],
    size_t n, int error, const char *why)
{
	uint32_t first = target < m->n_targets ? M_FIRST(m)[target] : NONE;
	const struct settings_target *t;

	if (first == NONE)
		return;
	t = &settings_targets(m->settings)[target];
	if (n > SETTINGS_ADDRESSES_MAX)
		n = SETTINGS_ADDRESSES_MAX;
	if (error != 0 || n == 0) {
		for (uint32_t slot = 0; slot < settings_target_series(t); slot++) {
			if (M_HOT(m, first + slot)->flags & SERIES_USED)
				name_failed(m, now_ns, first + slot,
				    why != NULL ? why : "name has no address");
		}
		return;
	}
	for (uint32_t slot = 0; slot < settings_target_series(t); slot++) {
		struct series_hot *hot = M_HOT(m, first + slot);

		if (hot->flags & SERIES_NAME_FAILED) {
			hot->flags &= (uint16_t)~SERIES_NAME_FAILED;
			M_COLD(m, first + slot)->bad_since_ns = 0;
		}
	}
	if (t->addresses_all)
		assign_all(m, now_ns, first, addresses, n);
	else if (M_HOT(m, first)->address.family == 0 ||
		 !listed(&M_HOT(m, first)->address, addresses, n))
		set_address(m, now_ns, first, &addresses[0]);
}

void
monitor_on_source(struct monitor *m, uint32_t target, uint32_t ifindex, bool missing)
{
	uint32_t first = target < m->n_targets ? M_FIRST(m)[target] : NONE;

	if (first == NONE)
		return;
	for (uint32_t slot = 0;
	     slot < settings_target_series(&settings_targets(m->settings)[target]); slot++) {
		struct series_hot *hot = M_HOT(m, first + slot);

		M_COLD(m, first + slot)->ifindex = ifindex;
		hot->flags = (uint16_t)(missing ? hot->flags | SERIES_SOURCE_MISSING
						: hot->flags & ~SERIES_SOURCE_MISSING);
	}
}
