/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * States: from alarms and from what cannot be measured to unknown, up, degraded, down, paused, each
 * with a reason in words; groups and their quorum; suppression by a parent.
 */
#include <stdio.h>
#include <string.h>

#include "core/duration.h"
#include "core/monitor_internal.h"

static const struct settings_alarm *
alarm_of(const struct monitor *m, uint32_t series, uint32_t a)
{
	return &settings_alarms(
	    m->settings)[settings_refs(m->settings)[monitor_target(m, series)->alarms_first + a]];
}

uint64_t
monitor_emit(struct monitor *m, nsec_t now_ns, struct event *event, uint32_t series)
{
	uint64_t id;

	event->at_ns = now_ns;
	event->wall_ns = now_ns + m->wall_offset_ns;
	if (series != NONE) {
		const struct settings_target *t = monitor_target(m, series);

		(void)monitor_series_name(m, series, event->target);
		event->address = M_HOT(m, series)->address;
		if (t->depends != SETTINGS_NONE)
			event->suppressed = M_WARM(m, M_FIRST(m)[t->depends])->state == STATE_DOWN;
	}
	id = event_journal_add(M_JOURNAL(m), event);
	if (series != NONE)
		M_COLD(m, series)->last_event = id;
	return id;
}

static enum state
group_judge(const struct group_state *g, uint32_t need)
{
	uint32_t alive = g->states[STATE_UP] + g->states[STATE_DEGRADED];
	uint32_t judged = g->members - g->states[STATE_PAUSED];

	if (judged == 0)
		return g->members == 0 ? STATE_UNKNOWN : STATE_PAUSED;
	if (need > 0) {
		if (alive >= need)
			return g->states[STATE_DEGRADED] + g->states[STATE_DOWN] > 0
				   ? STATE_DEGRADED
				   : STATE_UP;
		return alive + g->states[STATE_UNKNOWN] >= need ? STATE_UNKNOWN : STATE_DOWN;
	}
	if (g->states[STATE_DOWN] == judged)
		return STATE_DOWN;
	if (g->states[STATE_DOWN] + g->states[STATE_DEGRADED] > 0)
		return STATE_DEGRADED;
	return alive > 0 ? STATE_UP : STATE_UNKNOWN;
}

enum state
health_group_state(const struct monitor *m, uint32_t group)
{
	return group_judge(&M_GROUPS(m)[group], settings_groups(m->settings)[group].quorum_need);
}

void
health_group_add(struct monitor *m, nsec_t now_ns, uint32_t series, enum state state, int change)
{
	const struct settings_target *t = monitor_target(m, series);
	uint32_t index = t->group == SETTINGS_NONE ? m->n_groups : t->group;
	struct group_state *g = &M_GROUPS(m)[index];

	g->members += (uint32_t)change;
	g->states[state] += (uint32_t)change;
	if (index < m->n_groups && now_ns > m->started_ns && change > 0) {
		const struct settings_group *group = &settings_groups(m->settings)[index];
		enum state next = group_judge(g, group->quorum_need);

		if (next != g->state) {
			struct event event = {
			    .kind = EVENT_GROUP_STATE, .state = (uint8_t)next, .prev = g->state};

			event.prev_ns = now_ns - g->since_ns;
			(void)snprintf(event.target, sizeof(event.target), "%.64s",
			    settings_text(m->settings, group->name));
			(void)snprintf(event.reason, sizeof(event.reason),
			    "%u of %u members answer",
			    g->states[STATE_UP] + g->states[STATE_DEGRADED], g->members);
			g->state = (uint8_t)next;
			g->since_ns = now_ns;
			if (group->quorum_need > 0)
				(void)monitor_emit(m, now_ns, &event, NONE);
		}
	}
}

static void
fill_figures(struct monitor *m, uint32_t series, uint32_t a, struct event *event)
{
	struct sample_ring ring = monitor_ring(m, series);
	nsec_t interval = ring.interval_ns;
	const struct settings_alarm *alarm = a == NONE ? NULL : alarm_of(m, series, a);
	nsec_t span = alarm == NULL
			  ? 5 * NSEC_PER_MIN
			  : (nsec_t)condition_span_samples(&alarm->raise, interval) * interval;
	struct sample_window w;

	sample_window_compute(&ring, m->now_ns, span, M_COLD(m, series)->born_ns, M_SCRATCH(m), &w);
	event->loss_ppm = sample_window_loss_ppm(&w);
	event->p50_ns = w.p50_ns;
	event->p95_ns = w.p95_ns;
	event->sent = w.sent;
	event->answered = w.answered;
	if (alarm != NULL) {
		(void)snprintf(event->alarm, sizeof(event->alarm), "%.64s",
		    settings_text(m->settings, alarm->name));
		event->value = M_ALARMS(m)[M_COLD(m, series)->alarms_first + a].value;
	}
}

void
health_set(struct monitor *m, nsec_t now_ns, uint32_t series, enum state state, const char *reason,
    uint32_t alarm)
{
	struct series_warm *warm = M_WARM(m, series);
	struct series_cold *cold = M_COLD(m, series);
	enum state prev = (enum state)warm->state;
	struct event event = {.kind = EVENT_STATE, .state = (uint8_t)state, .prev = (uint8_t)prev};

	if (state == prev) {
		(void)snprintf(cold->reason, sizeof(cold->reason), "%s", reason);
		return;
	}
	event.prev_ns = now_ns - cold->since_ns;
	(void)snprintf(event.reason, sizeof(event.reason), "%s", reason);
	fill_figures(m, series, alarm, &event);
	warm->state = (uint8_t)state;
	cold->since_ns = now_ns;
	(void)snprintf(cold->reason, sizeof(cold->reason), "%s", state == STATE_UP ? "" : reason);
	(void)monitor_emit(m, now_ns, &event, series);
	if (M_HOT(m, series)->flags & SERIES_USED) {
		health_group_add(m, now_ns, series, prev, -1);
		health_group_add(m, now_ns, series, state, 1);
	}
}

/* "loss 6.7% > 5% over 1m": the value that a condition sees, then the condition. */
static void
reason_of(const struct condition *condition, int64_t value, char *reason, size_t reason_bytes)
{
	char text[96], shown[32];
	const char *space;

	(void)condition_format(condition, text, sizeof(text));
	space = strchr(text, ' ');
	if (condition->metric <= CONDITION_UNMEASURED)
		(void)snprintf(shown, sizeof(shown), value % 10000 == 0 ? "%.0f%%" : "%.1f%%",
		    (double)value / 1e4);
	else {
		char ms[24];

		(void)snprintf(shown, sizeof(shown), "%sms", rtt_format_ms(value, ms, sizeof(ms)));
	}
	(void)snprintf(reason, reason_bytes, "%.*s %s%s", (int)(space - text), text, shown, space);
}

static void
alarm_edge(struct monitor *m, nsec_t now_ns, uint32_t series, uint32_t a, bool raised)
{
	struct alarm_state *state = &M_ALARMS(m)[M_COLD(m, series)->alarms_first + a];
	const struct settings_alarm *alarm = alarm_of(m, series, a);
	struct event event = {.kind = raised ? EVENT_ALARM_RAISED : EVENT_ALARM_CLEARED};
	struct sample_ring ring = monitor_ring(m, series);
	const struct condition *condition = raised ? &alarm->raise : &alarm->clear;

	state->active = raised;
	state->since_ns = now_ns;
	state->value = condition_value(condition, raised ? &state->raise : &state->clear, &ring,
	    M_WARM(m, series)->settled, M_SCRATCH(m));
	state->has_value = 1;
	event.state = event.prev = M_WARM(m, series)->state;
	reason_of(condition, state->value, event.reason, sizeof(event.reason));
	fill_figures(m, series, a, &event);
	(void)monitor_emit(m, now_ns, &event, series);
}

/* The alarms' word on a state; sets reason and the alarm that speaks. */
static enum state
judge_alarms(struct monitor *m, nsec_t now_ns, uint32_t series,
    char reason[static EVENT_REASON_MAX], uint32_t *ret_alarm)
{
	const struct series_cold *cold = M_COLD(m, series);
	enum state worst = STATE_UP;

	reason[0] = '\0';
	for (uint32_t a = 0; a < cold->alarms_n; a++) {
		struct alarm_state *state = &M_ALARMS(m)[cold->alarms_first + a];
		const struct settings_alarm *alarm = alarm_of(m, series, a);
		enum state means =
		    alarm->state == SETTINGS_STATE_DOWN ? STATE_DOWN : STATE_DEGRADED;

		if (!state->active && state->raise_verdict == CONDITION_TRUE &&
		    state->clear_verdict != CONDITION_TRUE)
			alarm_edge(m, now_ns, series, a, true);
		else if (state->active && state->clear_verdict == CONDITION_TRUE &&
			 state->raise_verdict != CONDITION_TRUE) {
			alarm_edge(m, now_ns, series, a, false);
			reason_of(&alarm->clear, state->value, reason, EVENT_REASON_MAX);
			*ret_alarm = a;
		}
		if (state->active && means > worst) {
			worst = means;
			*ret_alarm = a;
		}
	}
	if (worst != STATE_UP) {
		const struct settings_alarm *alarm = alarm_of(m, series, *ret_alarm);
		struct alarm_state *state = &M_ALARMS(m)[cold->alarms_first + *ret_alarm];
		struct sample_ring ring = monitor_ring(m, series);

		if (alarm->raise.metric <= CONDITION_UNMEASURED) /* counts: no walk over the ring */
			state->value = condition_value(&alarm->raise, &state->raise, &ring,
			    M_WARM(m, series)->settled, M_SCRATCH(m));
		reason_of(&alarm->raise, state->value, reason, EVENT_REASON_MAX);
	}
	return worst;
}

static bool
cannot_measure(
    struct monitor *m, nsec_t now_ns, uint32_t series, char reason[static EVENT_REASON_MAX])
{
	struct series_cold *cold = M_COLD(m, series);
	nsec_t limit = nsec_max(
	    UNKNOWN_AFTER_INTERVALS * monitor_target(m, series)->interval_ns, UNKNOWN_AFTER_NS);
	char words[96], age[32];

	if (cold->bad_since_ns == 0 || now_ns - cold->bad_since_ns < limit)
		return false;
	if (cold->bad_cause.kind == CAUSE_NAME)
		(void)snprintf(words, sizeof(words), "%s", cold->name_error);
	else
		(void)cause_text(
		    M_HOT(m, series)->address.family, &cold->bad_cause, words, sizeof(words));
	(void)snprintf(reason, EVENT_REASON_MAX, "%s for %s", words,
	    duration_words(now_ns - cold->bad_since_ns, age, sizeof(age)));
	return true;
}

void
health_update(struct monitor *m, nsec_t now_ns, uint32_t series)
{
	struct series_warm *warm = M_WARM(m, series);
	char reason[EVENT_REASON_MAX];
	uint32_t alarm = NONE;
	enum state next;

	if (warm->state == STATE_PAUSED)
		return;
	if (M_COLD(m, series)->bad_since_ns != 0) {
		if (cannot_measure(m, now_ns, series, reason))
			health_set(m, now_ns, series, STATE_UNKNOWN, reason, NONE);
		return; /* the conditions hold still while we cannot measure */
	}
	next = judge_alarms(m, now_ns, series, reason, &alarm);
	if (next == STATE_UP && warm->state == STATE_UNKNOWN) {
		if (warm->last_outcome != OUTCOME_ANSWERED)
			return;
		if (reason[0] == '\0')
			(void)snprintf(reason, sizeof(reason), "it answers");
	}
	if (next == STATE_UP && warm->state == STATE_UP)
		return;
	health_set(m, now_ns, series, next, reason, alarm);
}

static void
set_paused(struct monitor *m, nsec_t now_ns, uint32_t series, bool paused, const char *reason)
{
	struct event event = {.kind = paused ? EVENT_PAUSED : EVENT_RESUMED};
	struct series_hot *hot = M_HOT(m, series);

	hot->flags = (uint16_t)(paused ? hot->flags | SERIES_PAUSED : hot->flags & ~SERIES_PAUSED);
	M_COLD(m, series)->bad_since_ns = 0;
	(void)snprintf(event.reason, sizeof(event.reason), "%s", reason);
	(void)monitor_emit(m, now_ns, &event, series);
	health_set(m, now_ns, series, paused ? STATE_PAUSED : STATE_UNKNOWN, reason, NONE);
	if (!paused) {
		const struct series_cold *cold = M_COLD(m, series);

		for (uint32_t a = 0; a < cold->alarms_n; a++) {
			struct alarm_state *state = &M_ALARMS(m)[cold->alarms_first + a];

			memset(state, 0, sizeof(*state));
			condition_state_clear(&state->raise, M_WARM(m, series)->settled);
			condition_state_clear(&state->clear, M_WARM(m, series)->settled);
		}
	}
}

int
monitor_pause(struct monitor *m, nsec_t now_ns, uint32_t series, nsec_t for_ns, const char *why)
{
	char reason[EVENT_REASON_MAX];

	if (series >= m->n_series || !(M_HOT(m, series)->flags & SERIES_USED))
		return -2; /* ENOENT */
	(void)snprintf(reason, sizeof(reason), "paused%s%.120s",
	    why != NULL && why[0] != '\0' ? ": " : "", why != NULL ? why : "");
	M_COLD(m, series)->paused_until_ns = for_ns > 0 ? nsec_add(now_ns, for_ns) : NSEC_NEVER;
	m->pause_until_ns = nsec_min(m->pause_until_ns, M_COLD(m, series)->paused_until_ns);
	if (!(M_HOT(m, series)->flags & SERIES_PAUSED))
		set_paused(m, now_ns, series, true, reason);
	else
		(void)snprintf(
		    M_COLD(m, series)->reason, sizeof(M_COLD(m, series)->reason), "%s", reason);
	return 0;
}

int
monitor_resume(struct monitor *m, nsec_t now_ns, uint32_t series)
{
	if (series >= m->n_series || !(M_HOT(m, series)->flags & SERIES_USED))
		return -2; /* ENOENT */
	if (M_HOT(m, series)->flags & SERIES_PAUSED)
		set_paused(m, now_ns, series, false, "resumed, no data yet");
	return 0;
}

void
health_housekeeping(struct monitor *m, nsec_t now_ns)
{
	if (m->pause_until_ns > now_ns)
		return;
	m->pause_until_ns = NSEC_NEVER;
	for (uint32_t s = 0; s < m->n_series; s++) {
		const struct series_hot *hot = M_HOT(m, s);

		if (hot->flags & SERIES_PAUSED && M_COLD(m, s)->paused_until_ns > 0 &&
		    M_COLD(m, s)->paused_until_ns <= now_ns)
			(void)monitor_resume(m, now_ns, s);
		else if (hot->flags & SERIES_PAUSED && M_COLD(m, s)->paused_until_ns > 0)
			m->pause_until_ns =
			    nsec_min(m->pause_until_ns, M_COLD(m, s)->paused_until_ns);
	}
}
