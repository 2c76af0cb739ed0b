/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The effective configuration as text (-T): what libconfig can read again, each value with the
 * place that it comes from. Below PRINT_ALL_MAX targets each of them shows all that holds for it;
 * above, what it has of its own. Built-in alarms stand in comments, since as the user's own they
 * would no longer follow the intervals. It refuses to know how values were read.
 */
#include <stdio.h>
#include <string.h>

#include "core/duration.h"
#include "shell/config_print.h"

#define PRINT_ALL_MAX 5000 /* targets */
#define PIECE_BYTES 1024
#define RTT_TARGETS_MAX 5000 /* as the engine decides */

/* The labels of a level on top of those that are there; inner ones win. */
static void
add_labels(const struct config *c, const struct config_value *level,
    const struct config_label *labels[static SETTINGS_LABELS_MAX], uint32_t *n)
{
	if (level == NULL || level->given != CONFIG_GIVEN)
		return;
	for (uint32_t i = 0; i < config_list_n(level); i++) {
		const struct config_label *label = config_label(c, config_list_first(level) + i);
		uint32_t k = 0;

		while (k < *n && labels[k]->key != label->key)
			k++;
		labels[k] = label;
		*n += k == *n;
	}
}

static const struct config_value *
top_value(const struct config *c, int key)
{
	return c->top[key].given == CONFIG_GIVEN ? &c->top[key] : &c->initial[key];
}

static void
put_section(struct config *c, int section_key, enum config_section section)
{
	if (section != CONFIG_TOP)
		config_putf(c, "%s = {\n", config_key((unsigned)section_key)->name);
	for (int i = 0; i < CONFIG_KEY_COUNT; i++) {
		const struct config_value *v = top_value(c, i);

		if (config_key((unsigned)i)->section == section && v->given == CONFIG_GIVEN)
			config_put_setting(c, section == CONFIG_TOP ? "" : "\t", v);
		else if (i == CONFIG_KEY_METRICS_RTT && section == CONFIG_METRICS)
			config_putf(c, "\trtt = %s; # default\n",
			    c->targets.n <= RTT_TARGETS_MAX ? "true" : "false");
	}
	if (section != CONFIG_TOP)
		config_put(c, "};\n");
}

/* A default that the number of targets decided. */
static struct config_value
decided(int key, int64_t number)
{
	return (struct config_value){.key = (uint8_t)key,
	    .given = CONFIG_GIVEN,
	    .at = {.file = CONFIG_DEFAULT_FILE},
	    .number = number};
}

static void
put_defaults(struct config *c)
{
	const struct config_label *labels[SETTINGS_LABELS_MAX];
	uint32_t n = 0;

	config_put(c, "defaults = {\n");
	for (int i = 0; i < CONFIG_KEY_COUNT; i++) {
		const struct config_value *v = top_value(c, i);
		struct config_value other = i == CONFIG_KEY_DETAIL
						? decided(i, c->detail)
						: decided(i, c->history_minutes * NSEC_PER_MIN);

		if ((config_key((unsigned)i)->where & CONFIG_IN_DEFAULTS) == 0 ||
		    i == CONFIG_KEY_LABELS_OF_TARGET)
			continue;
		if (v->given == CONFIG_GIVEN)
			config_put_setting(c, "\t", v);
		else if (i == CONFIG_KEY_SAMPLES)
			config_put(c,
			    "\t# samples: what the alarms of a target need, 5 minutes at least # "
			    "default\n");
		else
			config_put_setting(c, "\t", &other);
	}
	add_labels(c, &c->top[CONFIG_KEY_LABELS_OF_TARGET], labels, &n);
	config_put_labels(c, "\t", labels, n);
	config_put(c, "};\n");
}

static void
put_alarms(struct config *c)
{
	config_put(c, "alarms = {\n");
	for (uint32_t i = 0; i < c->alarms.n; i++) {
		const struct config_alarm *a = config_alarm(c, i);
		bool built_in = a->at.file == CONFIG_DEFAULT_FILE;
		const char *prefix = built_in ? "\t# " : "\t";

		config_putf(c, "%s%s = { # %s\n", prefix, config_text(c, a->name),
		    config_place_text(c, a->at));
		for (int k = 0; k < CONFIG_KEY_COUNT; k++) {
			if (config_key((unsigned)k)->section == CONFIG_ALARM)
				config_put_setting(
				    c, built_in ? "\t# \t" : "\t\t", config_alarm_value(c, i, k));
		}
		config_putf(c, "%s};\n", prefix);
	}
	config_put(c, "};\n");
}

/* All that holds for a target, or what it has of its own. */
static void
put_target(struct config *c, uint32_t index, const char *prefix, bool all)
{
	const struct config_target *t = config_target(c, index);
	const struct settings_target *out = &c->out_targets[index];
	const struct settings_plan *plan = config_plan_of(c, index);
	const struct config_value *values[CONFIG_KEY_COUNT] = {0};
	const struct config_label *labels[SETTINGS_LABELS_MAX];
	uint32_t n = 0;
	struct config_value no_parent;
	const struct config_value others[] = {
	    decided(CONFIG_KEY_SAMPLES, plan->samples),
	    decided(CONFIG_KEY_DETAIL, plan->detail),
	    decided(CONFIG_KEY_HISTORY, plan->history_minutes * NSEC_PER_MIN),
	};

	config_putf(c, "%sname = ", prefix);
	config_put_quoted(c, config_text(c, t->name));
	config_putf(c, "; # %s\n", config_place_text(c, t->at));
	if (all)
		config_effective(c, t, values);
	for (uint32_t i = 0; i < t->n_values; i++)
		values[config_value(c, t->first_value + i)->key] =
		    config_value(c, t->first_value + i);
	for (size_t i = 0; all && i < sizeof(others) / sizeof(others[0]); i++) {
		if (values[others[i].key] == NULL)
			values[others[i].key] = &others[i];
	}
	if (all && out->depends == SETTINGS_NONE) { /* a group's parent has none itself */
		no_parent = *values[CONFIG_KEY_DEPENDS];
		no_parent.number = 0;
		values[CONFIG_KEY_DEPENDS] = &no_parent;
	}
	for (int i = 0; i < CONFIG_KEY_COUNT; i++) {
		if (values[i] != NULL && i != CONFIG_KEY_LABELS_OF_TARGET)
			config_put_setting(c, prefix, values[i]);
	}
	if (all) {
		add_labels(c, &c->top[CONFIG_KEY_LABELS_OF_TARGET], labels, &n);
		if (t->group != SETTINGS_NONE)
			add_labels(c,
			    &config_group(c, t->group)->values[CONFIG_KEY_LABELS_OF_TARGET], labels,
			    &n);
	}
	add_labels(c, values[CONFIG_KEY_LABELS_OF_TARGET], labels, &n);
	if (n > 0)
		config_put_labels(c, prefix, labels, n);
}

/* The targets of a group, or those of none. */
static void
put_targets(struct config *c, const uint32_t *list, uint32_t n, const char *prefix)
{
	bool all = c->targets.n <= PRINT_ALL_MAX;
	char inner[PIECE_BYTES];

	(void)snprintf(inner, sizeof(inner), "%s\t\t", prefix);
	config_putf(c, "%stargets = (\n", prefix);
	for (uint32_t i = 0; i < n; i++) {
		config_putf(c, "%s\t{\n", prefix);
		put_target(c, list[i], inner, all);
		config_putf(c, "%s\t}%s\n", prefix, i == n - 1 ? "" : ",");
	}
	config_putf(c, "%s);\n", prefix);
}

static void
put_group(struct config *c, const struct config_group *g, const uint32_t *list)
{
	const struct config_label *labels[SETTINGS_LABELS_MAX];
	uint32_t n = 0;

	config_putf(c, "\t%s = { # %s\n", config_text(c, g->name), config_place_text(c, g->at));
	for (int i = 0; i < CONFIG_KEY_COUNT; i++) {
		if (g->values[i].given == CONFIG_GIVEN && i != CONFIG_KEY_LABELS_OF_TARGET)
			config_put_setting(c, "\t\t", &g->values[i]);
	}
	add_labels(c, &g->values[CONFIG_KEY_LABELS_OF_TARGET], labels, &n);
	if (n > 0)
		config_put_labels(c, "\t\t", labels, n);
	put_targets(c, list, g->n_targets, "\t\t");
	config_put(c, "\t};\n");
}

/* The targets in order of their groups, those of none last, into list; first: room for one number
 * a group and one more. */
static void
sort_targets(struct config *c, uint32_t *first, uint32_t *list)
{
	uint32_t at = 0;

	for (uint32_t g = 0; g < c->groups.n; g++) {
		first[g] = at;
		at += config_group(c, g)->n_targets;
	}
	first[c->groups.n] = at;
	for (uint32_t i = 0; i < c->targets.n; i++) {
		uint32_t group = config_target(c, i)->group;

		list[first[group == SETTINGS_NONE ? c->groups.n : group]++] = i;
	}
}

void
config_print_make(struct config *c)
{
	struct config_array numbers = {0};
	uint32_t *list =
	    config_array_extend(c, &numbers, c->targets.n + c->groups.n + 1, sizeof(*list));
	uint32_t at = 0;

	sort_targets(c, list + c->targets.n, list);
	config_putf(c, "# %s and what it reads; behind each value stands where it comes from\n",
	    config_escape(c, config_text(c, config_file(c, 0)->path)));
	put_section(c, 0, CONFIG_TOP);
	put_section(c, CONFIG_KEY_STATS_SECTION, CONFIG_STATS);
	put_section(c, CONFIG_KEY_LOG_SECTION, CONFIG_LOG);
	put_section(c, CONFIG_KEY_METRICS_SECTION, CONFIG_METRICS);
	put_defaults(c);
	put_alarms(c);
	if (c->targets.n > PRINT_ALL_MAX)
		config_putf(
		    c, "# each target shows what it does not have from its group or defaults\n");
	config_put(c, "groups = {\n");
	for (uint32_t g = 0; g < c->groups.n; g++) {
		put_group(c, config_group(c, g), list + at);
		at += config_group(c, g)->n_targets;
	}
	config_put(c, "};\n");
	put_targets(c, list + at, c->targets.n - at, "");
	config_array_done(&numbers);
	*(char *)config_array_extend(c, &c->print, 1, 1) = '\0';
}
