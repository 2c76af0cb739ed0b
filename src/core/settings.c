/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Implements core/settings.h.
 */
#include "core/settings.h"

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

const char *
settings_text(const struct settings *s, settings_str str)
{
	return str == 0 ? "" : at(s, str);
}

uint32_t
settings_target_series(const struct settings_target *t)
{
	return t->addresses_all ? SETTINGS_ADDRESSES_MAX : 1;
}
