/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * A new configuration: an engine beside the old one, into which everything moves that goes on.
 */
#include <stdio.h>
#include <string.h>

#include "core/monitor_internal.h"

struct mover {
	struct monitor *m, *old;
	nsec_t now_ns;
	uint32_t added, removed, changed;
};

static bool
same_text(const struct settings *a, settings_str x, const struct settings *b, settings_str y)
{
	return strcmp(settings_text(a, x), settings_text(b, y)) == 0;
}

/* The series goes on: what it measures is the same thing. */
static bool
goes_on(const struct settings *a, const struct settings_target *x, const struct settings *b,
    const struct settings_target *y)
{
	return same_text(a, x->host, b, y->host) && x->family == y->family &&
	       same_text(a, x->source, b, y->source) && x->mark == y->mark &&
	       x->probe == y->probe && x->addresses_all == y->addresses_all;
}

static bool
same_condition(const struct condition *a, const struct condition *b)
{
	return a->metric == b->metric && a->op == b->op && a->span_probes == b->span_probes &&
	       a->span_ns == b->span_ns && a->value == b->value;
}

static bool
same_settings(const struct settings *a, const struct settings_target *x, const struct settings *b,
    const struct settings_target *y)
{
	if (x->interval_ns != y->interval_ns || x->timeout_ns != y->timeout_ns ||
	    x->size_bytes != y->size_bytes || x->ttl != y->ttl || x->dscp != y->dscp ||
	    x->df != y->df || x->flows != y->flows || x->stamps != y->stamps ||
	    x->paused != y->paused || x->samples != y->samples || x->detail != y->detail ||
	    x->history_minutes != y->history_minutes || x->alarms_n != y->alarms_n)
		return false;
	for (uint32_t i = 0; i < x->alarms_n; i++) {
		const struct settings_alarm *p =
		    &settings_alarms(a)[settings_refs(a)[x->alarms_first + i]];
		const struct settings_alarm *q =
		    &settings_alarms(b)[settings_refs(b)[y->alarms_first + i]];

		if (!same_text(a, p->name, b, q->name) || !same_condition(&p->raise, &q->raise) ||
		    !same_condition(&p->clear, &q->clear) || p->state != q->state)
			return false;
	}
	return true;
}

static void
move_ring(const struct mover *v, uint32_t from, uint32_t to)
{
	struct sample_ring a = monitor_ring(v->old, from), b = monitor_ring(v->m, to);
	uint32_t keep = a.size < b.size ? a.size : b.size;

	if (a.head < keep)
		keep = (uint32_t)a.head;
	for (uint64_t p = a.head - keep; p < a.head; p++)
		b.cells[p % b.size] = a.cells[p % a.size];
	M_HOT(v->m, to)->head = a.head;
	M_WARM(v->m, to)->head_due_ns = M_WARM(v->old, from)->head_due_ns;
	M_WARM(v->m, to)->settled = M_WARM(v->old, from)->settled;
}

static void
move_detail_and_history(const struct mover *v, uint32_t from, uint32_t to)
{
	const struct series_cold *a = M_COLD(v->old, from), *b = M_COLD(v->m, to);
	uint32_t head = M_WARM(v->old, from)->detail_head;
	uint32_t keep = a->detail_size < b->detail_size ? a->detail_size : b->detail_size;

	if (head < keep)
		keep = head;
	for (uint32_t i = head - keep; i != head; i++)
		*monitor_detail(v->m, to, i) = *monitor_detail(v->old, from, i);
	M_WARM(v->m, to)->detail_head = head;
	if (a->history_size > 0 && b->history_size > 0) {
		struct history_view x = {
		    .bins = monitor_at(v->old, a->history_at), .size = a->history_size};
		struct history_view y = {
		    .bins = monitor_at(v->m, b->history_at), .size = b->history_size};

		history_copy(&y, &x);
	}
	if (a->histogram_at != 0 && b->histogram_at != 0)
		memcpy(monitor_at(v->m, b->histogram_at), monitor_at(v->old, a->histogram_at),
		    sizeof(struct histogram_classic));
}

static void
move_alarms(const struct mover *v, uint32_t from, uint32_t to)
{
	const struct settings_target *x = monitor_target(v->old, from),
				     *y = monitor_target(v->m, to);
	const struct settings *a = v->old->settings, *b = v->m->settings;
	bool same_interval = x->interval_ns == y->interval_ns;
	uint64_t settled = M_WARM(v->m, to)->settled;
	struct sample_ring ring = monitor_ring(v->m, to);

	for (uint32_t i = 0; i < y->alarms_n; i++) {
		const struct settings_alarm *q =
		    &settings_alarms(b)[settings_refs(b)[y->alarms_first + i]];
		struct alarm_state *state = &M_ALARMS(v->m)[M_COLD(v->m, to)->alarms_first + i];
		bool found = false;

		for (uint32_t k = 0; k < x->alarms_n && !found; k++) {
			const struct settings_alarm *p =
			    &settings_alarms(a)[settings_refs(a)[x->alarms_first + k]];

			if (!same_text(a, p->name, b, q->name) ||
			    !same_condition(&p->raise, &q->raise) ||
			    !same_condition(&p->clear, &q->clear))
				continue;
			*state = M_ALARMS(v->old)[M_COLD(v->old, from)->alarms_first + k];
			found = true;
		}
		if (!found || !same_interval || M_COLD(v->old, from)->ring_size > ring.size) {
			uint8_t active = state->active;
			uint32_t span = condition_span_samples(&q->clear, y->interval_ns);
			uint64_t start = same_interval && settled > span ? settled - span : settled;

			if (condition_span_samples(&q->raise, y->interval_ns) > span &&
			    same_interval) {
				span = condition_span_samples(&q->raise, y->interval_ns);
				start = settled > span ? settled - span : 0;
			}
			if (ring.head > ring.size && start < ring.head - ring.size)
				start = ring.head - ring.size;
			memset(state, 0, sizeof(*state));
			state->active = found && active;
			condition_state_clear(&state->raise, start);
			condition_state_clear(&state->clear, start);
			(void)condition_advance(&q->raise, &state->raise, &ring, start, settled);
			(void)condition_advance(&q->clear, &state->clear, &ring, start, settled);
		}
	}
}

static void
move_schedule(const struct mover *v, uint32_t from, uint32_t to)
{
	const struct settings_target *x = monitor_target(v->old, from),
				     *y = monitor_target(v->m, to);
	struct series_hot *hot = M_HOT(v->m, to);

	if (x->interval_ns == y->interval_ns) {
		hot->due_ns = M_HOT(v->old, from)->due_ns;
		return;
	}
	if (hot->head > 0) /* all that is older was measured at the former interval */
		judge_append(v->m, to, M_WARM(v->m, to)->head_due_ns,
		    sample_make(SAMPLE_INTERVAL, sample_float28(x->interval_ns)));
}

static void
move_series(struct mover *v, uint32_t from, uint32_t to)
{
	const struct series_hot *a = M_HOT(v->old, from);
	struct series_hot *b = M_HOT(v->m, to);
	struct series_warm *warm = M_WARM(v->m, to);
	const struct series_cold *cold_a = M_COLD(v->old, from);
	struct series_cold *cold_b = M_COLD(v->m, to), kept = *cold_b;
	struct series_warm kept_warm = *warm;
	bool config_paused = monitor_target(v->m, to)->paused,
	     was_paused = monitor_target(v->old, from)->paused;

	b->seq = a->seq;
	b->flags = a->flags;
	if (config_paused != was_paused)
		b->flags = (uint16_t)(config_paused ? b->flags | SERIES_PAUSED
						    : b->flags & ~SERIES_PAUSED);
	*warm = *M_WARM(v->old, from);
	warm->interval_class = kept_warm.interval_class;
	warm->timeout_class = kept_warm.timeout_class;
	warm->slot = kept_warm.slot;
	*cold_b = *cold_a;
	cold_b->ring_at = kept.ring_at;
	cold_b->ring_size = kept.ring_size;
	cold_b->detail_at = kept.detail_at;
	cold_b->detail_size = kept.detail_size;
	cold_b->history_at = kept.history_at;
	cold_b->history_size = kept.history_size;
	cold_b->histogram_at = kept.histogram_at;
	cold_b->alarms_first = kept.alarms_first;
	cold_b->alarms_n = kept.alarms_n;
	cold_b->next_same = NONE;
	cold_b->owner = to;
	if (config_paused != was_paused) {
		warm->state = config_paused ? STATE_PAUSED : STATE_UNKNOWN;
		cold_b->since_ns = v->now_ns;
	}
	move_ring(v, from, to);
	move_detail_and_history(v, from, to);
	move_schedule(v, from, to);
	move_alarms(v, from, to);
	if (a->address.family != 0) {
		b->address = a->address;
		addrs_insert(v->m, to);
		if (cold_b->owner != to && (int16_t)(b->seq - M_HOT(v->m, cold_b->owner)->seq) > 0)
			M_HOT(v->m, cold_b->owner)->seq = b->seq;
	}
}

/* What a removed series counted stays in the sums; what it had in flight can no longer be measured.
 */
static void
retire(struct mover *v, uint32_t series)
{
	struct report r;
	struct totals *sum = &v->m->removed;

	if (!monitor_report(v->old, v->now_ns, series, NULL, 0, REPORT_BASIC, &r))
		return;
	sum->attempts += r.totals.attempts;
	sum->sent += r.totals.sent;
	sum->answered += r.totals.answered;
	sum->lost += r.totals.lost;
	sum->unreachable += r.totals.unreachable;
	sum->unmeasured += r.totals.unmeasured + r.totals.in_flight;
	sum->unsent += r.totals.unsent;
	sum->late += r.totals.late;
	sum->stale += r.totals.stale;
	sum->duplicates += r.totals.duplicates;
	sum->reordered += r.totals.reordered;
	sum->corrupt += r.totals.corrupt;
	sum->extra += r.totals.extra;
	for (int c = 0; c < CAUSE_COUNT; c++)
		sum->causes[c] += r.totals.causes[c];
	sum->causes[CAUSE_RESTART] += r.totals.in_flight;
}

static void
move_flights(const struct mover *v)
{
	struct ledger *a = &v->old->ledger, *b = &v->m->ledger;
	uint64_t oldest = a->counter > a->mask + UINT64_C(1) ? a->counter - a->mask - 1 : 0;

	b->counter = a->counter;
	b->epoch = a->epoch;
	for (uint64_t counter = oldest; counter < a->counter; counter++) {
		const struct flight *from = &M_FLIGHTS(v->old)[counter & a->mask];
		struct flight *to = &M_FLIGHTS(v->m)[counter & b->mask];
		uint32_t series;

		if (from->state == FLIGHT_FREE || from->counter != counter || to->linked)
			continue;
		series = M_COLD(v->old, from->target)->moved_to;
		if (series == NONE)
			continue;
		*to = *from;
		to->target = series;
		to->linked = 0;
		to->next = LEDGER_NONE;
		to->prev = M_HOT(v->m, series)->last_flight;
		to->timeout_class = M_WARM(v->m, series)->timeout_class;
		if (M_COLD(v->m, series)->detail_size != M_COLD(v->old, from->target)->detail_size)
			to->detail = UINT16_MAX; /* the ring was laid out anew: the record is not
						    followed any more */
		M_HOT(v->m, series)->last_flight = (uint32_t)(counter & b->mask);
		if (from->state == FLIGHT_OUT) {
			ledger_launch(M_FLIGHTS(v->m), M_TIMEOUTS(v->m), to, from->tx_ns,
			    from->tx_ns - from->early_ns);
			M_HOT(v->m, series)->in_flight++;
		}
	}
}

static void
move_targets(struct mover *v)
{
	const struct settings_target *y = settings_targets(v->m->settings);

	for (uint32_t s = 0; s < v->old->n_series; s++)
		M_COLD(v->old, s)->moved_to = NONE;
	for (uint32_t i = 0; i < v->m->n_targets; i++) {
		const char *name = settings_text(v->m->settings, y[i].name);
		uint32_t k = names_find(v->old, name, strlen(name));
		const struct settings_target *x =
		    k == NONE ? NULL : &settings_targets(v->old->settings)[k];

		if (x == NULL || !goes_on(v->old->settings, x, v->m->settings, &y[i])) {
			v->added += x == NULL;
			v->changed += x != NULL;
			continue;
		}
		v->changed += !same_settings(v->old->settings, x, v->m->settings, &y[i]);
		for (uint32_t slot = 0; slot < settings_target_series(x); slot++) {
			M_COLD(v->old, M_FIRST(v->old)[k] + slot)->moved_to =
			    M_FIRST(v->m)[i] + slot;
			move_series(v, M_FIRST(v->old)[k] + slot, M_FIRST(v->m)[i] + slot);
		}
	}
	for (uint32_t s = 0; s < v->old->n_series; s++) {
		if (M_COLD(v->old, s)->moved_to == NONE)
			retire(v, s);
	}
	v->removed = v->added + v->old->n_targets - v->m->n_targets;
}

static void
move_engine(struct monitor *m, const struct monitor *old)
{
	m->wall_offset_ns = old->wall_offset_ns;
	m->started_ns = old->started_ns;
	m->pause_until_ns = old->pause_until_ns;
	m->event_seen = old->event_seen;
	m->foreign = old->foreign;
	m->removed = old->removed;
	m->blind_n = old->blind_n;
	m->blind_logged_ns = old->blind_logged_ns;
	m->overload_logged_ns = old->overload_logged_ns;
	m->lag_count = old->lag_count;
	m->lag_sum_ns = old->lag_sum_ns;
	m->lag_max_ns = old->lag_max_ns;
	m->lag_prev_max_ns = old->lag_prev_max_ns;
	m->lag_minute_ns = old->lag_minute_ns;
	m->drained_ns = old->drained_ns;
	m->pace.receive_capacity = old->pace.receive_capacity;
	memcpy(m->blind, old->blind, sizeof(m->blind));
	memcpy(m->errors_by_kind, old->errors_by_kind, sizeof(m->errors_by_kind));
	memcpy(m->rx_dropped, old->rx_dropped, sizeof(m->rx_dropped));
	memcpy(m->extra_by_kind, old->extra_by_kind, sizeof(m->extra_by_kind));
	memcpy(m->lag_buckets, old->lag_buckets, sizeof(m->lag_buckets));
	memcpy(m->lag_last, old->lag_last, sizeof(m->lag_last));
	memcpy(m->lag_prev, old->lag_prev, sizeof(m->lag_prev));
	memcpy(M_JOURNAL(m), M_JOURNAL(old), event_journal_bytes(EVENT_JOURNAL_MAX));
}

/* Groups are counted anew; a state that did not change keeps its age. */
static void
count_groups(struct mover *v)
{
	struct monitor *m = v->m;

	for (uint32_t g = 0; g <= m->n_groups; g++) {
		struct group_state *state = &M_GROUPS(m)[g];

		state->members = 0;
		memset(state->states, 0, sizeof(state->states));
	}
	for (uint32_t s = 0; s < m->n_series; s++) {
		if (M_HOT(m, s)->flags & SERIES_USED)
			health_group_add(m, m->started_ns, s, (enum state)M_WARM(m, s)->state, 1);
	}
	for (uint32_t g = 0; g < m->n_groups; g++) {
		struct group_state *state = &M_GROUPS(m)[g];
		const char *name = settings_text(m->settings, settings_groups(m->settings)[g].name);

		state->state = (uint8_t)health_group_state(m, g);
		state->since_ns = v->now_ns;
		for (uint32_t k = 0; k < v->old->n_groups; k++) {
			if (strcmp(name, settings_text(v->old->settings,
					     settings_groups(v->old->settings)[k].name)) != 0)
				continue;
			state->removed = M_GROUPS(v->old)[k].removed;
			if (M_GROUPS(v->old)[k].state == state->state)
				state->since_ns = M_GROUPS(v->old)[k].since_ns;
			if (state->histogram_at != 0 && M_GROUPS(v->old)[k].histogram_at != 0)
				memcpy(monitor_at(m, state->histogram_at),
				    monitor_at(v->old, M_GROUPS(v->old)[k].histogram_at),
				    sizeof(struct histogram_classic));
		}
	}
}

struct monitor *
monitor_apply(void *arena, const struct settings *settings, struct monitor *old, nsec_t now_ns)
{
	struct mover v = {.old = old, .now_ns = now_ns};
	struct event event = {.kind = EVENT_RELOAD, .ok = 1};

	v.m = monitor_init(arena, settings, &old->identity, now_ns, now_ns + old->wall_offset_ns);
	move_engine(v.m, old);
	move_targets(&v);
	move_flights(&v);
	count_groups(&v);
	monitor_sort_classes(v.m);
	event.added = v.added;
	event.removed = v.removed;
	event.changed = v.changed;
	event.targets = settings->n_targets;
	(void)monitor_emit(v.m, now_ns, &event, NONE);
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
