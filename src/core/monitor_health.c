/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * States of a series: from its alarms and from what cannot be measured to unknown, up, degraded,
 * down, paused, each with a reason in words.
 */
#include <stdio.h>
#include <string.h>

#include "core/duration.h"
#include "core/monitor_internal.h"

#define BLIND_AFTER_NS (10 * NSEC_PER_SEC) /* or three intervals, whichever is longer */
#define BLIND_AFTER_INTERVALS 3
#define SEEING_AFTER 5 /* attempts in a row that tell something */

uint64_t
monitor_emit(struct monitor *m, nsec_t now_ns, struct event *event, uint32_t series)
{
	uint64_t id;

	event->at_ns = now_ns;
	event->wall_ns = now_ns + m->wall_offset_ns;
	if (series != NONE) {
		(void)monitor_series_name(m, series, event->target);
		event->address = M_HOT(m, series)->address;
		event->suppressed = group_parent_down(m, M_WARM(m, series)->config) != NONE;
	}
	id = event_journal_add(M_JOURNAL(m), event);
	if (series != NONE)
		M_COLD(m, series)->last_event = id;
	return id;
}

static nsec_t
blind_after(const struct monitor *m, uint32_t series)
{
	return nsec_max(
	    BLIND_AFTER_INTERVALS * monitor_plan(m, series)->interval_ns, BLIND_AFTER_NS);
}

/* Attempts in that time: so many more must tell nothing than something. */
static uint32_t
blind_ceiling(const struct monitor *m, uint32_t series)
{
	return (uint32_t)(blind_after(m, series) / monitor_plan(m, series)->interval_ns);
}

/* For so long now, most attempts told nothing; until some in a row do, or as many. */
static bool
is_blind(const struct monitor *m, nsec_t now_ns, uint32_t series)
{
	const struct series_rare *rare = monitor_rare_read(m, series);

	if (!(M_HOT(m, series)->flags & SERIES_BLIND))
		return false;
	if (M_WARM(m, series)->state == STATE_UNKNOWN && M_COLD(m, series)->why == WHY_BLIND)
		return true;
	return now_ns - rare->blind_since_ns >= blind_after(m, series) &&
	       rare->blind_n >= blind_ceiling(m, series);
}

void
health_blind(
    struct monitor *m, nsec_t now_ns, uint32_t series, const struct cause *cause, uint64_t n)
{
	struct series_rare *rare = monitor_rare(m, series);
	uint64_t ceiling = blind_ceiling(m, series);

	if (!(M_HOT(m, series)->flags & SERIES_BLIND)) {
		M_HOT(m, series)->flags |= SERIES_BLIND;
		rare->blind_since_ns = now_ns;
		rare->blind_n = 0;
	}
	rare->blind_n = (uint16_t)(rare->blind_n + n < ceiling ? rare->blind_n + n : ceiling);
	rare->seeing_n = 0;
	rare->blind_cause = *cause;
}

void
health_seeing(struct monitor *m, uint32_t series)
{
	struct series_rare *rare;

	if (!(M_HOT(m, series)->flags & SERIES_BLIND))
		return;
	rare = monitor_rare(m, series);
	if (--rare->blind_n == 0 || ++rare->seeing_n >= SEEING_AFTER)
		M_HOT(m, series)->flags &= (uint16_t)~SERIES_BLIND;
}

/* "no route to host for 12 s" */
static void
blind_reason(const struct monitor *m, nsec_t now_ns, uint32_t series, char *reason, size_t bytes)
{
	const struct series_rare *rare = monitor_rare_read(m, series);
	nsec_t age_ns = now_ns - rare->blind_since_ns;
	char words[96], age[32];

	if (rare->blind_cause.kind == CAUSE_NAME && rare->name_error[0] != '\0')
		(void)snprintf(words, sizeof(words), "%s", rare->name_error);
	else
		(void)cause_text(&rare->blind_cause, words, sizeof(words));
	if (age_ns < NSEC_PER_MIN)
		(void)snprintf(age, sizeof(age), "%lld s", (long long)(age_ns / NSEC_PER_SEC));
	else
		(void)duration_words(age_ns, age, sizeof(age));
	(void)snprintf(reason, bytes, "%s for %s", words, age);
}

void
health_reason(struct monitor *m, nsec_t now_ns, uint32_t series, char *reason, size_t bytes)
{
	static const char *const words[] = {
	    [WHY_NO_DATA] = "no data yet",
	    [WHY_RESUMED] = "resumed, no data yet",
	    [WHY_VANISHED] = "the name no longer has this address",
	    [WHY_ALARM_GONE] = "its alarm is no longer configured, no data yet",
	    [WHY_PAUSED_BY_CONFIGURATION] = "paused by the configuration",
	};
	const struct series_rare *rare = monitor_rare_read(m, series);
	enum state_why why = (enum state_why)M_COLD(m, series)->why;
	uint32_t alarm;

	reason[0] = '\0';
	switch ((enum state)M_WARM(m, series)->state) {
	case STATE_UP:
		return;
	case STATE_DEGRADED:
	case STATE_DOWN:
		if (alarm_worst(m, series, &alarm) != STATE_UP)
			alarm_reason(m, now_ns, series, alarm, true, reason, bytes);
		return;
	default:
		break;
	}
	if (why == WHY_PAUSED)
		(void)snprintf(reason, bytes, "paused%s%s", rare->pause_why[0] != '\0' ? ": " : "",
		    rare->pause_why);
	else if (why == WHY_NAME)
		(void)snprintf(reason, bytes, "%s", rare->name_error);
	else if (why == WHY_BLIND)
		blind_reason(m, now_ns, series, reason, bytes);
	else
		(void)snprintf(reason, bytes, "%s", words[why]);
}

void
health_set(struct monitor *m, nsec_t now_ns, uint32_t series, enum state state, enum state_why why,
    const char *reason, uint32_t alarm)
{
	struct series_warm *warm = M_WARM(m, series);
	struct series_cold *cold = M_COLD(m, series);
	uint32_t target = M_WARM(m, series)->config;
	enum state prev = (enum state)warm->state, was;
	struct event event = {.kind = EVENT_STATE, .state = (uint8_t)state, .prev = (uint8_t)prev};

	cold->why = (uint8_t)why;
	if (state == prev)
		return;
	was = group_target_state(m, target);
	event.prev_ns = now_ns - cold->since_ns;
	warm->state = (uint8_t)state;
	cold->since_ns = now_ns;
	m->states[prev]--;
	m->states[state]++;
	if (reason != NULL)
		(void)snprintf(event.reason, sizeof(event.reason), "%s", reason);
	else
		health_reason(m, now_ns, series, event.reason, sizeof(event.reason));
	alarm_figures(m, now_ns, series, alarm, state != STATE_UP, &event);
	if (why == WHY_BLIND)
		event.cause = monitor_rare_read(m, series)->blind_cause;
	(void)monitor_emit(m, now_ns, &event, series);
	group_changed(m, now_ns, target, was);
}

/* An alarm was cleared, or the first reply came. */
static void
up(struct monitor *m, nsec_t now_ns, uint32_t series, uint32_t cleared)
{
	const struct series_warm *warm = M_WARM(m, series);
	char reason[EVENT_REASON_MAX] = "it answers";

	if (warm->state == STATE_UP ||
	    (warm->state == STATE_UNKNOWN && warm->last_outcome != OUTCOME_ANSWERED))
		return;
	if (cleared != NONE)
		alarm_reason(m, now_ns, series, cleared, false, reason, sizeof(reason));
	health_set(m, now_ns, series, STATE_UP, WHY_NO_DATA, reason, cleared);
}

void
health_update(struct monitor *m, nsec_t now_ns, uint32_t series)
{
	uint32_t alarm, cleared;
	enum state next;

	if (M_WARM(m, series)->state == STATE_PAUSED || !(M_HOT(m, series)->flags & SERIES_ACTIVE))
		return;
	next = alarm_judge(m, now_ns, series, &alarm, &cleared);
	if (is_blind(m, now_ns, series))
		health_set(m, now_ns, series, STATE_UNKNOWN, WHY_BLIND, NULL, NONE);
	else if (next == STATE_UP)
		up(m, now_ns, series, cleared);
	else if (M_WARM(m, series)->state != next)
		health_set(m, now_ns, series, next, WHY_NO_DATA, NULL, alarm);
}

void
health_pause(struct monitor *m, nsec_t now_ns, uint32_t series, bool paused, enum state_why why,
    const char *reason)
{
	struct event event = {.kind = paused ? EVENT_PAUSED : EVENT_RESUMED};

	wait_give_up(m, now_ns, series);
	monitor_flags(
	    m, series, paused ? SERIES_PAUSED : 0, SERIES_BLIND | (paused ? 0 : SERIES_PAUSED));
	flow_test_cancel(m, series);
	(void)snprintf(event.reason, sizeof(event.reason), "%s", reason);
	(void)monitor_emit(m, now_ns, &event, series);
	alarm_forget(m, now_ns, series, reason);
	health_set(m, now_ns, series, paused ? STATE_PAUSED : STATE_UNKNOWN, why, NULL, NONE);
}

int
monitor_pause(struct monitor *m, nsec_t now_ns, uint32_t series, nsec_t for_ns, const char *why)
{
	char reason[EVENT_REASON_MAX];
	struct series_rare *rare;

	if (series >= m->n_series || !(M_HOT(m, series)->flags & SERIES_USED))
		return -2; /* ENOENT */
	rare = monitor_rare(m, series);
	(void)snprintf(rare->pause_why, sizeof(rare->pause_why), "%s", why != NULL ? why : "");
	(void)snprintf(reason, sizeof(reason), "paused%s%s", rare->pause_why[0] != '\0' ? ": " : "",
	    rare->pause_why);
	if (M_HOT(m, series)->flags & SERIES_PAUSED && rare->paused_until_ns == 0)
		return 0; /* by the configuration, which ends it */
	rare->paused_until_ns = for_ns > 0 ? nsec_add(now_ns, for_ns) : NSEC_NEVER;
	m->wake_series_ns = nsec_min(m->wake_series_ns, rare->paused_until_ns);
	if (!(M_HOT(m, series)->flags & SERIES_PAUSED))
		health_pause(m, now_ns, series, true, WHY_PAUSED, reason);
	return 0;
}

int
monitor_resume(struct monitor *m, nsec_t now_ns, uint32_t series)
{
	if (series >= m->n_series || !(M_HOT(m, series)->flags & SERIES_USED))
		return -2; /* ENOENT */
	if (!(M_HOT(m, series)->flags & SERIES_PAUSED))
		return 0;
	monitor_rare(m, series)->paused_until_ns = 0;
	if (M_HOT(m, series)->flags & SERIES_NAME_FAILED && M_HOT(m, series)->address.family == 0)
		health_pause(m, now_ns, series, false, WHY_NAME, "resumed");
	else
		health_pause(m, now_ns, series, false, WHY_RESUMED, "resumed");
	return 0;
}

void
health_housekeeping(struct monitor *m, nsec_t now_ns)
{
	if (m->wake_series_ns > now_ns)
		return;
	m->wake_series_ns = NSEC_NEVER;
	for (uint32_t s = 0; s < m->n_series; s++) {
		nsec_t until;

		if (!(M_HOT(m, s)->flags & SERIES_PAUSED))
			continue;
		until = monitor_rare_read(m, s)->paused_until_ns;
		if (until == 0)
			continue;
		if (until <= now_ns)
			(void)monitor_resume(m, now_ns, s);
		else
			m->wake_series_ns = nsec_min(m->wake_series_ns, until);
	}
	names_housekeeping(m, now_ns);
}
