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
	size_t len = strlen(name);
	uint32_t target = names_find(m, name, len);
	char full[EVENT_NAME_MAX];

	if (target != NONE && !settings_targets(m->settings)[target].addresses_all) {
		*ret_series = M_FIRST(m)[target];
		return true;
	}
	for (size_t i = len; i-- > 0;) { /* NAME:ADDRESS, where either may hold colons */
		if (name[i] != ':' || (target = names_find(m, name, i)) == NONE)
			continue;
		for (uint32_t slot = 0;
		     slot < settings_target_series(&settings_targets(m->settings)[target]);
		     slot++) {
			uint32_t series = M_FIRST(m)[target] + slot;

			if (M_HOT(m, series)->flags & SERIES_USED &&
			    strcmp(monitor_series_name(m, series, full), name) == 0) {
				*ret_series = series;
				return true;
			}
		}
	}
	return false;
}

/* The first slot of a target whose addresses all get a series stands in until the name has one. */
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

static void
totals_of(const struct monitor *m, uint32_t series, struct totals *t)
{
	const struct series_hot *hot = M_HOT(m, series);
	const struct series_warm *warm = M_WARM(m, series);
	const struct series_cold *cold = M_COLD(m, series);

	memset(t, 0, sizeof(*t));
	t->attempts = warm->attempts;
	t->sent = warm->attempts - cold->unsent;
	t->answered = warm->answered;
	t->lost = warm->lost;
	t->unreachable = cold->unreachable;
	t->unmeasured = cold->unmeasured;
	t->unsent = cold->unsent;
	t->in_flight = hot->in_flight;
	t->late = warm->late;
	t->stale = cold->stale;
	t->duplicates = cold->duplicates;
	t->reordered = cold->reordered;
	t->corrupt = cold->corrupt;
	t->foreign = cold->foreign;
	t->extra = cold->extra;
	t->stamp_clamped = cold->stamp_clamped;
	t->stamp_uncertain = cold->stamp_uncertain;
	memcpy(t->causes, cold->causes, sizeof(t->causes));
}

static void
totals_add(struct totals *sum, const struct totals *t)
{
	sum->attempts += t->attempts;
	sum->sent += t->sent;
	sum->answered += t->answered;
	sum->lost += t->lost;
	sum->unreachable += t->unreachable;
	sum->unmeasured += t->unmeasured;
	sum->unsent += t->unsent;
	sum->in_flight += t->in_flight;
	sum->late += t->late;
	sum->stale += t->stale;
	sum->duplicates += t->duplicates;
	sum->reordered += t->reordered;
	sum->corrupt += t->corrupt;
	sum->foreign += t->foreign;
	sum->extra += t->extra;
	sum->stamp_clamped += t->stamp_clamped;
	sum->stamp_uncertain += t->stamp_uncertain;
	for (int c = 0; c < CAUSE_COUNT; c++)
		sum->causes[c] += t->causes[c];
}

static void
report_window(
    struct monitor *m, nsec_t now_ns, uint32_t series, nsec_t window_ns, struct sample_window *w)
{
	const struct series_cold *cold = M_COLD(m, series);
	struct sample_ring ring = monitor_ring(m, series);

	sample_window_compute(&ring, now_ns, window_ns, cold->born_ns, M_SCRATCH(m), w);
	if (!w->complete && cold->history_size > 0 && now_ns - cold->born_ns > w->covered_ns) {
		struct history_view view = {
		    .bins = monitor_at(m, cold->history_at), .size = cold->history_size};
		uint32_t until = (uint32_t)(now_ns / NSEC_PER_MIN);
		uint32_t n = (uint32_t)(window_ns / NSEC_PER_MIN);
		struct sample_window from_bins;

		if (n == 0 || n > cold->history_size)
			return;
		history_window(&view, until - (n < until ? n : until), until, &from_bins);
		if (from_bins.sent + from_bins.unsent > w->sent + w->unsent) {
			from_bins.window_ns = window_ns;
			*w = from_bins;
		}
	}
}

static void
report_alarms(struct monitor *m, uint32_t series, struct report *r)
{
	const struct series_cold *cold = M_COLD(m, series);
	struct sample_ring ring = monitor_ring(m, series);

	r->alarms_n = cold->alarms_n < SETTINGS_TARGET_ALARMS_MAX ? cold->alarms_n
								  : SETTINGS_TARGET_ALARMS_MAX;
	for (uint32_t a = 0; a < r->alarms_n; a++) {
		const struct settings_alarm *alarm = &settings_alarms(
		    m->settings)[settings_refs(m->settings)[r->target->alarms_first + a]];
		const struct alarm_state *state = &M_ALARMS(m)[cold->alarms_first + a];
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

bool
monitor_report(struct monitor *m, nsec_t now_ns, uint32_t series, const nsec_t windows_ns[],
    uint32_t n_windows, unsigned parts, struct report *r)
{
	const struct series_warm *warm;
	const struct series_cold *cold;

	if (!in_use(m, series))
		return false;
	warm = M_WARM(m, series);
	cold = M_COLD(m, series);
	memset(r, 0, sizeof(*r));
	r->index = series;
	r->settings = m->settings;
	r->target = monitor_target(m, series);
	(void)monitor_series_name(m, series, r->name);
	r->group =
	    r->target->group == SETTINGS_NONE
		? ""
		: settings_text(m->settings, settings_groups(m->settings)[r->target->group].name);
	r->host = settings_text(m->settings, r->target->host);
	r->address = M_HOT(m, series)->address;
	r->state = (enum state)warm->state;
	r->since_wall_ns = cold->since_ns + m->wall_offset_ns;
	r->since_age_ns = nsec_max(now_ns - cold->since_ns, 0);
	memcpy(r->reason, cold->reason, sizeof(r->reason));
	if (r->target->depends != SETTINGS_NONE &&
	    M_WARM(m, M_FIRST(m)[r->target->depends])->state == STATE_DOWN)
		r->suppressed_by = settings_text(
		    m->settings, settings_targets(m->settings)[r->target->depends].name);
	r->interval_ns = r->target->interval_ns;
	totals_of(m, series, &r->totals);
	r->windows_n = n_windows < REPORT_WINDOWS_MAX ? n_windows : REPORT_WINDOWS_MAX;
	for (uint32_t i = 0; i < r->windows_n; i++)
		report_window(m, now_ns, series, windows_ns[i], &r->windows[i]);
	r->has_last = warm->attempts > 0 && warm->last_outcome != OUTCOME_IN_FLIGHT;
	r->last_outcome = (enum outcome)warm->last_outcome;
	r->last_rtt_ns = warm->last_outcome == OUTCOME_ANSWERED ? warm->last_rtt_ns : -1;
	r->last_ttl = warm->last_ttl;
	if (warm->last_outcome != OUTCOME_ANSWERED)
		r->last_cause = cold->last_cause;
	r->last_error.present = cold->last_error.kind != CAUSE_NONE;
	r->last_error.cause = cold->last_error;
	r->last_error.at_wall_ns = cold->last_error_at_ns + m->wall_offset_ns;
	report_alarms(m, series, r);
	r->last_event = cold->last_event;
	r->histogram = cold->histogram_at != 0 ? monitor_at(m, cold->histogram_at) : NULL;
	if (parts & REPORT_STRIP) {
		struct sample_ring ring = monitor_ring(m, series);

		sample_columns(
		    &ring, now_ns, REPORT_STRIP_NS, M_SCRATCH(m), REPORT_COLUMNS, r->strip);
	}
	return true;
}

uint32_t
monitor_report_probes(const struct monitor *m, nsec_t now_ns, uint32_t series, uint32_t n,
    struct report_probe probes[])
{
	const struct series_cold *cold;
	uint32_t head, have;

	(void)now_ns;
	if (!in_use(m, series))
		return 0;
	cold = M_COLD(m, series);
	head = M_WARM(m, series)->detail_head;
	have = head < cold->detail_size ? head : cold->detail_size;
	if (n > have)
		n = have;
	for (uint32_t i = 0; i < n; i++) {
		const struct detail *d = (const struct detail *)monitor_at(m, cold->detail_at) +
					 (head - n + i) % cold->detail_size;

		probes[i] = (struct report_probe){
		    .sent_wall_ns = d->sent_ns + m->wall_offset_ns,
		    .number = d->counter,
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
monitor_report_status_head(const struct monitor *m, struct report_status *r)
{
	memset(r, 0, sizeof(*r));
	r->probes = m->removed;
	r->probes.foreign = m->foreign;
	memcpy(r->extra_by_kind, m->extra_by_kind, sizeof(r->extra_by_kind));
	r->lag_p50_ns = nsec_min(lag_quantile(m, 500), nsec_max(m->lag_max_ns, m->lag_prev_max_ns));
	r->lag_max_ns = nsec_max(m->lag_max_ns, m->lag_prev_max_ns);
	r->lag_p99_ns = nsec_min(lag_quantile(m, 990), r->lag_max_ns);
	memcpy(r->lag_buckets, m->lag_buckets, sizeof(r->lag_buckets));
	r->lag_count = m->lag_count;
	r->lag_sum_ns = m->lag_sum_ns;
	memcpy(r->rx_dropped, m->rx_dropped, sizeof(r->rx_dropped));
	r->foreign = m->foreign;
	memcpy(r->errors_by_kind, m->errors_by_kind, sizeof(r->errors_by_kind));
	r->last_event = M_JOURNAL(m)->next_id - 1;
}

void
monitor_report_status_add(
    const struct monitor *m, uint32_t first, uint32_t n, struct report_status *r)
{
	for (uint32_t s = first; s < m->n_series && s - first < n; s++) {
		struct totals t;

		if (!in_use(m, s))
			continue;
		totals_of(m, s, &t);
		t.foreign = 0; /* the engine's own count holds those of no target too */
		totals_add(&r->probes, &t);
		r->targets_total++;
		r->states[M_WARM(m, s)->state]++;
		if ((M_HOT(m, s)->flags & (SERIES_ACTIVE | SERIES_PAUSED)) == SERIES_ACTIVE)
			r->probes_per_s += 1e9 / (double)monitor_target(m, s)->interval_ns;
	}
}

void
monitor_report_status(struct monitor *m, nsec_t now_ns, struct report_status *r)
{
	(void)now_ns;
	monitor_report_status_head(m, r);
	monitor_report_status_add(m, 0, m->n_series, r);
}

bool
monitor_report_group_head(const struct monitor *m, uint32_t group, struct report_group *r)
{
	const struct group_state *g;
	const struct settings_group *settings;

	if (group >= m->n_groups)
		return false;
	g = &M_GROUPS(m)[group];
	settings = &settings_groups(m->settings)[group];
	memset(r, 0, sizeof(*r));
	r->name = settings_text(m->settings, settings->name);
	r->state = (enum state)g->state;
	r->quorum_need = settings->quorum_need;
	r->quorum_of = settings->quorum_of;
	r->members = g->members;
	memcpy(r->states, g->states, sizeof(r->states));
	r->totals = g->removed;
	r->histogram = g->histogram_at != 0 ? monitor_at(m, g->histogram_at) : NULL;
	return true;
}

void
monitor_report_group_add(
    const struct monitor *m, uint32_t group, uint32_t first, uint32_t n, struct report_group *r)
{
	for (uint32_t s = first; s < m->n_series && s - first < n; s++) {
		struct totals t;

		if (!in_use(m, s) || monitor_target(m, s)->group != group)
			continue;
		totals_of(m, s, &t);
		totals_add(&r->totals, &t);
	}
}

bool
monitor_report_group(const struct monitor *m, uint32_t group, struct report_group *r)
{
	if (!monitor_report_group_head(m, group, r))
		return false;
	monitor_report_group_add(m, group, 0, m->n_series, r);
	return true;
}
