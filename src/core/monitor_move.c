/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * One series from the engine of the old configuration into that of the new one.
 */
#include "core/monitor_move.h"

#include <stdio.h>
#include <string.h>

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
}

static void
move_history(const struct mover *v, uint32_t from, uint32_t to)
{
	struct history_view a = monitor_history(v->old, from), b = monitor_history(v->m, to);
	uint32_t x = M_COLD(v->old, from)->histogram_at, y = M_COLD(v->m, to)->histogram_at;

	if (a.size > 0 && b.size > 0)
		history_copy(&b, &a);
	if (x != 0 && y != 0)
		memcpy(monitor_at_unit(v->m, y), monitor_at_unit(v->old, x),
		    sizeof(struct histogram_classic));
}

/* Feeds the samples of a span that the ring still holds to a condition that is new or counts anew.
 */
static void
count_again(const struct mover *v, uint32_t to, const struct condition *condition,
    struct condition_state *state)
{
	struct sample_ring ring = monitor_ring(v->m, to);
	uint64_t settled = M_WARM(v->m, to)->settled;
	uint64_t from = ring.head > ring.size ? ring.head - ring.size : 0;
	uint64_t span = condition_span_samples(condition, ring.interval_ns);

	if (condition->span_probes > 0)
		span *= 2; /* some may tell nothing */
	if (settled > span && settled - span > from)
		from = settled - span;
	while (from < settled && sample_code(sample_ring_get(&ring, from)) == SAMPLE_NONE)
		from++; /* a ring that has grown begins with nothing */
	condition_state_clear(state, from < settled ? from : settled);
	(void)condition_advance(condition, state, &ring, state->head, settled);
}

static const struct alarm_state *
find_alarm(
    const struct mover *v, uint32_t from, const struct settings_alarm *wanted, bool *ret_same)
{
	const struct settings *a = v->old->settings, *b = v->m->settings;

	for (uint32_t i = 0; i < monitor_plan(v->old, from)->alarms_n; i++) {
		const struct settings_alarm *alarm = monitor_alarm(v->old, from, i);

		if (!move_same_name(a, alarm, b, wanted))
			continue;
		*ret_same = move_same_alarm(a, alarm, b, wanted);
		return monitor_alarm_state(v->old, from, i);
	}
	return NULL;
}

static void
move_alarms(const struct mover *v, uint32_t from, uint32_t to)
{
	bool same_interval =
	    monitor_plan(v->old, from)->interval_ns == monitor_plan(v->m, to)->interval_ns;
	bool fits = M_HOT(v->old, from)->ring_size <= M_HOT(v->m, to)->ring_size;

	for (uint32_t i = 0; i < monitor_plan(v->m, to)->alarms_n; i++) {
		const struct settings_alarm *alarm = monitor_alarm(v->m, to, i);
		struct alarm_state *state = monitor_alarm_state(v->m, to, i);
		bool same = false;
		const struct alarm_state *before = find_alarm(v, from, alarm, &same);

		if (before != NULL)
			*state = *before;
		if (before != NULL && same && same_interval && fits)
			continue;
		state->raise_verdict = state->clear_verdict = CONDITION_UNFILLED;
		if (same_interval) {
			count_again(v, to, &alarm->raise, &state->raise);
			count_again(v, to, &alarm->clear, &state->clear);
		} else { /* the span means another number of samples from now on */
			condition_state_clear(&state->raise, M_HOT(v->m, to)->head);
			condition_state_clear(&state->clear, M_HOT(v->m, to)->head);
		}
	}
}

/* With another interval the schedule begins anew, spread like that of a new series. */
static void
move_schedule(const struct mover *v, uint32_t from, uint32_t to)
{
	nsec_t before = monitor_plan(v->old, from)->interval_ns;
	struct series_hot *hot = M_HOT(v->m, to);

	if (before == monitor_plan(v->m, to)->interval_ns)
		hot->due_ns = M_HOT(v->old, from)->due_ns;
	else if (hot->head == 0)
		M_WARM(v->m, to)->head_due_ns = hot->due_ns - monitor_plan(v->m, to)->interval_ns;
	else { /* all that is older was measured at the former interval */
		if (!(hot->flags & SERIES_REPHASED))
			judge_append(
			    v->m, to, 0, sample_make(SAMPLE_INTERVAL, sample_float28(before)));
		hot->flags |= SERIES_REPHASED;
	}
}

static void
move_records(const struct mover *v, uint32_t from, uint32_t to)
{
	const struct series_warm *a = M_WARM(v->old, from);
	const struct series_cold *x = M_COLD(v->old, from);
	struct series_warm *b = M_WARM(v->m, to);
	struct series_cold *y = M_COLD(v->m, to);

	b->settled = a->settled;
	b->attempts = a->attempts;
	b->answered = a->answered;
	b->lost = a->lost;
	b->last_rtt_ns = a->last_rtt_ns;
	b->head_due_ns = a->head_due_ns;
	b->highest_position = a->highest_position;
	b->state = a->state;
	b->last_outcome = a->last_outcome;
	b->last_ttl = a->last_ttl;
	y->minute = x->minute;
	y->since_ns = x->since_ns;
	y->born_ns = x->born_ns;
	y->last_event = x->last_event;
	y->why = x->why;
	y->flow_next = x->flow_next;
	if (M_HOT(v->old, from)->flags & SERIES_ODD)
		*monitor_rare(v->m, to) = *monitor_rare_read(v->old, from);
}

void
move_series(struct mover *v, uint32_t from, uint32_t to)
{
	const struct series_hot *a = M_HOT(v->old, from);
	struct series_hot *b = M_HOT(v->m, to);
	uint32_t owner = M_WARM(v->old, from)->owner;

	b->flags = 0;
	monitor_flags(v->m, to, a->flags & ~(unsigned)SERIES_ODD, 0);
	move_records(v, from, to);
	move_ring(v, from, to);
	detail_move(v->m, to, v->old, from);
	responders_move(v->m, to, v->old, from);
	move_history(v, from, to);
	move_schedule(v, from, to);
	move_alarms(v, from, to);
	flow_test_requeue(v->m, to);
	wait_requeue(v->m, to, v->old, from);
	if (a->address.family == 0)
		return;
	b->address = a->address;
	addrs_insert(v->m, to);
	b->seq = M_HOT(v->old, owner)->seq; /* whoever counts from now on goes on from there */
	if (M_HOT(v->old, owner)->flags & SERIES_ODD)
		memcpy(monitor_rare(v->m, to)->flow_seq, monitor_rare_read(v->old, owner)->flow_seq,
		    sizeof(monitor_rare(v->m, to)->flow_seq));
}

static void
tell_alarms(struct mover *v, uint32_t from, uint32_t to)
{
	struct monitor *m = v->m;
	uint32_t alarm;

	for (uint32_t i = 0; i < monitor_plan(v->old, from)->alarms_n; i++) {
		const struct settings_alarm *before = monitor_alarm(v->old, from, i);
		struct event event = {.kind = EVENT_ALARM_CLEARED,
		    .state = M_WARM(m, to)->state,
		    .prev = M_WARM(m, to)->state,
		    .reason = "the alarm is no longer configured"};
		bool kept = false;

		for (uint32_t k = 0; k < monitor_plan(m, to)->alarms_n; k++)
			kept |= move_same_name(
			    v->old->settings, before, m->settings, monitor_alarm(m, to, k));
		if (kept || !monitor_alarm_state(v->old, from, i)->active)
			continue;
		alarm_figures(m, v->now_ns, to, NONE, false, &event);
		(void)snprintf(event.alarm, sizeof(event.alarm), "%.64s",
		    settings_text(v->old->settings, before->name));
		(void)monitor_emit(m, v->now_ns, &event, to);
	}
	if ((M_WARM(m, to)->state == STATE_DEGRADED || M_WARM(m, to)->state == STATE_DOWN) &&
	    alarm_worst(m, to, &alarm) == STATE_UP)
		health_set(m, v->now_ns, to, STATE_UNKNOWN, WHY_ALARM_GONE, NULL, NONE);
}

void
move_tell(struct mover *v, uint32_t from, uint32_t to)
{
	bool paused = monitor_plan(v->m, to)->paused,
	     was_paused = monitor_plan(v->old, from)->paused,
	     is_paused = M_HOT(v->m, to)->flags & SERIES_PAUSED;

	if (!(M_HOT(v->m, to)->flags & SERIES_USED)) {
		monitor_pause_slot(v->m, to, paused);
		return;
	}
	tell_alarms(v, from, to);
	if (paused == was_paused)
		return;
	if (paused) {
		monitor_rare(v->m, to)->paused_until_ns =
		    0; /* the configuration's word is the last */
		if (is_paused)
			M_COLD(v->m, to)->why = WHY_PAUSED_BY_CONFIGURATION;
		else
			health_pause(v->m, v->now_ns, to, true, WHY_PAUSED_BY_CONFIGURATION,
			    "paused by the configuration");
	} else if (is_paused && monitor_rare_read(v->m, to)->paused_until_ns == 0)
		health_pause(
		    v->m, v->now_ns, to, false, WHY_RESUMED, "resumed by the configuration");
}
