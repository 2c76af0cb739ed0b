/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The journal is a ring: event id lies in cell (id - 1) % capacity, so an id alone tells whether it
 * is still held.
 */
#include <assert.h>
#include <stdalign.h>
#include <stddef.h>
#include <string.h>

#include "core/event.h"

static_assert(sizeof(struct event_journal) % alignof(struct event) == 0, "events follow the head");

static const struct {
	const char *text;
	int priority;
} kinds[] = {
#define X(name, text, priority) [EVENT_##name] = {(text), (priority)},
    EVENT_KINDS(X)
#undef X
};

static struct event *
cell(const struct event_journal *journal, uint64_t id)
{
	struct event *cells = (struct event *)(uintptr_t)(journal + 1);

	return &cells[(id - 1) % journal->capacity];
}

uint64_t
event_journal_bytes(uint32_t capacity)
{
	return sizeof(struct event_journal) + (uint64_t)capacity * sizeof(struct event);
}

void
event_journal_init(struct event_journal *journal, uint32_t capacity)
{
	memset(journal, 0, sizeof(*journal));
	journal->next_id = 1;
	journal->capacity = capacity;
}

uint64_t
event_journal_oldest(const struct event_journal *journal)
{
	uint64_t added = journal->next_id - 1;

	return added < journal->capacity ? 1 : journal->next_id - journal->capacity;
}

uint64_t
event_journal_add(struct event_journal *journal, const struct event *event)
{
	uint64_t id = journal->next_id++;
	struct event *to;

	if (journal->capacity == 0)
		return id;
	to = cell(journal, id);
	memmove(to, event, sizeof(*to));
	to->id = id;
	return id;
}

const struct event *
event_journal_get(const struct event_journal *journal, uint64_t id)
{
	if (id >= journal->next_id || id < event_journal_oldest(journal))
		return NULL;
	return cell(journal, id);
}

const char *
event_kind_text(enum event_kind kind)
{
	return (unsigned)kind < EVENT_KIND_COUNT ? kinds[kind].text : "?";
}

int
event_priority(const struct event *event)
{
	enum { WARNING = 4, NOTICE = 5, INFO = 6 };

	if (event->kind >= EVENT_KIND_COUNT)
		return NOTICE;
	if (event->kind == EVENT_RELOAD && !event->ok)
		return WARNING;
	if (event->kind == EVENT_STATE || event->kind == EVENT_GROUP_STATE) {
		if (event->suppressed)
			return INFO;
		if (event->state == STATE_UP || event->state == STATE_PAUSED ||
		    event->prev == STATE_PAUSED)
			return NOTICE;
	}
	return kinds[event->kind].priority;
}
