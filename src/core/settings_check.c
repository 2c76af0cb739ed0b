/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Whether a block of settings can be read without fear: every offset, count, index and string lies
 * inside, every value is in its range. It refuses to know how a block is made.
 */
#include <stdalign.h>
#include <string.h>

#include "core/probe.h"
#include "core/settings.h"

#define VALUES_MAX (2 * SETTINGS_INTERVALS_MAX) /* slots of a table of distinct durations */
#define PPM_MAX 1000000

/* n items of item_bytes at an offset lie in the block, aligned, behind the head. */
static bool
holds_array(
    const struct settings *s, uint64_t offset, uint64_t n, size_t item_bytes, size_t alignment)
{
	if (offset % alignment != 0 || offset > s->bytes)
		return false;
	return n == 0 || (offset >= sizeof(*s) && n <= (s->bytes - offset) / item_bytes);
}

#define HOLDS(s, at, n, type) holds_array(s, (s)->at, n, sizeof(type), alignof(type))

static bool
holds_range(uint32_t first, uint32_t n, uint32_t all)
{
	return first <= all && n <= all - first;
}

/* The strings end with the NUL of the last one, so each of them ends inside. */
static bool
holds_string(const struct settings *s, settings_str str)
{
	return str == 0 || (str >= s->strings_at && str - s->strings_at < s->strings_bytes);
}

static bool
holds_strings(const struct settings *s, const settings_str list[], uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		if (!holds_string(s, list[i]))
			return false;
	}
	return true;
}

static bool
good_name(const struct settings *s, settings_str str)
{
	return holds_string(s, str) && settings_name_valid(settings_text(s, str));
}

static bool
good_arrays(const struct settings *s)
{
	return HOLDS(s, targets_at, s->n_targets, struct settings_target) &&
	       HOLDS(s, plans_at, s->n_plans, struct settings_plan) &&
	       HOLDS(s, groups_at, s->n_groups, struct settings_group) &&
	       HOLDS(s, alarms_at, s->n_alarms, struct settings_alarm) &&
	       HOLDS(s, labels_at, s->n_labels, struct settings_label) &&
	       HOLDS(s, refs_at, s->n_refs, uint32_t) &&
	       HOLDS(s, string_refs_at, s->n_strings, settings_str) &&
	       HOLDS(s, warnings_at, s->n_warnings, settings_str) &&
	       HOLDS(s, notes_at, s->n_notes, settings_str) &&
	       HOLDS(s, strings_at, s->strings_bytes, char) && s->strings_bytes > 0 &&
	       s->strings_at + s->strings_bytes <= UINT32_MAX &&
	       ((const char *)s)[s->strings_at + s->strings_bytes - 1] == '\0';
}

static bool
good_head(const struct settings *s)
{
	return s->n_targets <= SETTINGS_TARGETS_MAX && s->n_plans <= s->n_targets &&
	       s->n_groups <= SETTINGS_GROUPS_MAX && s->n_alarms <= SETTINGS_ALARMS_MAX &&
	       holds_string(s, s->file) && holds_string(s, s->stats_socket) &&
	       holds_string(s, s->http) && holds_string(s, s->admin_group) &&
	       (s->summary_interval_ns == 0 ||
		   (s->summary_interval_ns >= SETTINGS_SUMMARY_MIN_NS &&
		       s->summary_interval_ns <= SETTINGS_SUMMARY_MAX_NS)) &&
	       s->receive_buffer_bytes >= SETTINGS_BUFFER_MIN_BYTES &&
	       s->receive_buffer_bytes <= SETTINGS_BUFFER_MAX_BYTES && s->max_rate_per_s >= 1 &&
	       s->max_rate_per_s <= SETTINGS_RATE_MAX && s->metrics_rtt_set <= 1 &&
	       s->metrics_rtt <= 1;
}

static bool
good_condition(const struct condition *c)
{
	bool ratio = c->metric <= CONDITION_UNMEASURED;

	if (c->metric >= CONDITION_METRIC_COUNT || c->op > CONDITION_EQ || c->value < 0 ||
	    (ratio && c->value > PPM_MAX))
		return false;
	if (c->op == CONDITION_EQ && (!ratio || (c->value != 0 && c->value != PPM_MAX)))
		return false;
	return c->span_probes > 0 ? c->span_probes <= SETTINGS_SAMPLES_MAX && c->span_ns == 0
				  : c->span_ns > 0;
}

static bool
good_alarm(const struct settings *s, const struct settings_alarm *a)
{
	return good_name(s, a->name) && holds_string(s, a->raise_text) &&
	       holds_string(s, a->clear_text) && good_condition(&a->raise) &&
	       good_condition(&a->clear) && a->state <= SETTINGS_STATE_DOWN && a->trace <= 1 &&
	       a->on_raise_n <= SETTINGS_ACTION_WORDS_MAX &&
	       a->on_clear_n <= SETTINGS_ACTION_WORDS_MAX &&
	       holds_range(a->on_raise_first, a->on_raise_n, s->n_strings) &&
	       holds_range(a->on_clear_first, a->on_clear_n, s->n_strings);
}

static bool
good_group(const struct settings *s, const struct settings_group *g)
{
	return good_name(s, g->name) && g->quorum_need <= g->quorum_of &&
	       (g->quorum_need > 0 || g->quorum_of == 0) && g->quorum_of <= s->n_targets &&
	       g->labels_n <= SETTINGS_LABELS_MAX &&
	       holds_range(g->labels_first, g->labels_n, s->n_labels);
}

static bool
good_shared(const struct settings *s)
{
	const struct settings_label *labels = settings_labels(s);
	const uint32_t *refs = settings_refs(s);

	for (uint32_t i = 0; i < s->n_labels; i++) {
		if (!holds_string(s, labels[i].value) || !holds_string(s, labels[i].key) ||
		    !settings_label_valid(settings_text(s, labels[i].key)))
			return false;
	}
	for (uint32_t i = 0; i < s->n_refs; i++) {
		if (refs[i] >= s->n_alarms)
			return false;
	}
	return holds_strings(s, settings_string_refs(s), s->n_strings) &&
	       holds_strings(s, settings_warnings(s), s->n_warnings) &&
	       holds_strings(s, settings_notes(s), s->n_notes);
}

/* The samples hold what the alarms look at, whose spans are long enough. */
static bool
good_spans(const struct settings *s, const struct settings_plan *p)
{
	for (uint32_t i = 0; i < p->alarms_n; i++) {
		const struct settings_alarm *alarm =
		    &settings_alarms(s)[settings_refs(s)[p->alarms_first + i]];
		const struct condition *both[] = {&alarm->raise, &alarm->clear};

		for (int k = 0; k < 2; k++) {
			if (condition_span_samples(both[k], p->interval_ns) > p->samples ||
			    (both[k]->span_probes == 0 &&
				both[k]->span_ns / SETTINGS_SPAN_INTERVALS_MIN < p->interval_ns))
				return false;
		}
	}
	return true;
}

static bool
good_source(const struct settings_plan *p)
{
	if (!p->source_is_address)
		return true;
	return p->source != 0 && (p->source_addr.family == 4 || p->source_addr.family == 6);
}

static bool
good_plan(const struct settings *s, const struct settings_plan *p)
{
	return holds_string(s, p->source) && holds_string(s, p->file) &&
	       (p->group == SETTINGS_NONE || p->group < s->n_groups) &&
	       p->alarms_n <= SETTINGS_TARGET_ALARMS_MAX &&
	       holds_range(p->alarms_first, p->alarms_n, s->n_refs) &&
	       p->interval_ns >= SETTINGS_INTERVAL_MIN_NS &&
	       p->interval_ns <= SETTINGS_INTERVAL_MAX_NS &&
	       p->timeout_ns >= SETTINGS_TIMEOUT_MIN_NS &&
	       p->timeout_ns <= SETTINGS_TIMEOUT_MAX_NS && p->size_bytes <= PROBE_PAYLOAD_MAX &&
	       p->samples >= 1 && p->samples <= SETTINGS_SAMPLES_MAX &&
	       p->detail <= SETTINGS_DETAIL_MAX &&
	       p->history_minutes <= SETTINGS_HISTORY_MAX_MINUTES &&
	       p->family <= SETTINGS_FAMILY_IPV6 && p->addresses_all <= 1 && p->dscp <= 63 &&
	       p->df <= SETTINGS_DF_NO && p->probe <= SETTINGS_PROBE_TIMESTAMP &&
	       p->stamps <= SETTINGS_STAMPS_KERNEL && p->flows >= 1 &&
	       p->flows <= SETTINGS_FLOWS_MAX && p->allow_special <= 1 && p->paused <= 1 &&
	       p->source_is_address <= 1 && good_source(p) && good_spans(s, p);
}

static bool
good_target(const struct settings *s, const struct settings_target *t)
{
	return good_name(s, t->name) && t->host != 0 && holds_string(s, t->host) &&
	       holds_string(s, t->dpinger_socket) && t->plan < s->n_plans &&
	       (t->depends == SETTINGS_NONE || t->depends < s->n_targets) &&
	       t->labels_n <= SETTINGS_LABELS_MAX &&
	       holds_range(t->labels_first, t->labels_n, s->n_labels);
}

/* Parents end, within SETTINGS_DEPENDS_DEPTH_MAX of them. */
static bool
good_depends(const struct settings *s, uint32_t target)
{
	for (int depth = 0; depth <= SETTINGS_DEPENDS_DEPTH_MAX; depth++) {
		target = settings_targets(s)[target].depends;
		if (target == SETTINGS_NONE)
			return true;
	}
	return false;
}

struct distinct {
	nsec_t slots[VALUES_MAX]; /* 0: free */
	uint32_t n;
};

/* False when the value is one too many. */
static bool
distinct_add(struct distinct *d, nsec_t value)
{
	uint64_t slot = (uint64_t)value * UINT64_C(0x9e3779b97f4a7c15) >> 32;

	for (slot %= VALUES_MAX; d->slots[slot] != 0; slot = (slot + 1) % VALUES_MAX) {
		if (d->slots[slot] == value)
			return true;
	}
	if (d->n == SETTINGS_INTERVALS_MAX)
		return false;
	d->slots[slot] = value;
	d->n++;
	return true;
}

static bool
good_plans(const struct settings *s)
{
	struct distinct intervals = {0}, timeouts = {0};

	for (uint32_t i = 0; i < s->n_plans; i++) {
		const struct settings_plan *p = &settings_plans(s)[i];

		if (!good_plan(s, p) || !distinct_add(&intervals, p->interval_ns) ||
		    !distinct_add(&timeouts, p->timeout_ns))
			return false;
	}
	return true;
}

static bool
good_targets(const struct settings *s)
{
	for (uint32_t i = 0; i < s->n_targets; i++) {
		if (!good_target(s, &settings_targets(s)[i]))
			return false;
	}
	for (uint32_t i = 0; i < s->n_targets; i++) {
		if (!good_depends(s, i))
			return false;
	}
	return true;
}

bool
settings_check(const void *block, size_t bytes)
{
	const struct settings *s = block;

	if ((uintptr_t)block % alignof(struct settings) != 0 || bytes < sizeof(*s) ||
	    s->magic != SETTINGS_MAGIC || s->version != SETTINGS_VERSION || s->bytes != bytes)
		return false;
	if (!good_arrays(s) || !good_head(s) || !good_shared(s))
		return false;
	for (uint32_t i = 0; i < s->n_alarms; i++) {
		if (!good_alarm(s, &settings_alarms(s)[i]))
			return false;
	}
	for (uint32_t i = 0; i < s->n_groups; i++) {
		if (!good_group(s, &settings_groups(s)[i]))
			return false;
	}
	return good_plans(s) && good_targets(s);
}
