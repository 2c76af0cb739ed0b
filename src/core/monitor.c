/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The engine's start, and the small questions about its arena.
 */
#include <stdio.h>
#include <string.h>

#include "core/monitor_internal.h"

static uint64_t
name_hash(const char *name, size_t len)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (uint8_t)name[i]) * UINT64_C(0x100000001b3);
	return hash ^ hash >> 29;
}

void
names_build(struct monitor *m)
{
	const struct settings_target *t = settings_targets(m->settings);

	memset(M_NAMES(m), 0xff, ((size_t)m->names_mask + 1) * sizeof(uint32_t));
	for (uint32_t i = 0; i < m->n_targets; i++) {
		const char *name = settings_text(m->settings, t[i].name);
		uint32_t cell = (uint32_t)name_hash(name, strlen(name)) & m->names_mask;

		while (M_NAMES(m)[cell] != NONE)
			cell = (cell + 1) & m->names_mask;
		M_NAMES(m)[cell] = i;
	}
}

uint32_t
names_find(const struct monitor *m, const char *name, size_t len)
{
	const struct settings_target *t = settings_targets(m->settings);
	uint32_t cell = (uint32_t)name_hash(name, len) & m->names_mask;

	for (; M_NAMES(m)[cell] != NONE; cell = (cell + 1) & m->names_mask) {
		const char *other = settings_text(m->settings, t[M_NAMES(m)[cell]].name);

		if (strncmp(other, name, len) == 0 && other[len] == '\0')
			return M_NAMES(m)[cell];
	}
	return NONE;
}

static void
series_init(struct monitor *m, uint32_t s, nsec_t now_ns)
{
	struct series_hot *hot = M_HOT(m, s);
	struct series_warm *warm = M_WARM(m, s);
	struct series_cold *cold = M_COLD(m, s);
	const struct settings_plan *p = monitor_plan(m, s);

	hot->due_ns = nsec_add(now_ns, pace_phase_ns(s, p->interval_ns));
	hot->last_flight = LEDGER_NONE;
	hot->seq = (uint16_t)rng_next(&m->rng);
	hot->flags = cold->slot == 0 ? SERIES_USED : 0;
	warm->head_due_ns = hot->due_ns - p->interval_ns;
	warm->last_rtt_ns = -1;
	warm->last_ttl = -1;
	warm->owner = s;
	monitor_pause_slot(m, s, p->paused);
	cold->next_same = NONE;
	cold->since_ns = now_ns;
	cold->born_ns = now_ns;
	cold->minute = MINUTE_UNKNOWN;
	if (hot->flags & SERIES_USED) {
		m->n_used++;
		m->states[warm->state]++;
	}
}

struct monitor *
monitor_init(void *arena, const struct settings *settings, const struct monitor_identity *identity,
    nsec_t now_ns, nsec_t wall_ns)
{
	struct monitor *m =
	    monitor_build(arena, settings, identity, identity->seed, now_ns, wall_ns);

	order_build(m);
	names_build(m);
	group_count_members(m);
	return m;
}

struct monitor *
monitor_build(void *arena, const struct settings *settings, const struct monitor_identity *identity,
    uint64_t seed, nsec_t now_ns, nsec_t wall_ns)
{
	struct monitor *m = arena;

	memset(m, 0, sizeof(*m));
	m->settings = settings;
	m->identity = *identity;
	m->bytes = monitor_layout(m, settings, true);
	m->started_ns = m->now_ns = m->drained_ns = m->judged_ns = now_ns;
	m->wall_offset_ns = wall_ns - now_ns;
	m->housekeeping_ns = nsec_add(now_ns, HOUSEKEEPING_NS);
	m->lag_minute_ns = now_ns;
	m->wake_series_ns = NSEC_NEVER;
	m->test_head = m->test_tail = NONE;
	m->wait_head = m->wait_tail = NONE;
	m->walk_steps = WALK_STEPS_MAX;
	m->walk_late_steps = WALK_LATE_STEPS_MAX;
	m->event_seen = 1;
	rng_seed(&m->rng, seed);
	event_journal_init(M_JOURNAL(m), EVENT_JOURNAL_MAX);
	memset(M_ADDRS(m), 0xff, ((size_t)m->addrs_mask + 1) * sizeof(uint32_t));
	ledger_init(&m->ledger, M_FLIGHTS(m), m->ledger.mask + 1, M_TIMEOUTS(m),
	    m->ledger.n_classes, identity->epoch);
	for (uint32_t s = 0; s < m->n_series; s++)
		series_init(m, s, now_ns);
	pace_turn(&m->pace, now_ns);
	m->pace.tokens = PACE_TURN_SENDS;
	return m;
}

void
monitor_set_wall(struct monitor *m, nsec_t now_ns, nsec_t wall_ns)
{
	m->wall_offset_ns = wall_ns - now_ns;
}

void
monitor_set_receive_capacity(struct monitor *m, uint32_t packets)
{
	m->pace.receive_capacity = packets;
}

const struct settings *
monitor_settings(const struct monitor *m)
{
	return m->settings;
}

const struct event_journal *
monitor_journal(const struct monitor *m)
{
	return M_JOURNAL(m);
}

bool
monitor_next_event(struct monitor *m, struct event *ret_event)
{
	const struct event_journal *journal = M_JOURNAL(m);
	const struct event *event;

	if (m->event_seen < event_journal_oldest(journal))
		m->event_seen = event_journal_oldest(journal);
	event = event_journal_get(journal, m->event_seen);
	if (event == NULL)
		return false;
	*ret_event = *event;
	m->event_seen++;
	return true;
}
