/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Implements core/event.h.
 */
#include "core/event.h"

#include <assert.h>
#include <stddef.h>

static struct event *
slots(const struct event_journal *journal)
{
	return (struct event *)(uintptr_t)(journal + 1);
}

static_assert(sizeof(struct event_journal) % 8 == 0, "events follow aligned");

uint64_t
event_journal_bytes(uint32_t capacity)
{
	return sizeof(struct event_journal) + (uint64_t)capacity * sizeof(struct event);
}

void
event_journal_init(struct event_journal *journal, uint32_t capacity)
{
	*journal = (struct event_journal){.next_id = 1, .capacity = capacity};
}

uint64_t
event_journal_add(struct event_journal *journal, const struct event *event)
{
	struct event *slot = &slots(journal)[journal->next_id % journal->capacity];

	*slot = *event;
	slot->id = journal->next_id++;
	return slot->id;
}

uint64_t
event_journal_oldest(const struct event_journal *journal)
{
	return journal->next_id > journal->capacity ? journal->next_id - journal->capacity : 1;
}

const struct event *
event_journal_get(const struct event_journal *journal, uint64_t id)
{
	if (id < event_journal_oldest(journal) || id >= journal->next_id)
		return NULL;
	return &slots(journal)[id % journal->capacity];
}

const char *
event_kind_text(enum event_kind kind)
{
	static const char *const texts[EVENT_KIND_COUNT] = {
#define X(name, text, priority) [EVENT_##name] = text,
	    EVENT_KINDS(X)
#undef X
	};
	return (unsigned)kind < EVENT_KIND_COUNT ? texts[kind] : "?";
}

int
event_priority(const struct event *event)
{
	static const uint8_t priorities[EVENT_KIND_COUNT] = {
#define X(name, text, priority) [EVENT_##name] = priority,
	    EVENT_KINDS(X)
#undef X
	};

	if (event->kind == EVENT_STATE || event->kind == EVENT_GROUP_STATE) {
		if (event->state == STATE_UP)
			return event->prev == STATE_UNKNOWN ? 6 : 5;
		if (event->state == STATE_PAUSED || event->prev == STATE_PAUSED)
			return 5;
	}
	if (event->kind == EVENT_RELOAD && !event->ok)
		return 3;
	return event->kind < EVENT_KIND_COUNT ? priorities[event->kind] : 6;
}
