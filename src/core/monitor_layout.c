/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Where everything lies in the arena: the sizes follow from the settings alone.
 */
#include <string.h>

#include "core/monitor_internal.h"

#define ALIGN 64
/* Ring cells beyond what windows need: marks of gaps take one each. */
#define SLACK_MIN 5
#define SLACK_MAX 16
#define SLACK_OF 32 /* one for so many samples */
#define RTT_PER_TARGET_MAX 5000 /* targets up to which each has a histogram of its own */
#define SCRATCH_MIN 1024
#define FLIGHTS_FOR_ALL_MAX (1u << 18)
#define DISTINCT_CELLS (4 * SETTINGS_INTERVALS_MAX)
#define DISTINCT_FREE UINT16_MAX

/* Takes room for n items from the offset on; SIZE_MAX, and for ever, when it does not fit. */
static size_t
take(size_t *at, size_t n, size_t size, size_t align)
{
	size_t here = *at, bytes, end;

	if (here == SIZE_MAX || __builtin_mul_overflow(n, size, &bytes) ||
	    __builtin_add_overflow(here, bytes, &end) ||
	    __builtin_add_overflow(end, align - 1, &end)) {
		*at = SIZE_MAX;
		return SIZE_MAX;
	}
	*at = end / align * align;
	return here;
}

/* The same for one series: the offset in units, 0 for nothing. */
static uint32_t
take_units(size_t *at, size_t n, size_t size)
{
	size_t here;

	if (n == 0)
		return 0;
	here = take(at, n, size, ARENA_UNIT);
	if (here / ARENA_UNIT > UINT32_MAX) {
		*at = SIZE_MAX;
		return 0;
	}
	return (uint32_t)(here / ARENA_UNIT);
}

static uint32_t
table_size(uint32_t n)
{
	uint32_t size = 16;

	while (size < 2 * n && size < UINT32_C(1) << 31)
		size *= 2;
	return size;
}

/* Distinct durations in the order of their first use. */
struct distinct {
	nsec_t values[SETTINGS_INTERVALS_MAX];
	uint16_t cells[DISTINCT_CELLS];
	uint32_t n;
};

/* The index of value, which is added when new. */
static uint16_t
distinct_index(struct distinct *d, nsec_t value)
{
	uint64_t hash = (uint64_t)value * UINT64_C(0x9e3779b97f4a7c15);
	uint32_t cell = (uint32_t)(hash >> 40) % DISTINCT_CELLS;

	for (; d->cells[cell] != DISTINCT_FREE; cell = (cell + 1) % DISTINCT_CELLS) {
		if (d->values[d->cells[cell]] == value)
			return d->cells[cell];
	}
	assert(d->n < SETTINGS_INTERVALS_MAX); /* settings_check has counted them */
	d->cells[cell] = (uint16_t)d->n;
	d->values[d->n] = value;
	return (uint16_t)d->n++;
}

struct survey {
	struct distinct intervals, timeouts;
	uint32_t n_series, n_alarms, n_special, scratch;
	double rate_per_s, in_flight;
	nsec_t timeout_max_ns;
};

/* Cells of a ring: the samples asked for, a minute where minutes are kept, and what is in flight.
 */
static uint32_t
ring_cells(const struct settings_plan *p)
{
	nsec_t minute = (NSEC_PER_MIN + 2 * NSEC_PER_SEC) / p->interval_ns + 1;
	nsec_t flying = p->timeout_ns / p->interval_ns + 2;
	nsec_t samples = p->samples;

	if (p->history_minutes > 0)
		samples = nsec_max(samples, minute);
	return (uint32_t)(samples + flying +
			  nsec_min(nsec_max(samples / SLACK_OF, SLACK_MIN), SLACK_MAX));
}

static void
survey_settings(const struct settings *s, struct survey *v)
{
	const struct settings_target *t = settings_targets(s);

	memset(v, 0, sizeof(*v));
	memset(v->intervals.cells, 0xff, sizeof(v->intervals.cells));
	memset(v->timeouts.cells, 0xff, sizeof(v->timeouts.cells));
	for (uint32_t i = 0; i < s->n_plans; i++) {
		const struct settings_plan *p = &settings_plans(s)[i];
		uint32_t cells = ring_cells(p);

		v->timeout_max_ns = nsec_max(v->timeout_max_ns, p->timeout_ns);
		v->scratch = cells > v->scratch ? cells : v->scratch;
		(void)distinct_index(&v->intervals, p->interval_ns);
		(void)distinct_index(&v->timeouts, p->timeout_ns);
	}
	for (uint32_t i = 0; i < s->n_targets; i++) {
		const struct settings_plan *p = settings_plan_of(s, &t[i]);
		uint32_t series = settings_plan_series(p);
		double rate = series * 1e9 / (double)p->interval_ns;

		v->n_series += series;
		v->n_alarms += series * p->alarms_n;
		v->n_special += p->allow_special ? series : 0;
		v->rate_per_s += rate;
		v->in_flight += rate * (double)p->timeout_ns / 1e9;
	}
}

static bool
histogram_per_target(const struct settings *s)
{
	return s->metrics_rtt_set ? s->metrics_rtt : s->n_targets <= RTT_PER_TARGET_MAX;
}

static void
layout_series(struct monitor *m, const struct settings *s, bool write, size_t *at)
{
	const struct settings_target *t = settings_targets(s);
	bool histogram = histogram_per_target(s);
	uint32_t series = 0, alarm = 0, special = 0;

	for (uint32_t i = 0; i < s->n_targets; i++) {
		const struct settings_plan *p = settings_plan_of(s, &t[i]);

		for (uint32_t slot = 0; slot < settings_plan_series(p); slot++, series++) {
			uint32_t ring_at = take_units(at, ring_cells(p), sizeof(uint32_t));
			uint32_t detail_at = take_units(at, p->detail, sizeof(struct detail));
			uint32_t history_at =
			    take_units(at, p->history_minutes, sizeof(struct history_bin));
			uint32_t histogram_at =
			    take_units(at, histogram, sizeof(struct histogram_classic));

			if (write) {
				struct series_cold *cold = M_COLD(m, series);

				M_HOT(m, series)->ring_at = ring_at;
				M_HOT(m, series)->ring_size = ring_cells(p);
				M_HOT(m, series)->plan = t[i].plan;
				M_WARM(m, series)->config = i;
				cold->detail_at = detail_at;
				cold->history_at = history_at;
				cold->histogram_at = histogram_at;
				cold->alarms_first = alarm;
				cold->slot = (uint8_t)slot;
				if (slot == 0)
					M_FIRST(m)[i] = series;
				if (p->allow_special)
					M_SPECIAL(m)[special++] = series;
			}
			alarm += p->alarms_n;
		}
	}
	for (uint32_t g = 0; g <= s->n_groups; g++) {
		uint32_t histogram_at =
		    take_units(at, !histogram, sizeof(struct histogram_classic));

		if (write)
			M_GROUPS(m)[g].histogram_at = histogram_at;
	}
}

/* Room for what is in flight at once, and to know all of it for a minute after its deadline; where
 * that is too much, one long timeout does not speak for all. */
static uint32_t
flights_of(const struct survey *v)
{
	uint32_t all = ledger_flights(v->rate_per_s, v->timeout_max_ns);
	double mean_s = v->rate_per_s > 0 ? v->in_flight / v->rate_per_s : 0;

	return all <= FLIGHTS_FOR_ALL_MAX ? all
					  : ledger_flights(v->rate_per_s, (nsec_t)(mean_s * 1e9));
}

static size_t
layout_tables(struct monitor *m, const struct settings *s, const struct survey *v)
{
	size_t at = 0;

	(void)take(&at, 1, sizeof(struct monitor), ALIGN);
	m->n_targets = s->n_targets;
	m->n_groups = s->n_groups;
	m->n_series = v->n_series;
	m->n_special = v->n_special;
	m->names_mask = table_size(s->n_targets) - 1;
	m->addrs_mask = table_size(v->n_series) - 1;
	m->scratch_n = v->scratch > SCRATCH_MIN ? v->scratch : SCRATCH_MIN;
	m->ledger.mask = flights_of(v) - 1;
	m->ledger.n_classes = v->timeouts.n;
	m->rtt_by_target = histogram_per_target(s);
	m->pace.n_classes = v->intervals.n;
	m->pace.rate_per_s = v->rate_per_s;
	m->hot_at = take(&at, v->n_series, sizeof(struct series_hot), ALIGN);
	m->warm_at = take(&at, v->n_series, sizeof(struct series_warm), ALIGN);
	m->cold_at = take(&at, v->n_series, sizeof(struct series_cold), ALIGN);
	m->order_at = take(&at, v->n_series, sizeof(uint32_t), ALIGN);
	m->class_at = take(&at, v->intervals.n, sizeof(struct pace_class), ALIGN);
	m->timeouts_at = take(&at, v->timeouts.n, sizeof(struct ledger_class), ALIGN);
	m->names_at = take(&at, m->names_mask + UINT64_C(1), sizeof(uint32_t), ALIGN);
	m->addrs_at = take(&at, m->addrs_mask + UINT64_C(1), sizeof(uint32_t), ALIGN);
	m->plans_at = take(&at, s->n_plans, sizeof(struct plan_classes), ALIGN);
	m->first_at = take(&at, s->n_targets, sizeof(uint32_t), ALIGN);
	m->alarms_at = take(&at, v->n_alarms, sizeof(struct alarm_state), ALIGN);
	m->groups_at = take(&at, s->n_groups + UINT64_C(1), sizeof(struct group_state), ALIGN);
	m->journal_at = take(&at, 1, event_journal_bytes(EVENT_JOURNAL_MAX), ALIGN);
	m->scratch_at = take(&at, m->scratch_n, sizeof(uint32_t), ALIGN);
	m->special_at = take(&at, v->n_special, sizeof(uint32_t), ALIGN);
	m->responders_at = take(&at, v->n_special, sizeof(struct responders), ALIGN);
	m->flights_at = take(&at, m->ledger.mask + UINT64_C(1), sizeof(struct flight), ALIGN);
	return at;
}

size_t
monitor_layout(struct monitor *m, const struct settings *settings, bool write)
{
	struct survey v;
	size_t at;

	survey_settings(settings, &v);
	at = layout_tables(m, settings, &v);
	for (uint32_t c = 0; write && c < v.intervals.n; c++) {
		M_CLASSES(m)[c].interval_ns = v.intervals.values[c];
		M_CLASSES(m)[c].slack_ns = pace_slack_ns(v.intervals.values[c]);
	}
	for (uint32_t c = 0; write && c < v.timeouts.n; c++)
		M_TIMEOUTS(m)[c].timeout_ns = v.timeouts.values[c];
	for (uint32_t i = 0; write && i < settings->n_plans; i++) {
		const struct settings_plan *p = &settings_plans(settings)[i];
		struct plan_classes *classes = &M_PLANS(m)[i];

		classes->interval = distinct_index(&v.intervals, p->interval_ns);
		classes->timeout = distinct_index(&v.timeouts, p->timeout_ns);
	}
	layout_series(m, settings, write, &at);
	m->rare_at = take(&at, v.n_series, sizeof(struct series_rare), ALIGN);
	return at;
}

size_t
monitor_arena_bytes(const struct settings *settings)
{
	struct monitor m;
	size_t bytes;

	memset(&m, 0, sizeof(m));
	bytes = monitor_layout(&m, settings, false);
	return bytes == SIZE_MAX ? 0 : bytes;
}

size_t
monitor_usual_bytes(const struct settings *settings)
{
	struct monitor m;
	size_t bytes;

	memset(&m, 0, sizeof(m));
	bytes = monitor_layout(&m, settings, false);
	return bytes == SIZE_MAX ? 0 : m.rare_at;
}
