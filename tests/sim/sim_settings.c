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

#define TEXT_BYTES 256 /* for the strings of one target, alarm or group */
#define PLANS_LOOKED_AT 16

const struct sim_alarm sim_alarms_builtin[2] = {
    {"down", "loss == 100% over 5 probes", "loss < 50% over 10 probes", SETTINGS_STATE_DOWN},
    {"loss", "loss > 5% over 1m", "loss < 2% over 3m", SETTINGS_STATE_DEGRADED},
};

struct builder {
	char *base;
	uint64_t at, end;
};

static void *
at_offset(const struct builder *b, uint64_t offset)
{
	return b->base + offset;
}

static settings_str
put(struct builder *b, const char *text)
{
	settings_str str = (settings_str)b->at;
	size_t len = strlen(text) + 1;

	assert(b->at + len <= b->end);
	memcpy(b->base + b->at, text, len);
	b->at += len;
	return str;
}

static void
put_alarm(struct builder *b, struct settings_alarm *alarm, const struct sim_alarm *from)
{
	char why[256];

	alarm->name = put(b, from->name);
	alarm->raise_text = put(b, from->raise);
	alarm->clear_text = put(b, from->clear);
	alarm->state = (uint8_t)from->state;
	if (!condition_parse(from->raise, &alarm->raise, why, sizeof(why)) ||
	    !condition_parse(from->clear, &alarm->clear, why, sizeof(why))) {
		fprintf(stderr, "%s: %s\n", from->name, why);
		abort();
	}
}

static uint32_t
group_index(const struct sim_world *world, const char *name)
{
	for (uint32_t g = 0; g < world->n_groups && name != NULL; g++) {
		if (strcmp(world->groups[g].name, name) == 0)
			return g;
	}
	assert(name == NULL);
	return SETTINGS_NONE;
}

static uint32_t
target_index(const struct sim_world *world, const char *name)
{
	for (uint32_t i = 0; i < world->n && name != NULL; i++) {
		if (world->targets[i].name != NULL && strcmp(world->targets[i].name, name) == 0)
			return i;
	}
	assert(name == NULL);
	return SETTINGS_NONE;
}

static struct settings_plan
plan_of(struct builder *b, const struct sim_world *world, const struct sim_target *from)
{
	char address[ADDR_TEXT_MAX];
	struct settings_plan p;

	memset(&p, 0, sizeof(p));
	p.group = group_index(world, from->group);
	p.alarms_n = from->alarms ? world->n_alarms : 0;
	p.size_bytes = from->size_bytes;
	p.samples = from->samples > 0 ? from->samples : 1;
	p.detail = from->detail;
	p.history_minutes = from->history_minutes;
	p.flows = from->flows > 0 ? from->flows : 1;
	p.interval_ns = from->interval_ns;
	p.timeout_ns = from->timeout_ns;
	p.paused = from->paused;
	p.allow_special = from->allow_special;
	p.addresses_all = from->addresses_all;
	p.stamps = from->kernel_stamps ? SETTINGS_STAMPS_KERNEL : SETTINGS_STAMPS_INTERPOLATED;
	if (from->source != NULL)
		p.source = put(b, from->source);
	if (from->source_addr.family != 0) {
		p.source = put(b, addr_format(&from->source_addr, address));
		p.source_is_address = 1;
		p.source_addr = from->source_addr;
	}
	return p;
}

/* The place of a plan, shared with a target shortly before that has the same. */
static uint32_t
plan_index(struct settings *s, struct settings_plan plans[], const struct settings_plan *p)
{
	uint32_t oldest = s->n_plans > PLANS_LOOKED_AT ? s->n_plans - PLANS_LOOKED_AT : 0;

	for (uint32_t i = s->n_plans; i-- > oldest;) {
		if (memcmp(&plans[i], p, sizeof(*p)) == 0)
			return i;
	}
	plans[s->n_plans] = *p;
	return s->n_plans++;
}

static void
put_target(struct builder *b, struct settings *s, const struct sim_world *world, uint32_t i)
{
	struct settings_target *t = (struct settings_target *)at_offset(b, s->targets_at) + i;
	const struct sim_target *from = &world->targets[i];
	const struct settings_plan plan = plan_of(b, world, from);
	char name[32], address[ADDR_TEXT_MAX];

	(void)snprintf(name, sizeof(name), "t%u", i);
	t->name = put(b, from->name != NULL ? from->name : name);
	t->host = put(b, from->host != NULL ? from->host : addr_format(&from->address, address));
	t->depends = target_index(world, from->depends);
	t->plan = plan_index(s, (struct settings_plan *)at_offset(b, s->plans_at), &plan);
}

static uint64_t
room(uint64_t *at, uint64_t n, size_t size)
{
	uint64_t here = (*at + 63) / 64 * 64;

	*at = here + n * size;
	return here;
}

struct settings *
sim_settings(const struct sim_world *given)
{
	struct sim_world world = *given;
	struct settings head = {.magic = SETTINGS_MAGIC, .version = SETTINGS_VERSION};
	uint64_t at = sizeof(head);
	struct builder b;
	struct settings *s;

	if (world.alarms == NULL) {
		world.alarms = sim_alarms_builtin;
		world.n_alarms = 2;
	}
	head.n_targets = world.n;
	head.n_alarms = head.n_refs = world.n_alarms;
	head.n_groups = world.n_groups;
	head.targets_at = room(&at, world.n, sizeof(struct settings_target));
	head.plans_at = room(&at, world.n, sizeof(struct settings_plan));
	head.alarms_at = room(&at, world.n_alarms, sizeof(struct settings_alarm));
	head.groups_at = room(&at, world.n_groups, sizeof(struct settings_group));
	head.refs_at = room(&at, world.n_alarms, sizeof(uint32_t));
	head.labels_at = head.string_refs_at = head.warnings_at = head.notes_at = head.refs_at;
	head.strings_at = at;
	head.strings_bytes = 64 + TEXT_BYTES * (world.n + world.n_alarms + world.n_groups);
	head.bytes = at + head.strings_bytes;
	head.max_rate_per_s = 200000;
	head.receive_buffer_bytes = 1 << 20;
	head.metrics_rtt_set = world.metrics_rtt != 0;
	head.metrics_rtt = world.metrics_rtt > 0;
	s = calloc(1, head.bytes);
	assert(s != NULL);
	*s = head;
	b = (struct builder){.base = (char *)s, .at = at + 1, .end = head.bytes};
	for (uint32_t i = 0; i < world.n_alarms; i++) {
		((uint32_t *)at_offset(&b, s->refs_at))[i] = i;
		put_alarm(
		    &b, (struct settings_alarm *)at_offset(&b, s->alarms_at) + i, &world.alarms[i]);
	}
	for (uint32_t g = 0; g < world.n_groups; g++) {
		struct settings_group *group =
		    (struct settings_group *)at_offset(&b, s->groups_at) + g;

		group->name = put(&b, world.groups[g].name);
		group->quorum_need = world.groups[g].quorum_need;
		for (uint32_t i = 0; i < world.n && group->quorum_need > 0; i++)
			group->quorum_of += group_index(&world, world.targets[i].group) == g;
		if (group->quorum_need > group->quorum_of)
			group->quorum_need = group->quorum_of;
	}
	for (uint32_t i = 0; i < world.n; i++)
		put_target(&b, s, &world, i);
	if (!settings_check(s, head.bytes)) {
		fprintf(stderr, "the simulation made settings that are refused\n");
		abort();
	}
	return s;
}
