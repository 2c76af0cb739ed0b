/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The bounded journal of what happened: state changes, alarms, reloads, faults of our own. Plain
 * records that need nothing else to be rendered. It refuses to know text formats.
 */
#ifndef ICMPMON_CORE_EVENT_H
#define ICMPMON_CORE_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/addr.h"
#include "core/outcome.h"
#include "core/units.h"

#define EVENT_NAME_MAX 112 /* "NAME:ADDRESS" of a series, NUL included */
#define EVENT_REASON_MAX 160
#define EVENT_ALARM_MAX 65
#define EVENT_JOURNAL_MAX 4096

/* X(name, text of event=, syslog priority) */
#define EVENT_KINDS(X)                       \
	X(STATE, "state", 4)                 \
	X(ALARM_RAISED, "alarm_raised", 5)   \
	X(ALARM_CLEARED, "alarm_cleared", 5) \
	X(GROUP_STATE, "group_state", 4)     \
	X(ADDRESS, "address", 5)             \
	X(NAME_FAILED, "name_failed", 4)     \
	X(SEND_FAILED, "send_failed", 4)     \
	X(SEND_RESUMED, "send_resumed", 5)   \
	X(INTERRUPTION, "interruption", 4)   \
	X(RX_DROPS, "rx_drops", 4)           \
	X(CLOCK_STEP, "clock_step", 5)       \
	X(OVERLOAD, "overload", 4)           \
	X(STUCK_FLOW, "stuck_flow", 5)       \
	X(PAUSED, "paused", 5)               \
	X(RESUMED, "resumed", 5)             \
	X(RELOAD, "reload", 6)               \
	X(START, "start", 6)

enum event_kind {
#define X(name, text, priority) EVENT_##name,
	EVENT_KINDS(X)
#undef X
	    EVENT_KIND_COUNT
};

struct event {
	uint64_t id; /* counts from 1 */
	nsec_t at_ns; /* monotonic */
	nsec_t wall_ns; /* since 1970 */
	uint8_t kind; /* enum event_kind */
	uint8_t state; /* enum state, new */
	uint8_t prev; /* enum state, before */
	uint8_t ok; /* RELOAD: accepted */
	uint8_t suppressed;
	uint8_t reserved[3];
	nsec_t prev_ns; /* how long the previous state held */
	int64_t loss_ppm; /* of the alarm's span, -1: no data */
	int64_t value; /* of the alarm's metric: ppm or ns; INTERRUPTION: how long in ns; RX_DROPS:
			  packets */
	nsec_t p50_ns, p95_ns; /* -1: no data */
	uint64_t sent, answered;
	uint32_t added, removed, changed, targets; /* RELOAD */
	struct addr address;
	struct cause cause; /* STATE, ALARM_RAISED, SEND_FAILED: of the last probe that was not
			       answered, where that is what it is about; else kind NONE */
	char target[EVENT_NAME_MAX]; /* "" for events of the daemon; the group's name for
					GROUP_STATE */
	char alarm[EVENT_ALARM_MAX];
	char reason[EVENT_REASON_MAX]; /* words: "loss 6.7% > 5% over 1m" */
};

/* The journal in memory given by the caller. */
struct event_journal {
	uint64_t next_id; /* id of the next event, first 1 */
	uint32_t capacity;
	uint32_t reserved;
	/* followed by capacity struct event */
};

uint64_t event_journal_bytes(uint32_t capacity);
void event_journal_init(struct event_journal *journal, uint32_t capacity);
/* Appends a copy with its id set; overwrites the oldest when full. Returns the id. */
uint64_t event_journal_add(struct event_journal *journal, const struct event *event);
/* The event with this id, or NULL when it is not (or no longer) there. Valid until the next add. */
const struct event *event_journal_get(const struct event_journal *journal, uint64_t id);
/* Id of the oldest event held; next_id when empty. */
uint64_t event_journal_oldest(const struct event_journal *journal);

const char *event_kind_text(enum event_kind kind);
int event_priority(
    const struct event *event); /* syslog severity 0..7; a return to up is one notice */

#endif
