/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * A new configuration: an engine beside the old one, into which everything moves that goes on.
 */
#include <stdio.h>
#include <string.h>

#include "core/monitor_move.h"

/* In the new engine it would be one of group g; NONE: that group is no more. */
static uint32_t
group_in_new(const struct mover *v, uint32_t g)
{
	const struct settings *a = v->old->settings, *b = v->m->settings;

	if (g == v->old->n_groups)
		return v->m->n_groups;
	for (uint32_t k = 0; k < v->m->n_groups; k++) {
		if (strcmp(settings_text(a, settings_groups(a)[g].name),
			settings_text(b, settings_groups(b)[k].name)) == 0)
			return k;
	}
	return NONE;
}

/* What a removed series counted stays in the sums; what it had in flight can no longer be measured.
 */
static void
retire(struct mover *v, uint32_t series)
{
	const struct addr *address = &M_HOT(v->old, series)->address;
	struct totals t, *sums[] = {&v->m->sum, &monitor_group_of(v->old, series)->sum};
	uint64_t flying = M_HOT(v->old, series)->in_flight;
	uint64_t waiting = (M_HOT(v->old, series)->flags & SERIES_WAITING) != 0; /* to be sent */

	for (int i = 0; i < 2; i++) {
		sums[i]->attempts += waiting;
		sums[i]->unsent += waiting;
		sums[i]->causes[LABEL_NO_BUFFER] += waiting;
		sums[i]->in_flight -= flying;
		sums[i]->unmeasured += flying;
		sums[i]->causes[LABEL_RESTART] += flying;
	}
	if (address->family != 0 && addrs_find(v->m, address) == NONE)
		addrs_remember(v->m, v->now_ns, NONE, v->old, series);
	report_totals(v->old, series, &t);
	t.in_flight = 0;
	t.unmeasured += flying;
	t.causes[LABEL_RESTART] += flying;
	t.attempts += waiting;
	t.unsent += waiting;
	t.causes[LABEL_NO_BUFFER] += waiting;
	report_totals_add(&v->m->gone, &t, 1);
}

/* The sums of groups: what is gone stays with the group of that name, what goes on counts where it
 * is now. */
static void
move_group_sums(struct mover *v)
{
	struct totals t;

	for (uint32_t s = 0; s < v->old->n_series; s++) {
		if (M_COLD(v->old, s)->moved_to == NONE)
			continue;
		report_totals(v->old, s, &t);
		report_totals_add(&monitor_group_of(v->old, s)->sum, &t, -1);
	}
	for (uint32_t g = 0; g <= v->old->n_groups; g++) {
		const struct group_state *from = &M_GROUPS(v->old)[g];
		uint32_t k = group_in_new(v, g);
		struct group_state *to = k == NONE ? NULL : &M_GROUPS(v->m)[k];

		if (to == NULL)
			continue;
		to->sum = from->sum;
		if (from->state == to->state)
			to->since_ns = from->since_ns;
		if (to->histogram_at != 0 && from->histogram_at != 0)
			memcpy(monitor_at_unit(v->m, to->histogram_at),
			    monitor_at_unit(v->old, from->histogram_at),
			    sizeof(struct histogram_classic));
	}
	for (uint32_t s = 0; s < v->old->n_series; s++) {
		uint32_t to = M_COLD(v->old, s)->moved_to;

		if (to == NONE)
			continue;
		report_totals(v->old, s, &t);
		report_totals_add(&monitor_group_of(v->m, to)->sum, &t, 1);
	}
}

/* A flight that finds its place taken, in a smaller table, is given up. */
static void
give_up(struct mover *v, uint32_t series, const struct flight *from)
{
	struct flight flight = *from;
	const struct decision decision = {.outcome = OUTCOME_UNMEASURED,
	    .rtt_ns = -1,
	    .ttl = -1,
	    .cause = {.kind = CAUSE_RESTART}};

	flight.target = series;
	flight.detail = UINT16_MAX;
	if (flight.kind == PROBE_REGULAR)
		judge_decide(v->m, v->now_ns, &flight, &decision);
	else
		flow_test_cancel(v->m, series);
}

static void
move_flight(struct mover *v, const struct flight *from)
{
	struct monitor *m = v->m;
	uint32_t series = M_COLD(v->old, from->target)->moved_to;
	struct flight *to = &M_FLIGHTS(m)[from->counter & m->ledger.mask];

	if (series == NONE)
		return;
	if (from->state == FLIGHT_OUT && from->kind == PROBE_REGULAR)
		M_HOT(m, series)->in_flight++;
	if (to->linked) {
		if (from->state == FLIGHT_OUT)
			give_up(v, series, from);
		return;
	}
	*to = *from;
	to->target = series;
	to->prev = M_HOT(m, series)->last_flight;
	to->timeout_class = M_PLANS(m)[M_HOT(m, series)->plan].timeout;
	to->detail = detail_moved_slot(m, series, v->old, from);
	to->linked = 0;
	M_HOT(m, series)->last_flight = (uint32_t)(to - M_FLIGHTS(m));
	if (!from->linked)
		return;
	ledger_launch(M_FLIGHTS(m), M_TIMEOUTS(m), to, from->tx_ns, from->tx_ns - from->early_ns);
	to->state = from->state; /* decided ones stand in the queue too, until those before are */
}

static void
move_flights(struct mover *v)
{
	const struct ledger *a = &v->old->ledger;
	uint64_t circle = UINT64_C(1) << LEDGER_COUNTER_BITS;

	v->m->ledger.counter = a->counter;
	v->m->ledger.epoch = a->epoch;
	for (uint64_t back = a->mask + UINT64_C(1); back > 0; back--) {
		uint64_t counter = (a->counter - back) & (circle - 1);
		const struct flight *from = &M_FLIGHTS(v->old)[counter & a->mask];

		if (from->state > FLIGHT_SENDING && from->counter == counter)
			move_flight(v, from);
	}
}

/* The target of the old configuration that has the name of target i of the new one, NONE: none.
 * Most stand where they stood. */
static uint32_t
find_old(const struct mover *v, uint32_t i)
{
	const char *name = settings_text(v->m->settings, settings_targets(v->m->settings)[i].name);

	if (i < v->old->n_targets &&
	    strcmp(name,
		settings_text(v->old->settings, settings_targets(v->old->settings)[i].name)) == 0)
		return i;
	return names_find(v->old, name, strlen(name));
}

static void
move_targets(struct mover *v)
{
	const struct settings *a = v->old->settings, *b = v->m->settings;

	for (uint32_t i = 0; i < v->m->n_targets; i++) {
		const struct settings_target *y = &settings_targets(b)[i];
		uint32_t k = find_old(v, i);
		const struct settings_target *x = k == NONE ? NULL : &settings_targets(a)[k];
		bool on = x != NULL && move_goes_on(a, x, b, y);

		v->added += x == NULL;
		v->changed += x != NULL && (!on || !move_same_settings(a, x, b, y));
		for (uint32_t slot = 0; on && slot < settings_plan_series(settings_plan_of(a, x));
		     slot++) {
			uint32_t from = M_FIRST(v->old)[k] + slot, to = M_FIRST(v->m)[i] + slot;

			M_COLD(v->old, from)->moved_to = to;
			move_series(v, from, to);
		}
	}
}

static void
move_former(struct mover *v)
{
	for (int i = 0; i < FORMER_MAX; i++) {
		const struct former *from = &v->old->former[i];

		v->m->former[i] = *from;
		if (from->until_ns != 0 && from->series != NONE)
			v->m->former[i].series = M_COLD(v->old, from->series)->moved_to;
	}
}

static void
move_engine(struct monitor *m, const struct monitor *old)
{
	m->wall_offset_ns = old->wall_offset_ns;
	m->started_ns = old->started_ns;
	m->housekeeping_ns = old->housekeeping_ns;
	m->wake_series_ns = old->wake_series_ns;
	m->event_seen = old->event_seen;
	m->foreign = old->foreign;
	m->sum = old->sum;
	m->gone = old->gone;
	m->blind_n = old->blind_n;
	m->slept_from_ns = old->slept_from_ns;
	m->slept_until_ns = old->slept_until_ns;
	m->drops_logged_ns = old->drops_logged_ns;
	m->drops_unlogged = old->drops_unlogged;
	m->skipped = old->skipped;
	m->skipped_first_ns = old->skipped_first_ns;
	m->skipped_last_ns = old->skipped_last_ns;
	m->overload_logged_ns = old->overload_logged_ns;
	m->lag_count = old->lag_count;
	m->lag_sum_ns = old->lag_sum_ns;
	m->lag_max_ns = old->lag_max_ns;
	m->lag_prev_max_ns = old->lag_prev_max_ns;
	m->lag_minute_ns = old->lag_minute_ns;
	m->drained_ns = old->drained_ns;
	m->judged_ns = old->judged_ns;
	m->walk_steps = old->walk_steps;
	m->walk_late_steps = old->walk_late_steps;
	m->datagram = old->datagram;
	m->pace.receive_capacity = old->pace.receive_capacity;
	memcpy(m->blind, old->blind, sizeof(m->blind));
	m->wait_until_ns = old->wait_until_ns;
	m->stamp_clamped = old->stamp_clamped;
	m->stamp_uncertain = old->stamp_uncertain;
	memcpy(m->icmp_unmatched, old->icmp_unmatched, sizeof(m->icmp_unmatched));
	memcpy(m->rx_dropped, old->rx_dropped, sizeof(m->rx_dropped));
	memcpy(m->extra_by_kind, old->extra_by_kind, sizeof(m->extra_by_kind));
	memcpy(m->lag_buckets, old->lag_buckets, sizeof(m->lag_buckets));
	memcpy(m->lag_last, old->lag_last, sizeof(m->lag_last));
	memcpy(m->lag_prev, old->lag_prev, sizeof(m->lag_prev));
	memcpy(M_JOURNAL(m), M_JOURNAL(old), event_journal_bytes(EVENT_JOURNAL_MAX));
}

static void
count_states(struct monitor *m)
{
	m->n_used = 0;
	memset(m->states, 0, sizeof(m->states));
	for (uint32_t s = 0; s < m->n_series; s++) {
		if (!(M_HOT(m, s)->flags & SERIES_USED))
			continue;
		m->n_used++;
		m->states[M_WARM(m, s)->state]++;
	}
	group_count_members(m);
}

struct monitor *
monitor_apply(void *arena, const struct settings *settings, struct monitor *old, nsec_t now_ns)
{
	struct mover v = {.old = old, .now_ns = now_ns};
	struct event event = {.kind = EVENT_RELOAD, .ok = 1, .targets = settings->n_targets};

	v.m = monitor_build(arena, settings, &old->identity, rng_next(&old->rng), now_ns,
	    now_ns + old->wall_offset_ns);
	move_engine(v.m, old);
	for (uint32_t s = 0; s < old->n_series; s++)
		M_COLD(old, s)->moved_to = NONE;
	move_targets(&v);
	move_former(&v);
	for (uint32_t s = 0; s < old->n_series; s++) {
		if (M_COLD(old, s)->moved_to == NONE && M_HOT(old, s)->flags & SERIES_USED)
			retire(&v, s);
	}
	count_states(v.m);
	move_group_sums(&v);
	move_flights(&v);
	order_build(v.m);
	names_build(v.m);
	event.added = v.added;
	event.removed = v.added + old->n_targets - v.m->n_targets;
	event.changed = v.changed;
	(void)monitor_emit(v.m, now_ns, &event, NONE);
	for (uint32_t s = 0; s < old->n_series; s++) {
		if (M_COLD(old, s)->moved_to != NONE)
			move_tell(&v, s, M_COLD(old, s)->moved_to);
	}
	return v.m;
}

void
monitor_note_reload_failed(struct monitor *m, nsec_t now_ns, const char *why)
{
	struct event event = {.kind = EVENT_RELOAD, .ok = 0, .targets = m->n_targets};

	(void)snprintf(event.reason, sizeof(event.reason), "%.150s", why);
	(void)monitor_emit(m, now_ns, &event, NONE);
}

void
monitor_note_start(struct monitor *m, nsec_t now_ns)
{
	struct event event = {
	    .kind = EVENT_START, .ok = 1, .targets = m->n_targets, .added = m->n_targets};

	(void)monitor_emit(m, now_ns, &event, NONE);
}
