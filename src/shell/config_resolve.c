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
#include "shell/config_resolve.h"

/* Tunables of the defaults.
 * DETAIL             probes kept in full, while there are at most DETAIL_TARGETS_MAX targets
 * HISTORY_MINUTES    minute bins, while those of all targets fit in HISTORY_BYTES; else whole hours
 */
#define DETAIL 256
#define DETAIL_TARGETS_MAX 10000
#define HISTORY_MINUTES (24 * 60)
#define HISTORY_BYTES (UINT64_C(64) << 20)

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

void
config_inherited(const struct config *c, uint32_t group, const struct config_value *ret_values[])
{
	for (int i = 0; i < CONFIG_KEY_COUNT; i++)
		ret_values[i] = NULL;
	overlay(c->initial, ret_values);
	overlay(c->top, ret_values);
	if (group != SETTINGS_NONE)
		overlay(config_group(c, group)->values, ret_values);
}

void
config_overlay_own(
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
	config_inherited(c, t->group, ret_values);
	config_overlay_own(c, t, ret_values);
}

struct config_label_range
config_merge_labels(struct config *c, struct config_label_range outer,
    const struct config_value *level, const struct config_owner *owner)
{
	struct settings_label merged[2 * SETTINGS_LABELS_MAX];
	struct config_label_range range = {.first = c->out_labels.n};

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
resolve_groups(struct config_resolver *r)
{
	struct config *c = r->c;
	static const struct config_owner defaults = {.level = CONFIG_LEVEL_DEFAULTS};

	r->defaults = config_merge_labels(
	    c, (struct config_label_range){0, 0}, &c->top[CONFIG_KEY_LABELS_OF_TARGET], &defaults);
	for (uint32_t i = 0; i < c->groups.n; i++) {
		const struct config_group *g = config_group(c, i);
		const struct config_owner owner = {
		    .level = CONFIG_LEVEL_GROUP, .name = g->name, .at = g->at};
		const struct config_value *quorum = &g->values[CONFIG_KEY_GROUP_QUORUM];
		struct config_label_range labels = config_merge_labels(
		    c, r->defaults, &g->values[CONFIG_KEY_LABELS_OF_TARGET], &owner);
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

static void
decide_history(struct config *c)
{
	uint64_t series = 0, bytes, minutes = HISTORY_MINUTES;
	char text[32];

	for (uint32_t i = 0; i < c->targets.n; i++) {
		const struct settings_plan *p = config_plan_of(c, i);

		if (p->history_minutes == CONFIG_HISTORY_UNDECIDED)
			series += settings_plan_series(p);
	}
	bytes = series * sizeof(struct history_bin);
	if (bytes * minutes > HISTORY_BYTES)
		minutes = HISTORY_BYTES / bytes / 60 * 60;
	for (uint32_t i = 0; i < c->out_plans.n; i++) {
		struct settings_plan *p = (struct settings_plan *)c->out_plans.items + i;

		if (p->history_minutes == CONFIG_HISTORY_UNDECIDED)
			p->history_minutes = (uint32_t)minutes;
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
	struct config_resolver r = {.c = c, .owner = {.level = CONFIG_LEVEL_TARGET}};

	c->detail = c->targets.n > DETAIL_TARGETS_MAX ? 0 : DETAIL;
	resolve_groups(&r);
	for (uint32_t i = 0; i < c->targets.n; i++)
		config_resolve_target(&r, i);
	config_map_done(&r.samples_told);
	config_map_done(&r.plans);
	config_map_done(&r.alarm_lists);
	decide_history(c);
}
