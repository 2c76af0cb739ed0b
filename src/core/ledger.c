/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Implements core/ledger.h.
 */
#include "core/ledger.h"

#include <string.h>

#define COUNTER_MASK ((UINT64_C(1) << LEDGER_COUNTER_BITS) - 1)
#define DRAW_TRIES_MAX 64
#define KEEP_S 60.0 /* a late reply is told apart for this long */
#define KEEP_FLIGHTS 262144.0 /* as long as it costs no more than this */

uint32_t
ledger_flights(double rate_per_s, nsec_t timeout_ns)
{
	double undecided = 2.0 * rate_per_s * ((double)timeout_ns / 1e9 + 0.2) + 64.0;
	double kept = rate_per_s * ((double)timeout_ns / 1e9 + KEEP_S);
	double want = kept < KEEP_FLIGHTS ? kept : KEEP_FLIGHTS;
	uint32_t flights = LEDGER_FLIGHTS_MIN;

	if (want < undecided)
		want = undecided;
	while (flights < LEDGER_FLIGHTS_MAX && (double)flights < want)
		flights *= 2;
	return flights;
}

void
ledger_init(struct ledger *ledger, struct flight flights[], uint32_t n_flights,
    struct ledger_class classes[], uint32_t n_classes, uint32_t epoch)
{
	memset(flights, 0, (size_t)n_flights * sizeof(*flights));
	ledger->mask = n_flights - 1;
	ledger->n_classes = n_classes;
	ledger->counter = 1;
	ledger->epoch = epoch & 0xffffff;
	for (uint32_t i = 0; i < n_classes; i++) {
		classes[i].head = LEDGER_NONE;
		classes[i].tail = LEDGER_NONE;
	}
}

struct flight *
ledger_draw(struct ledger *ledger, struct flight flights[])
{
	for (int i = 0; i < DRAW_TRIES_MAX; i++) {
		uint64_t counter = ledger->counter;
		struct flight *flight = &flights[counter & ledger->mask];

		ledger->counter = (counter + 1) & COUNTER_MASK;
		if (flight->linked || flight->state == FLIGHT_SENDING)
			continue;
		memset(flight, 0, sizeof(*flight));
		flight->counter = counter;
		flight->state = FLIGHT_SENDING;
		flight->next = LEDGER_NONE;
		flight->prev = LEDGER_NONE;
		return flight;
	}
	return NULL;
}

uint64_t
ledger_number(const struct ledger *ledger, const struct flight *flight)
{
	return (uint64_t)ledger->epoch << LEDGER_COUNTER_BITS | flight->counter;
}

struct flight *
ledger_find(const struct ledger *ledger, struct flight flights[], uint64_t number)
{
	uint64_t counter = number & COUNTER_MASK;
	struct flight *flight = &flights[counter & ledger->mask];

	if (number >> LEDGER_COUNTER_BITS != ledger->epoch)
		return NULL;
	if (flight->state == FLIGHT_FREE || flight->counter != counter)
		return NULL;
	return flight;
}

bool
ledger_was_drawn(const struct ledger *ledger, uint64_t number)
{
	uint64_t behind = (ledger->counter - (number & COUNTER_MASK)) & COUNTER_MASK;

	return number >> LEDGER_COUNTER_BITS == ledger->epoch && behind != 0 &&
	       behind < ledger->counter;
}

void
ledger_launch(struct flight flights[], struct ledger_class classes[], struct flight *flight,
    nsec_t tx_ns, nsec_t early_ns)
{
	struct ledger_class *class = &classes[flight->timeout_class];
	uint32_t index = (uint32_t)(flight - flights);
	nsec_t early = nsec_sub(tx_ns, early_ns);

	flight->tx_ns = tx_ns;
	flight->early_ns = early < 0 ? 0 : early > UINT32_MAX ? UINT32_MAX : (uint32_t)early;
	flight->state = FLIGHT_OUT;
	flight->linked = 1;
	flight->next = LEDGER_NONE;
	if (class->tail == LEDGER_NONE)
		class->head = index;
	else
		flights[class->tail].next = index;
	class->tail = index;
}

static void
unlink_head(struct flight flights[], struct ledger_class *class)
{
	struct flight *flight = &flights[class->head];

	class->head = flight->next;
	if (class->head == LEDGER_NONE)
		class->tail = LEDGER_NONE;
	flight->linked = 0;
	flight->next = LEDGER_NONE;
}

struct flight *
ledger_expire(struct flight flights[], struct ledger_class *class, nsec_t until_ns)
{
	while (class->head != LEDGER_NONE) {
		struct flight *flight = &flights[class->head];

		if (flight->next != LEDGER_NONE)
			__builtin_prefetch(&flights[flight->next]);
		if (flight->state != FLIGHT_OUT) {
			unlink_head(flights, class);
			continue;
		}
		if (nsec_add(flight->tx_ns, class->timeout_ns) > until_ns)
			return NULL;
		unlink_head(flights, class);
		return flight;
	}
	return NULL;
}

nsec_t
ledger_class_deadline(const struct flight flights[], const struct ledger_class *class)
{
	if (class->head == LEDGER_NONE)
		return NSEC_NEVER;
	return nsec_add(flights[class->head].tx_ns, class->timeout_ns);
}
