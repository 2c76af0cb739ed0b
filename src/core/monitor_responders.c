/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Who answers a probe that many may answer (multicast, broadcast): each by its address, once a
 * probe. The tables of the series that have one lie in the order of their series. Source: RFC 1122
 * section 3.2.2.6, RFC 4443 section 4.2.
 */
#include <string.h>

#include "core/monitor_internal.h"

struct responders *
responders_of(const struct monitor *m, uint32_t series)
{
	uint32_t low = 0, high = m->n_special;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (M_SPECIAL(m)[middle] < series)
			low = middle + 1;
		else
			high = middle;
	}
	return low < m->n_special && M_SPECIAL(m)[low] == series ? &M_RESPONDERS(m)[low] : NULL;
}

static struct responder *
find(struct responders *r, const struct addr *from)
{
	for (uint32_t i = 0; i < r->n; i++) {
		if (addr_equal(&r->list[i].address, from))
			return &r->list[i];
	}
	return NULL;
}

/* Room for one more: a free place, else that of the one that has been silent for longest. */
static struct responder *
make_room(struct responders *r)
{
	struct responder *oldest = &r->list[0];

	if (r->n < RESPONDERS_MAX)
		return &r->list[r->n++];
	for (uint32_t i = 1; i < r->n; i++) {
		if (r->list[i].last_ns < oldest->last_ns)
			oldest = &r->list[i];
	}
	r->displaced++;
	return oldest;
}

bool
responders_note(struct monitor *m, const struct flight *flight, const struct rx_meta *meta,
    nsec_t rtt_ns, int16_t ttl)
{
	struct responders *r = responders_of(m, flight->target);
	struct responder *one;

	if (r == NULL)
		return true;
	if (addr_equal(&meta->from, &M_HOT(m, flight->target)->address)) /* nobody but itself */
		return flight->state != FLIGHT_ANSWERED;
	one = find(r, &meta->from);
	if (one != NULL && one->last_counter == flight->counter)
		return false;
	if (one == NULL) {
		one = make_room(r);
		*one = (struct responder){.address = meta->from};
	}
	one->replies++;
	one->last_counter = flight->counter;
	one->last_ns = receive_when(m, meta);
	one->last_rtt_ns = rtt_ns;
	one->last_ttl = ttl;
	return true;
}

void
responders_clear(struct monitor *m, uint32_t series)
{
	struct responders *r = responders_of(m, series);

	if (r != NULL)
		*r = (struct responders){.n = 0};
}

void
responders_move(struct monitor *m, uint32_t to, const struct monitor *old, uint32_t from)
{
	const struct responders *a = responders_of(old, from);
	struct responders *b = responders_of(m, to);

	if (a == NULL || b == NULL)
		return;
	memcpy(b->list, a->list, sizeof(b->list));
	b->n = a->n;
	b->displaced = a->displaced;
}
