/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Probes in flight, and for a while after: who they were for, when they left, whether they are
 * decided. A flight's slot is its number modulo the size of the table; undecided flights of one
 * timeout form a FIFO, as they leave in order of time. It refuses to know statistics and bytes.
 */
#ifndef ICMPMON_CORE_LEDGER_H
#define ICMPMON_CORE_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/units.h"

#define LEDGER_NONE UINT32_MAX
#define LEDGER_COUNTER_BITS 40 /* a number is a 24-bit epoch and this counter */
#define LEDGER_FLIGHTS_MIN 1024u
#define LEDGER_FLIGHTS_MAX (1u << 26)
#define LEDGER_CLASSES_MAX 1025 /* distinct timeouts and one for one-off probes */

enum flight_state {
	FLIGHT_FREE,
	FLIGHT_SENDING, /* given to the shell, not yet reported as sent */
	FLIGHT_OUT, /* on the network, undecided */
	FLIGHT_ANSWERED,
	FLIGHT_LOST,
	FLIGHT_UNREACHABLE,
	FLIGHT_UNMEASURED,
};

struct flight {
	nsec_t tx_ns;
	uint64_t counter; /* lower 40 bits of the number */
	uint32_t target; /* series */
	uint32_t position; /* lower 32 bits of the place in the target's ring */
	uint32_t next; /* in the FIFO of its timeout */
	uint32_t prev; /* the target's flight before this one, if its slot still holds it */
	uint32_t early_ns; /* tx_ns minus the start of its batch */
	uint32_t to_hash; /* of the destination, for payloads without a tag */
	uint16_t seq;
	uint16_t detail; /* low bits of the slot in the target's detail ring */
	uint16_t size_bytes; /* payload as sent */
	uint16_t timeout_class;
	uint8_t flow; /* id = first id of the block + flow */
	uint8_t kind; /* enum probe_kind */
	uint8_t family; /* 4 or 6, of the destination */
	uint8_t state; /* enum flight_state */
	uint8_t linked; /* still in its FIFO */
	uint8_t marks; /* the engine's own */
	uint8_t error_type, error_code; /* of an authentic ICMP error that came in time */
};

struct ledger_class {
	nsec_t timeout_ns;
	uint32_t head, tail;
};

struct ledger {
	uint32_t mask; /* flights - 1 */
	uint32_t n_classes;
	uint64_t counter; /* of the next probe */
	uint32_t epoch; /* 24 bits */
	uint32_t reserved;
};

/* How many flights a table needs for this rate and longest timeout: a power of two that holds all
 * undecided flights twice over, and decided ones for up to a minute where that stays within 2^18.
 */
uint32_t ledger_flights(double rate_per_s, nsec_t timeout_ns);

void ledger_init(struct ledger *ledger, struct flight flights[], uint32_t n_flights,
    struct ledger_class classes[], uint32_t n_classes, uint32_t epoch);

/* Draws the next number whose slot is not undecided; NULL when 64 in a row are. The flight is
 * SENDING, all other fields zero. */
struct flight *ledger_draw(struct ledger *ledger, struct flight flights[]);

uint64_t ledger_number(const struct ledger *ledger, const struct flight *flight);

/* The flight of a number, whatever its state but FREE; NULL when the epoch differs or the slot
 * holds another. */
struct flight *ledger_find(const struct ledger *ledger, struct flight flights[], uint64_t number);

/* True when the number is one that this epoch has drawn. */
bool ledger_was_drawn(const struct ledger *ledger, uint64_t number);

/* Marks a flight as sent and links it to the FIFO of its timeout class. */
void ledger_launch(struct flight flights[], struct ledger_class classes[], struct flight *flight,
    nsec_t tx_ns, nsec_t early_ns);

/* The oldest undecided flight of a class whose deadline is at or before until_ns, or NULL. Decided
 * flights on the way are unlinked; the returned one is unlinked too and must be decided by the
 * caller. */
struct flight *ledger_expire(struct flight flights[], struct ledger_class *class, nsec_t until_ns);

/* Deadline of the oldest linked flight of a class, NSEC_NEVER when none. */
nsec_t ledger_class_deadline(const struct flight flights[], const struct ledger_class *class);

#endif
