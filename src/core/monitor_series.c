/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The records of a series and how to reach them; the small questions about it.
 */
#include <stdio.h>

#include "core/monitor_internal.h"

const struct settings_target *
monitor_target(const struct monitor *m, uint32_t series)
{
	return &settings_targets(m->settings)[M_WARM(m, series)->config];
}

nsec_t
monitor_timeout(const struct monitor *m, const struct flight *flight)
{
	return M_TIMEOUTS(m)[flight->timeout_class].timeout_ns;
}

nsec_t
monitor_left_after(const struct flight *flight)
{
	/* longer than can be told: any time before */
	return flight->early_ns == UINT32_MAX ? INT64_MIN : flight->tx_ns - flight->early_ns;
}

struct group_state *
monitor_group_of(const struct monitor *m, uint32_t series)
{
	uint32_t group = monitor_plan(m, series)->group;

	return &M_GROUPS(m)[group == SETTINGS_NONE ? m->n_groups : group];
}

const struct settings_alarm *
monitor_alarm(const struct monitor *m, uint32_t series, uint32_t a)
{
	return &settings_alarms(
	    m->settings)[settings_refs(m->settings)[monitor_plan(m, series)->alarms_first + a]];
}

struct alarm_state *
monitor_alarm_state(const struct monitor *m, uint32_t series, uint32_t a)
{
	return &M_ALARMS(m)[M_COLD(m, series)->alarms_first + a];
}

const char *
monitor_series_name(const struct monitor *m, uint32_t series, char name[static EVENT_NAME_MAX])
{
	const struct settings_target *t = monitor_target(m, series);
	char text[ADDR_TEXT_MAX];

	if (monitor_plan(m, series)->addresses_all && M_HOT(m, series)->address.family != 0)
		(void)snprintf(name, EVENT_NAME_MAX, "%.64s:%s",
		    settings_text(m->settings, t->name),
		    addr_format(&M_HOT(m, series)->address, text));
	else
		(void)snprintf(name, EVENT_NAME_MAX, "%.64s", settings_text(m->settings, t->name));
	return name;
}

struct sample_ring
monitor_ring(const struct monitor *m, uint32_t series)
{
	const struct series_hot *hot = M_HOT(m, series);
	const struct series_warm *warm = M_WARM(m, series);

	return (struct sample_ring){
	    .cells = monitor_at_unit(m, hot->ring_at),
	    .size = hot->ring_size,
	    .head = hot->head,
	    .head_due_ns = warm->head_due_ns,
	    .interval_ns = monitor_plan(m, series)->interval_ns,
	    .timeout_ns = monitor_plan(m, series)->timeout_ns,
	};
}

struct history_view
monitor_history(const struct monitor *m, uint32_t series)
{
	return (struct history_view){.bins = monitor_at_unit(m, M_COLD(m, series)->history_at),
	    .size = monitor_plan(m, series)->history_minutes};
}

static struct series_rare *
rare_at(const struct monitor *m, uint32_t series)
{
	return &((struct series_rare *)monitor_at(m, m->rare_at))[series];
}

const struct series_rare *
monitor_rare_read(const struct monitor *m, uint32_t series)
{
	static const struct series_rare nothing;

	return M_HOT(m, series)->flags & SERIES_ODD ? rare_at(m, series) : &nothing;
}

struct series_rare *
monitor_rare(struct monitor *m, uint32_t series)
{
	M_HOT(m, series)->flags |= SERIES_ODD;
	return rare_at(m, series);
}

static bool
is_active(unsigned flags)
{
	return (flags & (SERIES_ACTIVE | SERIES_PAUSED)) == SERIES_ACTIVE;
}

void
monitor_flags(struct monitor *m, uint32_t series, unsigned set, unsigned clear)
{
	struct series_hot *hot = M_HOT(m, series);
	struct pace_class *class = &M_CLASSES(m)[M_PLANS(m)[hot->plan].interval];
	unsigned next = (hot->flags & ~clear) | set;

	class->active += (uint32_t)is_active(next) - (uint32_t)is_active(hot->flags);
	hot->flags = (uint16_t)next;
}

void
monitor_pause_slot(struct monitor *m, uint32_t series, bool paused)
{
	monitor_flags(m, series, paused ? SERIES_PAUSED : 0, paused ? 0 : SERIES_PAUSED);
	M_WARM(m, series)->state = paused ? STATE_PAUSED : STATE_UNKNOWN;
	M_COLD(m, series)->why = paused ? WHY_PAUSED_BY_CONFIGURATION : WHY_NO_DATA;
}

bool
monitor_next_slot(const struct monitor *m, uint32_t target, uint32_t *s)
{
	uint32_t end = M_FIRST(m)[target] + settings_plan_series(monitor_plan_of(m, target));

	while (*s < end && !(M_HOT(m, *s)->flags & SERIES_USED))
		(*s)++;
	return *s < end;
}
