/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Builds a settings block without files, for the simulation and for tests of the engine.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

#define TEXT_BYTES 64

static settings_str
put(char *base, uint64_t *at, const char *text)
{
	settings_str str = (settings_str)*at;

	memcpy(base + *at, text, strlen(text) + 1);
	*at += strlen(text) + 1;
	return str;
}

static void
put_alarm(char *base, uint64_t *at, struct settings_alarm *alarm, const char *name,
    const char *raise, const char *clear, enum settings_state state)
{
	char why[256];

	memset(alarm, 0, sizeof(*alarm));
	alarm->name = put(base, at, name);
	alarm->raise_text = put(base, at, raise);
	alarm->clear_text = put(base, at, clear);
	alarm->state = (uint8_t)state;
	assert(condition_parse(raise, &alarm->raise, why, sizeof(why)));
	assert(condition_parse(clear, &alarm->clear, why, sizeof(why)));
}

static void
put_target(
    char *base, uint64_t *at, struct settings_target *t, const struct sim_target *from, uint32_t i)
{
	char name[TEXT_BYTES], address[ADDR_TEXT_MAX];

	memset(t, 0, sizeof(*t));
	if (from->name != NULL)
		(void)snprintf(name, sizeof(name), "%s", from->name);
	else
		(void)snprintf(name, sizeof(name), "t%u", i);
	t->name = put(base, at, name);
	t->host = put(base, at, addr_format(&from->address, address));
	t->group = SETTINGS_NONE;
	t->depends = SETTINGS_NONE;
	t->alarms_n = from->alarms ? 2 : 0;
	t->size_bytes = from->size_bytes;
	t->samples = from->samples;
	t->detail = from->detail;
	t->history_minutes = from->history_minutes;
	t->flows = from->flows > 0 ? from->flows : 1;
	t->interval_ns = from->interval_ns;
	t->timeout_ns = from->timeout_ns;
}

struct settings *
sim_settings(const struct sim_target targets[], uint32_t n)
{
	uint64_t targets_at = (sizeof(struct settings) + 63) / 64 * 64;
	uint64_t alarms_at = targets_at + n * sizeof(struct settings_target);
	uint64_t refs_at = alarms_at + 2 * sizeof(struct settings_alarm);
	uint64_t strings_at = refs_at + 2 * sizeof(uint32_t);
	uint64_t bytes = strings_at + 1024 + (uint64_t)n * (TEXT_BYTES + ADDR_TEXT_MAX);
	char *base = calloc(1, bytes);
	struct settings *s = (void *)base;
	uint64_t at = strings_at + 1;

	assert(base != NULL);
	s->magic = SETTINGS_MAGIC;
	s->version = SETTINGS_VERSION;
	s->n_targets = n;
	s->n_alarms = 2;
	s->n_refs = 2;
	s->targets_at = targets_at;
	s->groups_at = s->labels_at = s->string_refs_at = s->warnings_at = alarms_at;
	s->alarms_at = alarms_at;
	s->refs_at = refs_at;
	s->strings_at = strings_at;
	s->max_rate_per_s = 200000;
	((uint32_t *)(void *)(base + refs_at))[1] = 1;
	put_alarm(base, &at, (void *)(base + alarms_at), "down", "loss == 100% over 5 probes",
	    "loss < 50% over 10 probes", SETTINGS_STATE_DOWN);
	put_alarm(base, &at, (struct settings_alarm *)(void *)(base + alarms_at) + 1, "loss",
	    "loss > 5% over 1m", "loss < 2% over 3m", SETTINGS_STATE_DEGRADED);
	for (uint32_t i = 0; i < n; i++)
		put_target(base, &at, (struct settings_target *)(void *)(base + targets_at) + i,
		    &targets[i], i);
	assert(at <= bytes);
	s->strings_bytes = (uint32_t)(bytes - strings_at);
	s->bytes = bytes;
	return s;
}
