/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * From what was written to what holds: inheritance, defaults that depend on the number of targets,
 * and what must be right about each target by itself. It refuses to know files and the layout of
 * the block.
 */
#include <stdio.h>
#include <string.h>

#include "core/duration.h"
#include "core/history.h"
#include "shell/config_internal.h"

/* Tunables of the defaults.
 * DETAIL             probes kept in full, while there are at most DETAIL_TARGETS_MAX targets
 * HISTORY_MINUTES    minute bins, while those of all targets fit in HISTORY_BYTES; else whole hours
 * SAMPLES_NS         what the ring of samples covers at least, if nobody says otherwise */
#define DETAIL 256
#define DETAIL_TARGETS_MAX 10000
#define HISTORY_MINUTES (24 * 60)
#define HISTORY_BYTES (UINT64_C(64) << 20)
#define SAMPLES_NS (5 * NSEC_PER_MIN)

#define HISTORY_UNDECIDED UINT32_MAX

struct label_range {
	uint32_t first, n;
};

struct resolver {
	struct config *c;
	struct config_owner owner; /* of the target in hand */
	const struct config_value *inherited[CONFIG_KEY_COUNT]; /* of the group that is in hand */
	uint32_t group;
	const struct config_value *values[CONFIG_KEY_COUNT]; /* of the target in hand */
	struct settings_target *t;
	const struct config_value *last_alarms; /* refs of these at that interval may be shared */
	uint32_t last_first, last_n, last_samples, last_longest;
	struct label_range defaults; /* labels */
	struct config_map samples_told; /* places of values found too small */
};

void
config_initial(struct config *c)
{
	static const struct config_owner nobody = {.level = CONFIG_LEVEL_FILE};

	for (unsigned i = 0; i < CONFIG_KEY_COUNT; i++) {
		const struct config_key *key = config_key(i);
		struct config_value *v = &c->initial[i];
		struct config_item item = {.owner = &nobody,
		    .at = {.file = CONFIG_DEFAULT_FILE},
		    .key = key,
		    .raw = {.kind = CONFIG_RAW_BARE, .text = key->initial}};

		*v = (struct config_value){.key = (uint8_t)i, .at = item.at};
		if (key->initial != NULL &&
		    (*key->initial == '\0' || config_value_parse(c, &item, &v->number)))
			v->given = CONFIG_GIVEN;
	}
}

static void
overlay(const struct config_value from[], const struct config_value *ret_values[])
{
	for (int i = 0; i < CONFIG_KEY_COUNT; i++) {
		if (from[i].given == CONFIG_GIVEN &&
		    config_key((unsigned)i)->section == CONFIG_TARGET)
			ret_values[i] = &from[i];
	}
}

/* What targets of a group (or none) have before their own. */
static void
inherited(const struct config *c, uint32_t group, const struct config_value *ret_values[])
{
	memset(ret_values, 0, CONFIG_KEY_COUNT * sizeof(*ret_values));
	overlay(c->initial, ret_values);
	overlay(c->top, ret_values);
	if (group != SETTINGS_NONE)
		overlay(config_group(c, group)->values, ret_values);
}

static void
overlay_own(
    const struct config *c, const struct config_target *t, const struct config_value *ret_values[])
{
	for (uint32_t i = 0; i < t->n_values; i++) {
		const struct config_value *v = config_value(c, t->first_value + i);

		ret_values[v->key] = v;
	}
}

void
config_effective(const struct config *c, const struct config_target *t,
    const struct config_value *ret_values[static CONFIG_KEY_COUNT])
{
	inherited(c, t->group, ret_values);
	overlay_own(c, t, ret_values);
}

/* ---- labels ---- */

/* Appends to out_labels those of a range that is there already, and those of a level, which win. */
static struct label_range
merge_labels(struct config *c, struct label_range outer, const struct config_value *level,
    const struct config_owner *owner)
{
	struct settings_label merged[2 * SETTINGS_LABELS_MAX];
	struct label_range range = {.first = c->out_labels.n};

	if (level == NULL || level->given != CONFIG_GIVEN || config_list_n(level) == 0)
		return outer;
	if (outer.n > 0)
		memcpy(merged, (struct settings_label *)c->out_labels.items + outer.first,
		    outer.n * sizeof(*merged));
	range.n = outer.n;
	for (uint32_t i = 0; i < config_list_n(level); i++) {
		const struct config_label *label = config_label(c, config_list_first(level) + i);
		uint32_t k = 0;

		while (k < range.n && merged[k].key != label->key)
			k++;
		merged[k] = (struct settings_label){.key = label->key, .value = label->value};
		range.n += k == range.n;
	}
	if (range.n > SETTINGS_LABELS_MAX) {
		config_error(c, level->at, owner,
		    "labels: %u with those inherited, and %d may be: take some out", range.n,
		    SETTINGS_LABELS_MAX);
		return outer;
	}
	memcpy(config_array_extend(c, &c->out_labels, range.n, sizeof(*merged)), merged,
	    range.n * sizeof(*merged));
	return range;
}

static void
resolve_groups(struct resolver *r)
{
	struct config *c = r->c;
	static const struct config_owner defaults = {.level = CONFIG_LEVEL_DEFAULTS};

	r->defaults = merge_labels(
	    c, (struct label_range){0, 0}, &c->top[CONFIG_KEY_LABELS_OF_TARGET], &defaults);
	for (uint32_t i = 0; i < c->groups.n; i++) {
		const struct config_group *g = config_group(c, i);
		const struct config_owner owner = {
		    .level = CONFIG_LEVEL_GROUP, .name = g->name, .at = g->at};
		const struct config_value *quorum = &g->values[CONFIG_KEY_GROUP_QUORUM];
		struct label_range labels =
		    merge_labels(c, r->defaults, &g->values[CONFIG_KEY_LABELS_OF_TARGET], &owner);
		struct settings_group *out = config_array_add(c, &c->out_groups, sizeof(*out));

		out->name = g->name;
		out->labels_first = labels.first;
		out->labels_n = labels.n;
		if (quorum->given != CONFIG_GIVEN)
			continue;
		out->quorum_need = config_list_first(quorum);
		out->quorum_of = config_list_n(quorum);
		if (out->quorum_of != g->n_targets && quorum->number != 0 && !c->torn)
			config_error(c, quorum->at, &owner,
			    "quorum = \"%u of %u\": the group has %u target%s: write \"N of %u\"",
			    out->quorum_need, out->quorum_of, g->n_targets,
			    g->n_targets == 1 ? "" : "s", g->n_targets);
	}
}

/* ---- one target ---- */

static int64_t
number(const struct resolver *r, int key)
{
	return r->values[key]->number;
}

/* One more distinct interval or timeout: the engine has a schedule for each. */
static void
note_distinct(struct resolver *r, struct config_map *map, int key)
{
	struct config *c = r->c;
	int64_t value = number(r, key);

	if (config_map_get(map, (uint64_t)value) != SETTINGS_NONE)
		return;
	if (map->n == SETTINGS_INTERVALS_MAX)
		config_error(c, r->values[key]->at, &r->owner,
		    "%s number %d that differs from all others: use at most %d of them",
		    config_key((unsigned)key)->name, SETTINGS_INTERVALS_MAX + 1,
		    SETTINGS_INTERVALS_MAX);
	config_map_put(c, map, (uint64_t)value, 0);
}

static void
resolve_probe(struct resolver *r)
{
	struct settings_target *t = r->t;

	t->interval_ns = number(r, CONFIG_KEY_INTERVAL);
	t->timeout_ns = number(r, CONFIG_KEY_TIMEOUT);
	t->size_bytes = (uint32_t)number(r, CONFIG_KEY_SIZE);
	t->ttl = (uint8_t)number(r, CONFIG_KEY_TTL);
	t->dscp = (uint8_t)number(r, CONFIG_KEY_DSCP_OF_TARGET);
	t->df = (uint8_t)number(r, CONFIG_KEY_DF);
	t->mark = (uint32_t)number(r, CONFIG_KEY_MARK);
	t->probe = (uint8_t)number(r, CONFIG_KEY_PROBE);
	t->flows = (uint8_t)number(r, CONFIG_KEY_FLOWS);
	t->stamps = (uint8_t)number(r, CONFIG_KEY_STAMPS);
	t->family = (uint8_t)number(r, CONFIG_KEY_FAMILY);
	t->addresses_all = (uint8_t)number(r, CONFIG_KEY_ADDRESSES);
	t->allow_special = (uint8_t)number(r, CONFIG_KEY_ALLOW_SPECIAL);
	t->paused = (uint8_t)number(r, CONFIG_KEY_PAUSED);
	note_distinct(r, &r->c->intervals, CONFIG_KEY_INTERVAL);
	note_distinct(r, &r->c->timeouts, CONFIG_KEY_TIMEOUT);
}

static const char *
special_text(enum addr_kind kind)
{
	return kind == ADDR_MULTICAST	? "a multicast"
	       : kind == ADDR_BROADCAST ? "a broadcast"
					: "an unspecified";
}

/* The family that all addresses of the target have: 4, 6, or 0 when either may come. */
static int
resolve_host(struct resolver *r)
{
	const struct config_value *host = r->values[CONFIG_KEY_HOST_OF_TARGET];
	int family = r->t->family == SETTINGS_FAMILY_IPV4   ? 4
		     : r->t->family == SETTINGS_FAMILY_IPV6 ? 6
							    : 0;
	struct addr addr;
	enum addr_kind kind;

	if (host == NULL)
		return family; /* that was said */
	r->t->host = (config_str)host->number;
	if (!config_host_addr(config_text(r->c, r->t->host), &addr))
		return family;
	kind = addr_classify(&addr);
	if (kind != ADDR_UNICAST && kind != ADDR_LOOPBACK && !r->t->allow_special)
		config_error(r->c, host->at, &r->owner,
		    "host = %s: %s address: write one of a single machine, or allow_special = true",
		    config_quote(r->c, config_text(r->c, r->t->host)), special_text(kind));
	if (family != 0 && family != addr.family)
		config_error(r->c, host->at, &r->owner,
		    "host = %s: no IPv%d address, as family wants: write one, or another family",
		    config_quote(r->c, config_text(r->c, r->t->host)), family);
	return addr.family;
}

static void
resolve_source(struct resolver *r, int family)
{
	const struct config_value *source = r->values[CONFIG_KEY_SOURCE_OF_TARGET];
	struct addr addr;

	r->t->source = (config_str)source->number;
	if (!addr_parse(config_text(r->c, r->t->source), &addr))
		return;
	r->t->source_is_address = 1;
	r->t->source_addr = addr;
	if (family != 0 && family != addr.family)
		config_error(r->c, source->at, &r->owner,
		    "source = %s: the target has IPv%d addresses: write a source of that family, "
		    "or "
		    "an interface",
		    config_quote(r->c, config_text(r->c, r->t->source)), family);
}

static void
check_timestamp(const struct resolver *r, int family)
{
	const struct config_value *probe = r->values[CONFIG_KEY_PROBE];

	if (r->t->probe == SETTINGS_PROBE_TIMESTAMP && family != 4)
		config_error(r->c, probe->at, &r->owner,
		    "probe = \"timestamp\": exists for IPv4 alone: write family = \"ipv4\", or "
		    "probe = \"echo\"");
}

static void
resolve_alarms(struct resolver *r, uint32_t index, nsec_t last_interval_ns)
{
	struct config *c = r->c;
	const struct config_value *names = r->values[CONFIG_KEY_ALARMS_OF_TARGET];
	uint32_t refs[SETTINGS_TARGET_ALARMS_MAX], n;

	/* Neighbours mostly share a list; shared or not, faults are counted for each target. */
	n = config_alarms_of(
	    c, names, r->t->interval_ns, index, refs, &r->last_samples, &r->last_longest);
	if (names != r->last_alarms || r->t->interval_ns != last_interval_ns) {
		r->last_alarms = names;
		r->last_first = c->out_refs.n;
		r->last_n = n;
		if (n > 0)
			memcpy(config_array_extend(c, &c->out_refs, n, sizeof(*refs)), refs,
			    n * sizeof(*refs));
	}
	r->t->alarms_first = r->last_first;
	r->t->alarms_n = r->last_n;
}

static void
resolve_samples(struct resolver *r)
{
	const struct config_value *v = r->values[CONFIG_KEY_SAMPLES];
	int64_t wanted = (SAMPLES_NS + r->t->interval_ns - 1) / r->t->interval_ns;
	uint32_t needed =
	    r->last_samples < SETTINGS_SAMPLES_MAX ? r->last_samples : SETTINGS_SAMPLES_MAX;
	char interval[32];
	uint64_t place;

	if (v == NULL) {
		wanted = wanted > needed ? wanted : needed;
		r->t->samples =
		    (uint32_t)(wanted < SETTINGS_SAMPLES_MAX ? wanted : SETTINGS_SAMPLES_MAX);
		return;
	}
	r->t->samples = (uint32_t)v->number;
	place = (uint64_t)(v->at.file + 1) << 32 | v->at.line;
	if (r->t->samples >= needed || config_map_get(&r->samples_told, place) != SETTINGS_NONE)
		return;
	config_map_put(r->c, &r->samples_told, place, 0);
	config_error(r->c, v->at, &r->owner,
	    "samples = %u: the alarm %s looks at %u probes at an interval of %s: write %u or more, "
	    "or leave samples out",
	    r->t->samples,
	    config_quote(r->c, config_text(r->c, config_alarm(r->c, r->last_longest)->name)),
	    r->last_samples, duration_format(r->t->interval_ns, interval, sizeof(interval)),
	    needed);
}

static void
resolve_memory(struct resolver *r)
{
	const struct config_value *detail = r->values[CONFIG_KEY_DETAIL];
	const struct config_value *history = r->values[CONFIG_KEY_HISTORY];

	resolve_samples(r);
	r->t->detail = detail != NULL ? (uint32_t)detail->number : r->c->detail;
	r->t->history_minutes = HISTORY_UNDECIDED;
	if (history != NULL)
		r->t->history_minutes =
		    (uint32_t)((history->number + NSEC_PER_MIN - 1) / NSEC_PER_MIN);
}

/* A group's parent may be one of the group: it does not depend on itself. */
static uint32_t
resolve_depends(const struct resolver *r, uint32_t index)
{
	const struct config_target *t = config_target(r->c, index);
	const struct config_value *v = r->values[CONFIG_KEY_DEPENDS];
	uint32_t parent;
	bool inherited = t->group != SETTINGS_NONE &&
			 v == &config_group(r->c, t->group)->values[CONFIG_KEY_DEPENDS];

	if (v->number == 0)
		return SETTINGS_NONE;
	parent = config_map_get(&r->c->target_names, (uint64_t)v->number);
	return inherited && parent == index ? SETTINGS_NONE : parent;
}

static void
resolve_target(struct resolver *r, uint32_t index)
{
	struct config *c = r->c;
	const struct config_target *from = config_target(c, index);
	nsec_t last_interval_ns = index > 0 ? r->t->interval_ns : 0;
	struct label_range labels = r->defaults;
	const struct config_value *own;
	int family;

	r->t = &c->out_targets[index];
	memset(r->t, 0, sizeof(*r->t));
	r->owner.name = from->name;
	r->owner.at = from->at;
	if (index == 0 || from->group != r->group)
		inherited(c, from->group, r->inherited);
	r->group = from->group;
	memcpy(r->values, r->inherited, sizeof(r->values));
	overlay_own(c, from, r->values);
	r->t->name = from->name;
	r->t->file = config_file(c, from->at.file)->path;
	r->t->line = from->at.line;
	r->t->group = from->group;
	r->t->depends = resolve_depends(r, index);
	r->t->dpinger_socket = (config_str)number(r, CONFIG_KEY_DPINGER_SOCKET);
	resolve_probe(r);
	family = resolve_host(r);
	resolve_source(r, family);
	check_timestamp(r, family);
	resolve_alarms(r, index, last_interval_ns);
	resolve_memory(r);
	if (from->group != SETTINGS_NONE) {
		const struct settings_group *g =
		    (struct settings_group *)c->out_groups.items + from->group;

		labels = (struct label_range){g->labels_first, g->labels_n};
	}
	own = r->values[CONFIG_KEY_LABELS_OF_TARGET];
	if (from->n_values > 0 && own >= config_value(c, from->first_value) &&
	    own < config_value(c, from->first_value) + from->n_values)
		labels = merge_labels(c, labels, own, &r->owner);
	r->t->labels_first = labels.first;
	r->t->labels_n = labels.n;
}

/* ---- defaults by number ---- */

static void
decide_history(struct config *c)
{
	uint64_t series = 0, bytes, minutes = HISTORY_MINUTES;
	char text[32];

	for (uint32_t i = 0; i < c->targets.n; i++) {
		if (c->out_targets[i].history_minutes == HISTORY_UNDECIDED)
			series += settings_target_series(&c->out_targets[i]);
	}
	bytes = series * sizeof(struct history_bin);
	if (bytes * minutes > HISTORY_BYTES)
		minutes = HISTORY_BYTES / bytes / 60 * 60;
	for (uint32_t i = 0; i < c->targets.n; i++) {
		if (c->out_targets[i].history_minutes == HISTORY_UNDECIDED)
			c->out_targets[i].history_minutes = (uint32_t)minutes;
	}
	c->history_minutes = (uint32_t)minutes;
	if (minutes < HISTORY_MINUTES)
		config_note(c,
		    "history is %s by default: more of %llu series would take over %llu MiB",
		    minutes == 0
			? "not kept"
			: duration_format((nsec_t)minutes * NSEC_PER_MIN, text, sizeof(text)),
		    (unsigned long long)series, (unsigned long long)(HISTORY_BYTES >> 20));
	if (c->targets.n > DETAIL_TARGETS_MAX)
		config_note(c, "detail is 0 by default: there are more than %d targets",
		    DETAIL_TARGETS_MAX);
}

void
config_resolve(struct config *c)
{
	struct resolver r = {.c = c, .owner = {.level = CONFIG_LEVEL_TARGET}};

	c->detail = c->targets.n > DETAIL_TARGETS_MAX ? 0 : DETAIL;
	resolve_groups(&r);
	for (uint32_t i = 0; i < c->targets.n; i++)
		resolve_target(&r, i);
	config_map_done(&r.samples_told);
	decide_history(c);
}
