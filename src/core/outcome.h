/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The vocabulary of results: outcomes of a probe, causes, states of a target. One table each, so
 * that names and texts cannot drift. It refuses to know how they come about.
 */
#ifndef ICMPMON_CORE_OUTCOME_H
#define ICMPMON_CORE_OUTCOME_H

#include <stdint.h>

#include "core/addr.h"

/* Every regular probe ends in exactly one of these. */
#define OUTCOMES(X)                   \
	X(IN_FLIGHT, "in_flight")     \
	X(ANSWERED, "answered")       \
	X(LOST, "lost")               \
	X(UNREACHABLE, "unreachable") \
	X(UNMEASURED, "unmeasured")   \
	X(UNSENT, "unsent")

enum outcome {
#define X(name, text) OUTCOME_##name,
	OUTCOMES(X)
#undef X
	    OUTCOME_COUNT
};

/* Why a probe ended as it did, or what spoke against it. */
#define CAUSES(X)             \
	X(NONE, "none")       \
	X(TIMEOUT, "timeout") \
	X(ICMP, "icmp")       \
	X(SEND, "send")       \
	X(SKIPPED, "skipped") \
	X(QUEUE, "queue")     \
	X(SUSPEND, "suspend") \
	X(RESTART, "restart") \
	X(NAME, "name")

enum cause_kind {
#define X(name, text) CAUSE_##name,
	CAUSES(X)
#undef X
	    CAUSE_COUNT
};

struct cause {
	uint8_t kind; /* enum cause_kind */
	uint8_t type; /* ICMP type and code, with CAUSE_ICMP */
	uint8_t code;
	uint8_t family; /* 4 or 6, of the ICMP error; 0 otherwise */
	int32_t error; /* positive errno with CAUSE_SEND, MTU in words is separate; 0 otherwise */
	struct addr from; /* the reporting router with CAUSE_ICMP, family 0: not known */
};

/* The fixed set of words that causes are counted under: every cause falls under exactly one. */
#define CAUSE_LABELS(X)                                 \
	X(NONE, "none")                                 \
	X(TIMEOUT, "timeout")                           \
	X(NET_UNREACHABLE, "net_unreachable")           \
	X(HOST_UNREACHABLE, "host_unreachable")         \
	X(PROTOCOL_UNREACHABLE, "protocol_unreachable") \
	X(PORT_UNREACHABLE, "port_unreachable")         \
	X(PACKET_TOO_BIG, "packet_too_big")             \
	X(PROHIBITED, "prohibited")                     \
	X(OTHER_UNREACHABLE, "other_unreachable")       \
	X(TTL_EXCEEDED, "ttl_exceeded")                 \
	X(REASSEMBLY_EXCEEDED, "reassembly_exceeded")   \
	X(PARAMETER_PROBLEM, "parameter_problem")       \
	X(OTHER_ICMP, "other_icmp")                     \
	X(NO_ROUTE, "no_route")                         \
	X(LINK_DOWN, "link_down")                       \
	X(NOT_PERMITTED, "not_permitted")               \
	X(MESSAGE_TOO_LONG, "message_too_long")         \
	X(NO_BUFFER, "no_buffer")                       \
	X(NO_SOURCE, "no_source")                       \
	X(OTHER_SEND, "other_send")                     \
	X(SKIPPED, "skipped")                           \
	X(QUEUE, "queue")                               \
	X(SUSPEND, "suspend")                           \
	X(RESTART, "restart")                           \
	X(NAME, "name")

enum cause_label {
#define X(name, text) LABEL_##name,
	CAUSE_LABELS(X)
#undef X
	    LABEL_COUNT
};

#define STATES(X)               \
	X(UNKNOWN, "unknown")   \
	X(UP, "up")             \
	X(DEGRADED, "degraded") \
	X(DOWN, "down")         \
	X(PAUSED, "paused")

enum state {
#define X(name, text) STATE_##name,
	STATES(X)
#undef X
	    STATE_COUNT
};

const char *outcome_text(enum outcome outcome);
const char *cause_kind_text(enum cause_kind kind);
const char *state_text(enum state state);

/* Words for a cause: "timeout", "host unreachable", "no route to host", "skipped: we were late".
 * buf of at least 96 bytes. */
const char *cause_text(const struct cause *cause, char *buf, uint32_t buf_bytes);
enum cause_label cause_label(const struct cause *cause);
const char *cause_label_text(enum cause_label label);

/* Words for an errno that a send can give ("no route to host"), fixed table, locale-free; "error N"
 * for others. */
const char *errno_text(int error, char *buf, uint32_t buf_bytes);

#endif
