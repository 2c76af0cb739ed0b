/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The arena: its layout, its start, and the small questions about it.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "core/monitor_internal.h"

#define ALIGN 64

static size_t
take(size_t *at, size_t n, size_t size)
{
	size_t here = *at;

	*at = (here + n * size + ALIGN - 1) / ALIGN * ALIGN;
	return here;
}

static uint32_t
table_size(uint32_t n)
{
	uint32_t size = 16;

	while (size < 2 * n && size < UINT32_C(1) << 31)
		size *= 2;
	return size;
}

/* The index of value among the n distinct ones found so far, appended when new. */
static uint32_t
distinct(nsec_t values[], uint32_t *n, uint32_t max, nsec_t value)
{
	for (uint32_t i = 0; i < *n; i++) {
		if (values[i] == value)
			return i;
	}
	if (*n < max)
		values[(*n)++] = value;
	return *n - 1;
}

struct survey {
	uint32_t n_series, n_alarms, n_intervals, n_timeouts, scratch;
	nsec_t intervals[SETTINGS_INTERVALS_MAX], timeouts[SETTINGS_INTERVALS_MAX];
	nsec_t timeout_max;
	double rate_per_s;
};

static uint32_t
ring_cells(const struct settings_target *t)
{
	nsec_t flying = t->timeout_ns / t->interval_ns + 2;

	return t->samples + (uint32_t)flying + SAMPLES_SLACK;
}

static void
survey_settings(const struct settings *s, struct survey *v)
{
	const struct settings_target *t = settings_targets(s);

	memset(v, 0, sizeof(*v));
	for (uint32_t i = 0; i < s->n_targets; i++, t++) {
		uint32_t series = settings_target_series(t);
		uint32_t cells = ring_cells(t);

		v->n_series += series;
		v->n_alarms += series * t->alarms_n;
		v->rate_per_s += 1e9 / (double)t->interval_ns; /* one address is the rule; a target
								  with all is counted as it grows */
		v->timeout_max = nsec_max(v->timeout_max, t->timeout_ns);
		v->scratch = cells > v->scratch ? cells : v->scratch;
		(void)distinct(
		    v->intervals, &v->n_intervals, SETTINGS_INTERVALS_MAX, t->interval_ns);
		(void)distinct(v->timeouts, &v->n_timeouts, SETTINGS_INTERVALS_MAX, t->timeout_ns);
		if (t->addresses_all)
			v->rate_per_s += (series - 1) * 1e9 / (double)t->interval_ns;
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
	uint32_t series = 0, alarm = 0;

	for (uint32_t i = 0; i < s->n_targets; i++, t++) {
		for (uint32_t slot = 0; slot < settings_target_series(t); slot++, series++) {
			size_t ring_at = take(at, ring_cells(t), sizeof(uint32_t));
			size_t detail_at =
			    t->detail > 0 ? take(at, t->detail, sizeof(struct detail)) : 0;
			size_t history_at = t->history_minutes > 0 ? take(at, t->history_minutes,
									 sizeof(struct history_bin))
								   : 0;
			size_t histogram_at =
			    histogram ? take(at, 1, sizeof(struct histogram_classic)) : 0;

			if (write) {
				struct series_cold *cold = M_COLD(m, series);

				cold->ring_at = ring_at;
				cold->ring_size = ring_cells(t);
				cold->detail_at = detail_at;
				cold->detail_size = t->detail;
				cold->history_at = history_at;
				cold->history_size = t->history_minutes;
				cold->histogram_at = histogram_at;
				cold->alarms_first = alarm;
				cold->alarms_n = t->alarms_n;
				M_HOT(m, series)->config = i;
				M_WARM(m, series)->slot = (uint8_t)slot;
				if (slot == 0)
					M_FIRST(m)[i] = series;
			}
			alarm += t->alarms_n;
		}
	}
	for (uint32_t g = 0; g <= s->n_groups; g++) {
		size_t histogram_at = histogram ? 0 : take(at, 1, sizeof(struct histogram_classic));

		if (write)
			M_GROUPS(m)[g].histogram_at = histogram_at;
	}
}

static size_t
layout(struct monitor *m, const struct settings *s, const struct survey *v)
{
	size_t at = 0;

	(void)take(&at, 1, sizeof(struct monitor));
	m->n_targets = s->n_targets;
	m->n_groups = s->n_groups;
	m->n_series = v->n_series;
	m->names_mask = table_size(s->n_targets) - 1;
	m->addrs_mask = table_size(v->n_series) - 1;
	m->scratch_n = v->scratch > 1024 ? v->scratch : 1024;
	m->hot_at = take(&at, v->n_series, sizeof(struct series_hot));
	m->warm_at = take(&at, v->n_series, sizeof(struct series_warm));
	m->cold_at = take(&at, v->n_series, sizeof(struct series_cold));
	m->order_at = take(&at, v->n_series, sizeof(uint32_t));
	m->class_at = take(&at, v->n_intervals, sizeof(struct pace_class));
	m->timeouts_at = take(&at, v->n_timeouts, sizeof(struct ledger_class));
	m->names_at = take(&at, m->names_mask + 1, sizeof(uint32_t));
	m->addrs_at = take(&at, m->addrs_mask + 1, sizeof(uint32_t));
	m->first_at = take(&at, s->n_targets, sizeof(uint32_t));
	m->alarms_at = take(&at, v->n_alarms, sizeof(struct alarm_state));
	m->groups_at = take(&at, s->n_groups + 1, sizeof(struct group_state));
	m->journal_at = take(&at, 1, event_journal_bytes(EVENT_JOURNAL_MAX));
	m->scratch_at = take(&at, m->scratch_n, sizeof(uint32_t));
	m->pending_at = take(&at, PROBE_BATCH_MAX, sizeof(uint32_t));
	m->ledger.mask = ledger_flights(v->rate_per_s, v->timeout_max) - 1;
	m->ledger.n_classes = v->n_timeouts;
	m->pace.n_classes = v->n_intervals;
	m->pace.rate_per_s = v->rate_per_s;
	m->flights_at = take(&at, (size_t)m->ledger.mask + 1, sizeof(struct flight));
	return at;
}

size_t
monitor_arena_bytes(const struct settings *settings)
{
	struct survey v;
	struct monitor m;
	size_t at;

	survey_settings(settings, &v);
	memset(&m, 0, sizeof(m));
	at = layout(&m, settings, &v);
	layout_series(&m, settings, false, &at);
	return at;
}

static uint64_t
name_hash(const char *name, size_t len)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (uint8_t)name[i]) * UINT64_C(0x100000001b3);
	return hash ^ hash >> 29;
}

static void
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
classes_build(struct monitor *m, const struct survey *v)
{
	struct pace_class *class = M_CLASSES(m);
	uint32_t first = 0;

	for (uint32_t c = 0; c < v->n_intervals; c++) {
		class[c].interval_ns = v->intervals[c];
		class[c].slack_ns = pace_slack_ns(v->intervals[c]);
	}
	for (uint32_t s = 0; s < m->n_series; s++)
		class[M_WARM(m, s)->interval_class].n++;
	for (uint32_t c = 0; c < v->n_intervals; c++) {
		class[c].first = first;
		first += class[c].n;
		class[c].n = 0;
	}
	for (uint32_t s = 0; s < m->n_series; s++) {
		struct pace_class *own = &class[M_WARM(m, s)->interval_class];

		M_ORDER(m)[own->first + own->n++] = s;
	}
}

static bool
earlier(const struct monitor *m, uint32_t a, uint32_t b)
{
	nsec_t due_a = M_HOT(m, a)->due_ns, due_b = M_HOT(m, b)->due_ns;

	return due_a != due_b ? due_a < due_b : a < b;
}

static void
sift_down(const struct monitor *m, uint32_t order[], uint32_t n, uint32_t i)
{
	for (;;) {
		uint32_t child = 2 * i + 1;

		if (child >= n)
			return;
		if (child + 1 < n && earlier(m, order[child], order[child + 1]))
			child++;
		if (!earlier(m, order[i], order[child]))
			return;
		uint32_t swap = order[i];
		order[i] = order[child];
		order[child] = swap;
		i = child;
	}
}

/* Heap sort by due time: no allocation, no recursion, n log n for every input. */
void
monitor_sort_classes(struct monitor *m)
{
	for (uint32_t c = 0; c < m->pace.n_classes; c++) {
		struct pace_class *class = &M_CLASSES(m)[c];
		uint32_t *order = M_ORDER(m) + class->first;

		for (uint32_t i = class->n / 2; i-- > 0;)
			sift_down(m, order, class->n, i);
		for (uint32_t n = class->n; n > 1; n--) {
			uint32_t swap = order[0];

			order[0] = order[n - 1];
			order[n - 1] = swap;
			sift_down(m, order, n - 1, 0);
		}
		class->cursor = 0;
	}
}

static void
series_init(struct monitor *m, const struct survey *v, uint32_t s, nsec_t now_ns)
{
	struct series_hot *hot = M_HOT(m, s);
	struct series_warm *warm = M_WARM(m, s);
	struct series_cold *cold = M_COLD(m, s);
	const struct settings_target *t = &settings_targets(m->settings)[hot->config];

	for (uint32_t c = 0; c < v->n_intervals; c++) {
		if (v->intervals[c] == t->interval_ns)
			warm->interval_class = (uint16_t)c;
	}
	for (uint32_t c = 0; c < v->n_timeouts; c++) {
		if (v->timeouts[c] == t->timeout_ns)
			warm->timeout_class = (uint16_t)c;
	}
	hot->due_ns = nsec_add(now_ns, pace_phase_ns(s, t->interval_ns));
	hot->last_flight = LEDGER_NONE;
	hot->seq = (uint16_t)rng_next(&m->rng);
	hot->flags =
	    (uint16_t)((warm->slot == 0 ? SERIES_USED : 0) | (t->paused ? SERIES_PAUSED : 0));
	warm->head_due_ns = hot->due_ns - t->interval_ns;
	warm->last_rtt_ns = -1;
	warm->last_ttl = -1;
	warm->state = t->paused ? STATE_PAUSED : STATE_UNKNOWN;
	cold->owner = s;
	cold->next_same = NONE;
	cold->since_ns = now_ns;
	cold->born_ns = now_ns;
	cold->minute = MINUTE_UNKNOWN;
	for (int f = 0; f < SETTINGS_FLOWS_MAX; f++)
		cold->flow_seq[f] = (uint16_t)rng_next(&m->rng);
	(void)snprintf(cold->reason, sizeof(cold->reason), "%s",
	    t->paused ? "paused by the configuration" : "no data yet");
	for (uint32_t a = 0; a < cold->alarms_n; a++)
		memset(&M_ALARMS(m)[cold->alarms_first + a], 0, sizeof(struct alarm_state));
}

struct monitor *
monitor_init(void *arena, const struct settings *settings, const struct monitor_identity *identity,
    nsec_t now_ns, nsec_t wall_ns)
{
	struct monitor *m = arena;
	struct survey v;
	size_t at;

	survey_settings(settings, &v);
	memset(m, 0, sizeof(*m));
	m->settings = settings;
	m->identity = *identity;
	at = layout(m, settings, &v);
	layout_series(m, settings, true, &at);
	m->bytes = at;
	m->started_ns = m->now_ns = m->drained_ns = now_ns;
	m->wall_offset_ns = wall_ns - now_ns;
	m->housekeeping_ns = nsec_add(now_ns, HOUSEKEEPING_NS);
	m->lag_minute_ns = now_ns;
	m->pause_until_ns = NSEC_NEVER;
	m->event_seen = 1;
	rng_seed(&m->rng, identity->seed);
	event_journal_init(M_JOURNAL(m), EVENT_JOURNAL_MAX);
	memset(M_ADDRS(m), 0xff, ((size_t)m->addrs_mask + 1) * sizeof(uint32_t));
	for (uint32_t c = 0; c < v.n_timeouts; c++)
		M_TIMEOUTS(m)[c].timeout_ns = v.timeouts[c];
	ledger_init(&m->ledger, M_FLIGHTS(m), m->ledger.mask + 1, M_TIMEOUTS(m), v.n_timeouts,
	    identity->epoch);
	for (uint32_t s = 0; s < m->n_series; s++) {
		series_init(m, &v, s, now_ns);
		if (M_HOT(m, s)->flags & SERIES_USED)
			health_group_add(m, now_ns, s, M_WARM(m, s)->state, 1);
	}
	classes_build(m, &v);
	monitor_sort_classes(m);
	names_build(m);
	pace_turn(&m->pace, now_ns);
	m->pace.tokens = PACE_TURN_SENDS;
	return m;
}

const struct settings_target *
monitor_target(const struct monitor *m, uint32_t series)
{
	return &settings_targets(m->settings)[M_HOT(m, series)->config];
}

const char *
monitor_series_name(const struct monitor *m, uint32_t series, char name[static EVENT_NAME_MAX])
{
	const struct settings_target *t = monitor_target(m, series);
	char text[ADDR_TEXT_MAX];

	if (t->addresses_all && M_HOT(m, series)->address.family != 0)
		(void)snprintf(name, EVENT_NAME_MAX, "%.64s:%s",
		    settings_text(m->settings, t->name),
		    addr_format(&M_HOT(m, series)->address, text));
	else
		(void)snprintf(name, EVENT_NAME_MAX, "%.64s", settings_text(m->settings, t->name));
	return name;
}

struct sample_ring
monitor_ring(struct monitor *m, uint32_t series)
{
	const struct series_cold *cold = M_COLD(m, series);
	const struct series_warm *warm = M_WARM(m, series);

	return (struct sample_ring){
	    .cells = monitor_at(m, cold->ring_at),
	    .size = cold->ring_size,
	    .head = M_HOT(m, series)->head,
	    .head_due_ns = warm->head_due_ns,
	    .interval_ns = M_CLASSES(m)[warm->interval_class].interval_ns,
	    .timeout_ns = M_TIMEOUTS(m)[warm->timeout_class].timeout_ns,
	};
}

struct detail *
monitor_detail(struct monitor *m, uint32_t series, uint32_t slot)
{
	const struct series_cold *cold = M_COLD(m, series);

	return cold->detail_size == 0
		   ? NULL
		   : (struct detail *)monitor_at(m, cold->detail_at) + slot % cold->detail_size;
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
