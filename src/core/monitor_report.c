/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Plain copies of the engine's state for the outputs.
 */
#include <string.h>

#include "core/monitor_internal.h"

uint32_t
monitor_series_max(const struct monitor *m)
{
	return m->n_series;
}

bool
monitor_series_find(const struct monitor *m, const char *name, uint32_t *ret_series)
{
	char full[EVENT_NAME_MAX];

	for (size_t i = strlen(name) + 1; i-- > 0;) { /* NAME, or NAME:ADDRESS with more colons */
		uint32_t target, s;

		if ((name[i] != '\0' && name[i] != ':') ||
		    (target = names_find(m, name, i)) == NONE)
			continue;
		for (s = M_FIRST(m)[target]; monitor_next_slot(m, target, &s); s++) {
			if (strcmp(monitor_series_name(m, s, full), name) == 0) {
				*ret_series = s;
				return true;
			}
		}
	}
	return false;
}

static bool
in_use(const struct monitor *m, uint32_t series)
{
	return series < m->n_series && M_HOT(m, series)->flags & SERIES_USED;
}

const struct settings_target *
monitor_series_target(const struct monitor *m, uint32_t series)
{
	return monitor_target(m, series);
}

bool
monitor_series_state(const struct monitor *m, uint32_t series, enum state *ret_state)
{
	if (!in_use(m, series))
		return false;
	*ret_state = (enum state)M_WARM(m, series)->state;
	return true;
}

void
report_totals(const struct monitor *m, uint32_t series, struct totals *t)
{
	const struct series_hot *hot = M_HOT(m, series);
	const struct series_warm *warm = M_WARM(m, series);
	const struct series_rare *rare = monitor_rare_read(m, series);

	*t = (struct totals){
	    .attempts = warm->attempts,
	    .sent = warm->attempts - rare->unsent,
	    .answered = warm->answered,
	    .lost = warm->lost,
	    .unreachable = rare->unreachable,
	    .unmeasured = rare->unmeasured,
	    .unsent = rare->unsent,
	    .in_flight = hot->in_flight,
	    .late = rare->late,
	    .stale = rare->stale,
	    .duplicates = rare->duplicates,
	    .reordered = rare->reordered,
	    .corrupt = rare->corrupt,
	    .foreign = rare->foreign,
	    .extra = rare->extra,
	};
	memcpy(t->causes, rare->causes, sizeof(t->causes));
}

void
report_totals_add(struct totals *sum, const struct totals *t, int sign)
{
	uint64_t n = (uint64_t)(int64_t)sign;

	sum->attempts += n * t->attempts;
	sum->sent += n * t->sent;
	sum->answered += n * t->answered;
	sum->lost += n * t->lost;
	sum->unreachable += n * t->unreachable;
	sum->unmeasured += n * t->unmeasured;
	sum->unsent += n * t->unsent;
	sum->in_flight += n * t->in_flight;
	sum->late += n * t->late;
	sum->stale += n * t->stale;
	sum->duplicates += n * t->duplicates;
	sum->reordered += n * t->reordered;
	sum->corrupt += n * t->corrupt;
	sum->foreign += n * t->foreign;
	sum->extra += n * t->extra;
	for (int c = 0; c < LABEL_COUNT; c++)
		sum->causes[c] += n * t->causes[c];
}

static void
report_alarms(struct monitor *m, uint32_t series, struct report *r)
{
	struct sample_ring ring = monitor_ring(m, series);

	r->alarms_n = r->plan->alarms_n;
	for (uint32_t a = 0; a < r->alarms_n; a++) {
		const struct settings_alarm *alarm = monitor_alarm(m, series, a);
		const struct alarm_state *state = monitor_alarm_state(m, series, a);
		struct report_alarm *out = &r->alarms[a];

		out->name = settings_text(m->settings, alarm->name);
		out->raise_text = settings_text(m->settings, alarm->raise_text);
		out->active = state->active;
		out->value = condition_value(
		    &alarm->raise, &state->raise, &ring, M_WARM(m, series)->settled, M_SCRATCH(m));
		out->has_value = out->value >= 0;
		out->value_is_ratio = alarm->raise.metric <= CONDITION_UNMEASURED;
		out->since_wall_ns = state->since_ns == 0 ? 0 : state->since_ns + m->wall_offset_ns;
	}
}

static void
report_last(const struct monitor *m, uint32_t series, struct report *r)
{
	const struct series_warm *warm = M_WARM(m, series);
	const struct series_rare *rare = monitor_rare_read(m, series);
	bool answered = warm->last_outcome == OUTCOME_ANSWERED;

	r->has_last = warm->last_outcome != OUTCOME_IN_FLIGHT;
	r->last_outcome = (enum outcome)warm->last_outcome;
	r->last_rtt_ns = answered ? warm->last_rtt_ns : -1;
	r->last_ttl = warm->last_ttl;
	if (!answered)
		r->last_cause = rare->last_cause;
	r->last_error.present = rare->last_error.kind != CAUSE_NONE;
	r->last_error.cause = rare->last_error;
	r->last_error.at_wall_ns = rare->last_error_at_ns + m->wall_offset_ns;
}

static const char *
group_name(const struct monitor *m, const struct settings_plan *p)
{
	return p->group == SETTINGS_NONE
		   ? ""
		   : settings_text(m->settings, settings_groups(m->settings)[p->group].name);
}

bool
monitor_report(struct monitor *m, nsec_t now_ns, uint32_t series, const nsec_t windows_ns[],
    uint32_t n_windows, unsigned parts, struct report *r)
{
	const struct series_cold *cold;
	uint32_t parent;

	if (!in_use(m, series))
		return false;
	cold = M_COLD(m, series);
	memset(r, 0, sizeof(*r));
	r->index = series;
	r->settings = m->settings;
	r->target = monitor_target(m, series);
	r->plan = monitor_plan(m, series);
	(void)monitor_series_name(m, series, r->name);
	r->group = group_name(m, r->plan);
	r->host = settings_text(m->settings, r->target->host);
	r->address = M_HOT(m, series)->address;
	r->state = (enum state)M_WARM(m, series)->state;
	r->since_wall_ns = cold->since_ns + m->wall_offset_ns;
	r->since_age_ns = nsec_max(now_ns - cold->since_ns, 0);
	health_reason(m, now_ns, series, r->reason, sizeof(r->reason));
	parent = group_parent_down(m, M_WARM(m, series)->config);
	if (parent != NONE)
		r->suppressed_by =
		    settings_text(m->settings, settings_targets(m->settings)[parent].name);
	r->interval_ns = r->plan->interval_ns;
	report_totals(m, series, &r->totals);
	r->windows_n = n_windows < REPORT_WINDOWS_MAX ? n_windows : REPORT_WINDOWS_MAX;
	for (uint32_t i = 0; i < r->windows_n; i++)
		report_window(m, now_ns, series, windows_ns[i], &r->windows[i]);
	report_last(m, series, r);
	report_alarms(m, series, r);
	r->last_event = cold->last_event;
	if (cold->histogram_at != 0)
		r->histogram = monitor_at_unit(m, cold->histogram_at);
	r->responders = responders_of(m, series);
	r->wall_offset_ns = m->wall_offset_ns;
	if (parts & REPORT_STRIP)
		report_strip(m, now_ns, series, r->strip);
	return true;
}

uint32_t
monitor_report_probes(const struct monitor *m, nsec_t now_ns, uint32_t series, uint32_t n,
    struct report_probe probes[])
{
	const struct series_cold *cold;
	uint32_t size;

	(void)now_ns;
	if (!in_use(m, series))
		return 0;
	cold = M_COLD(m, series);
	size = monitor_plan(m, series)->detail;
	if (n > cold->detail_n)
		n = cold->detail_n;
	for (uint32_t i = 0; i < n; i++) {
		const struct detail *d =
		    (const struct detail *)monitor_at_unit(m, cold->detail_at) +
		    (cold->detail_next + size - n + i) % size;

		probes[i] = (struct report_probe){
		    .sent_wall_ns = d->sent_ns + m->wall_offset_ns,
		    .number = d->counter == DETAIL_NEVER_SENT ? 0 : d->counter,
		    .seq = d->seq,
		    .flow = d->flow,
		    .kind = (enum probe_kind)d->kind,
		    .outcome = (enum outcome)d->outcome,
		    .late = d->late,
		    .rtt_ns = d->rtt_ns,
		    .ttl = d->ttl,
		    .cause = d->cause,
		};
	}
	return n;
}

static nsec_t
lag_quantile(const struct monitor *m, uint64_t per_mille)
{
	uint64_t n = 0, seen = 0;

	for (int k = 0; k < LAG_BUCKETS; k++)
		n += m->lag_last[k] + m->lag_prev[k];
	for (int k = 0; k < LAG_BUCKETS; k++) {
		seen += m->lag_last[k] + m->lag_prev[k];
		if (n > 0 && seen * 1000 >= n * per_mille)
			return k < 20 ? NSEC_PER_SEC >> (20 - k) : NSEC_PER_SEC << (k - 20);
	}
	return 0;
}

void
monitor_report_status(const struct monitor *m, nsec_t now_ns, struct report_status *r)
{
	(void)now_ns;
	memset(r, 0, sizeof(*r));
	r->probes = m->sum;
	r->targets_total = m->n_used;
	memcpy(r->states, m->states, sizeof(r->states));
	for (uint32_t c = 0; c < m->pace.n_classes; c++)
		r->probes_per_s +=
		    M_CLASSES(m)[c].active * 1e9 / (double)M_CLASSES(m)[c].interval_ns;
	memcpy(r->extra_by_kind, m->extra_by_kind, sizeof(r->extra_by_kind));
	r->lag_max_ns = nsec_max(m->lag_max_ns, m->lag_prev_max_ns);
	r->lag_p50_ns = nsec_min(lag_quantile(m, 500), r->lag_max_ns);
	r->lag_p99_ns = nsec_min(lag_quantile(m, 990), r->lag_max_ns);
	memcpy(r->lag_buckets, m->lag_buckets, sizeof(r->lag_buckets));
	r->lag_count = m->lag_count;
	r->lag_sum_ns = m->lag_sum_ns;
	memcpy(r->rx_dropped, m->rx_dropped, sizeof(r->rx_dropped));
	r->foreign = m->foreign;
	r->stamp_clamped = m->stamp_clamped;
	r->stamp_uncertain = m->stamp_uncertain;
	memcpy(r->icmp_unmatched, m->icmp_unmatched, sizeof(r->icmp_unmatched));
	r->last_event = M_JOURNAL(m)->next_id - 1;
}

bool
monitor_report_group(const struct monitor *m, uint32_t group, struct report_group *r)
{
	const struct group_state *g = &M_GROUPS(m)[group < m->n_groups ? group : m->n_groups];

	if (group > m->n_groups || (group == m->n_groups && g->members == 0))
		return false;
	memset(r, 0, sizeof(*r));
	r->name = "";
	if (group < m->n_groups) {
		const struct settings_group *settings = &settings_groups(m->settings)[group];

		r->name = settings_text(m->settings, settings->name);
		r->quorum_need = settings->quorum_need;
		r->quorum_of = settings->quorum_of;
	}
	r->state = (enum state)g->state;
	r->members = g->members;
	memcpy(r->states, g->states, sizeof(r->states));
	r->totals = g->sum;
	if (g->histogram_at != 0)
		r->histogram = monitor_at_unit(m, g->histogram_at);
	return true;
}
