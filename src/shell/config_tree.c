/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * From libconfig's tree to settings, groups, alarms and targets. The only file that knows
 * libconfig; it hands it text that config_scan.c has passed. It refuses to know what values mean.
 */
#include <libconfig.h>
#include <stdlib.h>
#include <string.h>

#include "shell/config_internal.h"

#define EXAMPLE_TARGET "{ host = \"192.0.2.1\"; }"

static struct config_place
place_of(const struct config *c, const config_setting_t *setting)
{
	const struct config_line *lines = c->lines.items;
	uint32_t line = config_setting_source_line(setting), low = 0, high = c->lines.n;
	struct config_place at;

	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (lines[middle].first <= line)
			low = middle;
		else
			high = middle;
	}
	at = lines[low].at;
	at.line += line - lines[low].first;
	return at;
}

/* A list of texts; false when something else is in it, or too much. */
static bool
read_words(struct config *c, const config_setting_t *list, struct config_raw *raw)
{
	int n = config_setting_length(list);

	if (n > CONFIG_LIST_MAX)
		return false;
	raw->first = c->words.n;
	raw->n = (uint32_t)n;
	for (int i = 0; i < n; i++) {
		const char *text = config_setting_get_string_elem(list, i);

		if (text == NULL)
			return false;
		*(config_str *)config_array_add(c, &c->words, sizeof(config_str)) =
		    config_intern(c, text, strlen(text));
	}
	return true;
}

static bool
read_labels(struct config *c, struct config_item *item, const config_setting_t *group)
{
	int n = config_setting_length(group);
	bool good = true;

	item->raw.kind = CONFIG_RAW_LABELS;
	item->raw.first = c->labels.n;
	item->raw.n = (uint32_t)n;
	for (int i = 0; i < n; i++) {
		config_setting_t *label = config_setting_get_elem(group, (unsigned)i);

		good &= config_label_add(c, item, config_setting_name(label),
		    config_setting_get_string(label), place_of(c, label));
	}
	return good;
}

static void
read_raw(struct config *c, const config_setting_t *setting, struct config_raw *raw)
{
	switch (config_setting_type(setting)) {
	case CONFIG_TYPE_STRING:
		raw->kind = CONFIG_RAW_TEXT;
		raw->text = config_setting_get_string(setting);
		break;
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		raw->kind = CONFIG_RAW_INTEGER;
		raw->number = config_setting_type(setting) == CONFIG_TYPE_INT
				  ? config_setting_get_int(setting)
				  : config_setting_get_int64(setting);
		break;
	case CONFIG_TYPE_FLOAT:
		raw->kind = CONFIG_RAW_FLOAT;
		raw->real = config_setting_get_float(setting);
		break;
	case CONFIG_TYPE_BOOL:
		raw->kind = CONFIG_RAW_SWITCH;
		raw->number = config_setting_get_bool(setting);
		break;
	case CONFIG_TYPE_GROUP:
		raw->kind = CONFIG_RAW_GROUP;
		break;
	default:
		raw->kind = read_words(c, setting, raw) ? CONFIG_RAW_WORDS : CONFIG_RAW_LIST;
	}
}

/* One setting's value into its place of values. */
static void
read_value(struct config *c, const struct config_owner *owner, const config_setting_t *setting,
    int key, struct config_value values[])
{
	struct config_item item = {
	    .owner = owner, .at = place_of(c, setting), .key = config_key((unsigned)key)};
	int64_t number;

	if (values[key].given != CONFIG_ABSENT && owner->level == CONFIG_LEVEL_TARGET) {
		config_error(c, item.at, owner, "%s stands before the = already: take this out",
		    item.key->name);
		return;
	}
	read_raw(c, setting, &item.raw);
	values[key].given = CONFIG_FAULTY;
	if (item.key->type == CONFIG_LABELS && item.raw.kind == CONFIG_RAW_GROUP &&
	    !read_labels(c, &item, setting))
		return;
	if (config_value_parse(c, &item, &number))
		values[key] = (struct config_value){
		    .key = (uint8_t)key, .given = CONFIG_GIVEN, .at = item.at, .number = number};
}

static bool
is_container(const struct config_key *key)
{
	return key->type == CONFIG_SECTION || key->type == CONFIG_MEMBERS ||
	       key->type == CONFIG_TARGETS || key->type == CONFIG_FILE;
}

/* The settings of a group into values; what holds targets is left. */
static void
read_level(struct config *c, const struct config_owner *owner, const config_setting_t *group,
    struct config_value values[])
{
	int n = config_setting_length(group);

	for (int i = 0; i < n; i++) {
		config_setting_t *setting = config_setting_get_elem(group, (unsigned)i);
		int key =
		    config_key_here(c, owner, place_of(c, setting), config_setting_name(setting));

		if (key >= 0 && !is_container(config_key((unsigned)key)))
			read_value(c, owner, setting, key, values);
	}
}

/* A target with a name of its own (in a group of targets), or NULL (in a list). */
static void
read_target(struct config *c, const config_setting_t *setting, const char *name, uint32_t group)
{
	struct config_value values[CONFIG_KEY_COUNT] = {0};
	struct config_owner owner = {
	    .level = CONFIG_LEVEL_TARGET, .section = CONFIG_TARGET, .at = place_of(c, setting)};
	struct config_value *own = &values[CONFIG_KEY_NAME_OF_TARGET];

	if (name != NULL)
		owner.name = config_intern(c, name, strlen(name));
	if (!config_setting_is_group(setting)) {
		config_error(c, owner.at, &owner, "a target is a group: write " EXAMPLE_TARGET);
		return;
	}
	own->given = name != NULL ? CONFIG_GIVEN : CONFIG_ABSENT;
	if (config_setting_lookup_string(setting, "name", &name) ||
	    config_setting_lookup_string(setting, "host", &name))
		owner.name = owner.name != 0 ? owner.name : config_intern(c, name, strlen(name));
	read_level(c, &owner, setting, values);
	if (own->given != CONFIG_FAULTY)
		config_target_take(c, &owner, values, group);
}

static void
read_targets(struct config *c, const config_setting_t *setting, uint32_t group)
{
	int n = config_setting_is_aggregate(setting) ? config_setting_length(setting) : 1;

	if (!config_setting_is_group(setting) && !config_setting_is_list(setting) && n > 0) {
		config_error(c, place_of(c, setting), NULL,
		    "targets must be a group of named groups, or a list: write { a "
		    "= " EXAMPLE_TARGET "; } or ( { name = \"a\"; host = \"192.0.2.1\"; } )");
		return;
	}
	for (int i = 0; i < n && !c->full; i++) {
		config_setting_t *target = config_setting_get_elem(setting, (unsigned)i);

		read_target(c, target, config_setting_name(target), group);
	}
}

static void
read_targets_file(struct config *c, const config_setting_t *setting, uint32_t group)
{
	struct config_place at = place_of(c, setting);
	const char *path = config_setting_get_string(setting);

	if (path == NULL || *path == '\0')
		config_error(c, at, NULL,
		    "targets_file must be a path: write targets_file = \"hosts.txt\";");
	else
		config_lines_read(
		    c, config_text(c, config_path_beside(c, at.file, path)), at, group);
}

static void
read_group(struct config *c, const config_setting_t *setting)
{
	struct config_owner owner = {
	    .level = CONFIG_LEVEL_GROUP, .section = CONFIG_GROUP, .at = place_of(c, setting)};
	uint32_t group = config_group_add(c, config_setting_name(setting), owner.at);
	int n = config_setting_length(setting);

	if (group == SETTINGS_NONE)
		return;
	owner.name = config_group(c, group)->name;
	read_level(c, &owner, setting, config_group(c, group)->values);
	for (int i = 0; i < n; i++) {
		config_setting_t *child = config_setting_get_elem(setting, (unsigned)i);
		const char *name = config_setting_name(child);

		if (strcmp(name, config_key(CONFIG_KEY_GROUP_TARGETS)->name) == 0)
			read_targets(c, child, group);
		else if (strcmp(name, config_key(CONFIG_KEY_GROUP_TARGETS_FILE)->name) == 0)
			read_targets_file(c, child, group);
	}
}

static void
read_alarm(struct config *c, const config_setting_t *setting)
{
	struct config_owner owner = {
	    .level = CONFIG_LEVEL_ALARM, .section = CONFIG_ALARM, .at = place_of(c, setting)};
	uint32_t alarm = config_alarm_add(c, config_setting_name(setting), owner.at);

	if (alarm == SETTINGS_NONE)
		return;
	owner.name = config_alarm(c, alarm)->name;
	read_level(c, &owner, setting, config_alarm(c, alarm)->values);
}

/* Each member of alarms or groups. */
static void
read_members(struct config *c, const config_setting_t *setting,
    void (*read)(struct config *, const config_setting_t *))
{
	int n = config_setting_is_group(setting) ? config_setting_length(setting) : 0;

	if (!config_setting_is_group(setting))
		config_error(c, place_of(c, setting), NULL,
		    "%s must be a group of named groups: write %s = { NAME = { ... }; };",
		    config_setting_name(setting), config_setting_name(setting));
	for (int i = 0; i < n; i++) {
		config_setting_t *member = config_setting_get_elem(setting, (unsigned)i);

		if (config_setting_is_group(member))
			read(c, member);
		else
			config_error(c, place_of(c, member), NULL,
			    "%s in %s must be a group: write %s = { ... };",
			    config_quote(c, config_setting_name(member)),
			    config_setting_name(setting), config_setting_name(member));
	}
}

/* stats, log, metrics or defaults: later files win. */
static void
read_section(struct config *c, const config_setting_t *setting, int key)
{
	static const struct {
		int key;
		struct config_owner owner;
	} sections[] = {
	    {CONFIG_KEY_STATS_SECTION, {.level = CONFIG_LEVEL_SECTION, .section = CONFIG_STATS}},
	    {CONFIG_KEY_LOG_SECTION, {.level = CONFIG_LEVEL_SECTION, .section = CONFIG_LOG}},
	    {CONFIG_KEY_METRICS_SECTION,
		{.level = CONFIG_LEVEL_SECTION, .section = CONFIG_METRICS}},
	    {CONFIG_KEY_DEFAULTS, {.level = CONFIG_LEVEL_DEFAULTS, .section = CONFIG_TARGET}},
	};

	if (!config_setting_is_group(setting)) {
		config_error(c, place_of(c, setting), NULL,
		    "%s must be a group: write %s = { NAME = VALUE; };",
		    config_setting_name(setting), config_setting_name(setting));
		return;
	}
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		if (sections[i].key == key)
			read_level(c, &sections[i].owner, setting, c->top);
	}
}

static void
read_top(struct config *c, const config_setting_t *setting)
{
	static const struct config_owner owner = {
	    .level = CONFIG_LEVEL_FILE, .section = CONFIG_TOP};
	int key = config_key_here(c, &owner, place_of(c, setting), config_setting_name(setting));

	switch (key) {
	case -1:
		return;
	case CONFIG_KEY_ALARMS_SECTION:
		read_members(c, setting, read_alarm);
		return;
	case CONFIG_KEY_GROUPS:
		read_members(c, setting, read_group);
		return;
	case CONFIG_KEY_TARGETS_SECTION:
		read_targets(c, setting, SETTINGS_NONE);
		return;
	case CONFIG_KEY_TARGETS_FILE:
		read_targets_file(c, setting, SETTINGS_NONE);
		return;
	case CONFIG_KEY_VERSION:
	case CONFIG_KEY_RECEIVE_BUFFER:
	case CONFIG_KEY_MAX_RATE:
		read_value(c, &owner, setting, key, c->top);
		return;
	default:
		read_section(c, setting, key);
	}
}

void
config_tree_read(struct config *c)
{
	config_t tree;

	config_init(&tree);
	if (config_read_string(&tree, c->expanded.items)) {
		const config_setting_t *root = config_root_setting(&tree);
		int n = config_setting_length(root);

		for (int i = 0; i < n; i++)
			read_top(c, config_setting_get_elem(root, (unsigned)i));
	} else {
		const config_setting_t fault = {.line = (unsigned)config_error_line(&tree)};

		config_error(c, place_of(c, &fault), NULL,
		    "libconfig finds a fault here (%s): write it in another way",
		    config_error_text(&tree));
		c->torn = true;
	}
	config_destroy(&tree);
}
