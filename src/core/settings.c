/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Implements core/settings.h.
 */
#include "core/settings.h"

#include <string.h>

static const void *
at(const struct settings *s, uint64_t offset)
{
	return (const char *)s + offset;
}

const struct settings_target *
settings_targets(const struct settings *s)
{
	return at(s, s->targets_at);
}

const struct settings_plan *
settings_plans(const struct settings *s)
{
	return at(s, s->plans_at);
}

const struct settings_group *
settings_groups(const struct settings *s)
{
	return at(s, s->groups_at);
}

const struct settings_alarm *
settings_alarms(const struct settings *s)
{
	return at(s, s->alarms_at);
}

const struct settings_label *
settings_labels(const struct settings *s)
{
	return at(s, s->labels_at);
}

const uint32_t *
settings_refs(const struct settings *s)
{
	return at(s, s->refs_at);
}

const settings_str *
settings_string_refs(const struct settings *s)
{
	return at(s, s->string_refs_at);
}

const settings_str *
settings_warnings(const struct settings *s)
{
	return at(s, s->warnings_at);
}

const settings_str *
settings_notes(const struct settings *s)
{
	return at(s, s->notes_at);
}

const char *
settings_text(const struct settings *s, settings_str str)
{
	return str == 0 ? "" : at(s, str);
}

const struct settings_plan *
settings_plan_of(const struct settings *s, const struct settings_target *t)
{
	return &settings_plans(s)[t->plan];
}

uint32_t
settings_plan_series(const struct settings_plan *plan)
{
	return plan->addresses_all ? SETTINGS_ADDRESSES_MAX : 1;
}

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool
settings_name_valid(const char *name)
{
	size_t len = 0;

	while (is_word(name[len]) || (name[len] != '\0' && strchr("._:-", name[len]) != NULL))
		len++;
	return name[len] == '\0' && len >= 1 && len <= SETTINGS_NAME_MAX;
}

bool
settings_label_valid(const char *key)
{
	size_t len = 0;

	while (is_word(key[len]) || key[len] == '_')
		len++;
	return key[len] == '\0' && len >= 1 && len <= SETTINGS_NAME_MAX &&
	       !(key[0] >= '0' && key[0] <= '9') && !(key[0] == '_' && key[1] == '_');
}
