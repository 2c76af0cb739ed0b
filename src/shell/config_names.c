/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Names: of settings in the places where they may stand, and of targets, groups and alarms, each
 * of which is given once. Implements a part of shell/config_internal.h.
 */
#include <string.h>

#include "core/text.h"
#include "shell/config_internal.h"

#define PLAIN_MAX 1024

bool
config_text_plain(const char *text)
{
	char copy[PLAIN_MAX], escaped[PLAIN_MAX];
	struct text t;
	size_t len = strlen(text);

	if (len >= sizeof(copy))
		return false;
	memcpy(copy, text, len + 1);
	for (size_t i = 0; i < len; i++) {
		if (copy[i] == '|') /* escaped in logs, but plain */
			copy[i] = ' ';
	}
	text_init(&t, escaped, sizeof(escaped));
	text_log_words(&t, copy);
	return !t.overflow && strcmp(copy, escaped) == 0;
}

static bool
stands_here(const struct config_key *key, const struct config_owner *owner)
{
	switch (owner->level) {
	case CONFIG_LEVEL_DEFAULTS:
		return (key->where & CONFIG_IN_DEFAULTS) != 0;
	case CONFIG_LEVEL_GROUP:
		return key->section == CONFIG_GROUP || (key->where & CONFIG_IN_GROUP) != 0;
	default:
		return key->section == owner->section;
	}
}

/* Where a setting belongs that does not belong here. */
static const char *
home_text(const struct config_key *key)
{
	switch (key->section) {
	case CONFIG_TOP:
		return "the top of the file";
	case CONFIG_STATS:
		return "stats = { ... }";
	case CONFIG_LOG:
		return "log = { ... }";
	case CONFIG_METRICS:
		return "metrics = { ... }";
	case CONFIG_ALARM:
		return "an alarm";
	case CONFIG_GROUP:
		return "a group";
	default:
		return (key->where & CONFIG_IN_DEFAULTS) != 0 ? "defaults, a group or a target"
		       : key->where != 0		      ? "a group or a target"
							      : "a target";
	}
}

static void
unknown(
    struct config *c, const struct config_owner *owner, struct config_place at, const char *name)
{
	struct config_near near = {.wanted = name}, elsewhere = {.wanted = name};
	const struct config_key *home = NULL;
	char all[512];
	struct text t;

	text_init(&t, all, sizeof(all));
	for (unsigned i = 0; i < CONFIG_KEY_COUNT; i++) {
		const struct config_key *key = config_key(i);
		const char *best = elsewhere.best;

		if (stands_here(key, owner)) {
			config_near_try(c, &near, key->name);
			text_printf(&t, "%s%s", t.len == 0 ? "" : ", ", key->name);
			continue;
		}
		config_near_try(c, &elsewhere, key->name);
		home = elsewhere.best != best ? key : home;
	}
	if (home != NULL && elsewhere.distance == 0)
		config_error(c, at, owner, "%s does not stand here: write it in %s",
		    config_quote(c, name), home_text(home));
	else if (near.best != NULL)
		config_error(c, at, owner, "unknown setting %s%s", config_quote(c, name),
		    config_near_text(c, &near, ""));
	else if (home != NULL)
		config_error(c, at, owner,
		    "unknown setting %s: did you mean %s? That is written in %s",
		    config_quote(c, name), config_quote(c, home->name), home_text(home));
	else
		config_error(c, at, owner, "unknown setting %s: what may stand here is %s",
		    config_quote(c, name), all);
}

int
config_key_here(
    struct config *c, const struct config_owner *owner, struct config_place at, const char *name)
{
	for (int i = 0; i < CONFIG_KEY_COUNT; i++) {
		const struct config_key *key = config_key((unsigned)i);

		if (stands_here(key, owner) && strcmp(key->name, name) == 0)
			return i;
	}
	unknown(c, owner, at, name);
	return -1;
}

/* A name that may be put into a table, or 0 after saying why not. */
static config_str
new_name(struct config *c, const struct config_map *map, const struct config_owner *owner,
    const char *name, config_str *ret_other)
{
	config_str str;

	if (!settings_name_valid(name)) {
		config_error(
		    c, owner->at, owner, "the name %s: " CONFIG_NAME_RULE, config_quote(c, name));
		return 0;
	}
	str = config_intern(c, name, strlen(name));
	*ret_other = config_map_get(map, str);
	return str;
}

static void
twice(
    struct config *c, const struct config_owner *owner, config_str name, struct config_place first)
{
	struct config_owner named = *owner;

	named.name = name;
	config_error(c, owner->at, &named,
	    "this name is here twice, first at %s: rename one of them",
	    config_place_text(c, first));
}

static void
too_many(struct config *c, const struct config_owner *owner, const char *what, int max)
{
	config_error(c, owner->at, NULL, "more than %d %s: have fewer", max, what);
}

uint32_t
config_target_add(struct config *c, const char *name, uint32_t group, struct config_place at)
{
	const struct config_owner owner = {.level = CONFIG_LEVEL_TARGET, .at = at};
	uint32_t other = SETTINGS_NONE;
	config_str str = new_name(c, &c->target_names, &owner, name, &other);
	struct config_target *t;

	if (str == 0)
		return SETTINGS_NONE;
	if (other != SETTINGS_NONE) {
		twice(c, &owner, str, config_target(c, other)->at);
		return SETTINGS_NONE;
	}
	if (c->targets.n == SETTINGS_TARGETS_MAX) {
		if (!c->full)
			too_many(c, &owner, "targets", SETTINGS_TARGETS_MAX);
		c->full = true;
		return SETTINGS_NONE;
	}
	config_map_put(c, &c->target_names, str, c->targets.n);
	t = config_array_add(c, &c->targets, sizeof(*t));
	t->name = str;
	t->at = at;
	t->group = group;
	return c->targets.n - 1;
}

void
config_target_take(struct config *c, const struct config_owner *owner,
    const struct config_value values[static CONFIG_KEY_COUNT], uint32_t group)
{
	const struct config_value *host = &values[CONFIG_KEY_HOST_OF_TARGET];
	uint32_t target;

	if (host->given == CONFIG_ABSENT && !c->dropped)
		config_error(c, owner->at, owner,
		    "has no host: write host = \"192.0.2.1\"; (an address or a name)");
	if (owner->name == 0)
		return; /* no name and no host: that was said */
	target = config_target_add(c, config_text(c, owner->name), group, owner->at);
	if (target == SETTINGS_NONE)
		return;
	config_target(c, target)->first_value = c->values.n;
	for (int i = 0; i < CONFIG_KEY_COUNT; i++) {
		if (values[i].given != CONFIG_GIVEN || i == CONFIG_KEY_NAME_OF_TARGET)
			continue;
		*(struct config_value *)config_array_add(c, &c->values, sizeof(*values)) =
		    values[i];
		config_target(c, target)->n_values++;
	}
	if (group != SETTINGS_NONE)
		config_group(c, group)->n_targets++;
}

uint32_t
config_group_add(struct config *c, const char *name, struct config_place at)
{
	const struct config_owner owner = {.level = CONFIG_LEVEL_GROUP, .at = at};
	uint32_t other = SETTINGS_NONE;
	config_str str = new_name(c, &c->group_names, &owner, name, &other);
	struct config_group *g;

	if (str == 0)
		return SETTINGS_NONE;
	if (other != SETTINGS_NONE) {
		twice(c, &owner, str, config_group(c, other)->at);
		return SETTINGS_NONE;
	}
	if (c->groups.n == SETTINGS_GROUPS_MAX) {
		too_many(c, &owner, "groups", SETTINGS_GROUPS_MAX);
		return SETTINGS_NONE;
	}
	config_map_put(c, &c->group_names, str, c->groups.n);
	g = config_array_add(c, &c->groups, sizeof(*g));
	g->name = str;
	g->at = at;
	return c->groups.n - 1;
}

uint32_t
config_alarm_add(struct config *c, const char *name, struct config_place at)
{
	const struct config_owner owner = {.level = CONFIG_LEVEL_ALARM, .at = at};
	uint32_t other = SETTINGS_NONE;
	config_str str = new_name(c, &c->alarm_names, &owner, name, &other);
	struct config_alarm *a;

	if (str == 0)
		return SETTINGS_NONE;
	if (other != SETTINGS_NONE && config_alarm(c, other)->at.file != CONFIG_DEFAULT_FILE) {
		twice(c, &owner, str, config_alarm(c, other)->at);
		return SETTINGS_NONE;
	}
	if (other == SETTINGS_NONE && c->alarms.n == CONFIG_ALARMS_MAX) {
		too_many(c, &owner, "alarms", CONFIG_ALARMS_MAX);
		return SETTINGS_NONE;
	}
	if (other == SETTINGS_NONE) {
		other = c->alarms.n;
		config_map_put(c, &c->alarm_names, str, other);
		(void)config_array_add(c, &c->alarms, sizeof(*a));
	}
	a = config_alarm(c, other); /* a built-in one is replaced */
	memset(a, 0, sizeof(*a));
	a->name = str;
	a->at = at;
	return other;
}
