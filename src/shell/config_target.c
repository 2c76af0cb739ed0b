/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * One target: from the values that hold for it to its place in the block, and what must be right
 * about it by itself. Implements a part of shell/config_resolve.h.
 */
#include <string.h>

#include "core/duration.h"
#include "shell/config_resolve.h"

#define SAMPLES_NS \
	(5 * NSEC_PER_MIN) /* what the samples cover at least, if nobody says otherwise */

static int64_t
number(const struct config_resolver *r, int key)
{
	return r->values[key]->number;
}

/* One more distinct interval or timeout: the engine has a schedule for each. */
static void
note_distinct(struct config_resolver *r, struct config_map *map, int key)
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
resolve_probe(struct config_resolver *r)
{
	struct settings_plan *p = &r->plan;

	p->interval_ns = number(r, CONFIG_KEY_INTERVAL);
	p->timeout_ns = number(r, CONFIG_KEY_TIMEOUT);
	p->size_bytes = (uint32_t)number(r, CONFIG_KEY_SIZE);
	p->ttl = (uint8_t)number(r, CONFIG_KEY_TTL);
	p->dscp = (uint8_t)number(r, CONFIG_KEY_DSCP_OF_TARGET);
	p->df = (uint8_t)number(r, CONFIG_KEY_DF);
	p->mark = (uint32_t)number(r, CONFIG_KEY_MARK);
	p->probe = (uint8_t)number(r, CONFIG_KEY_PROBE);
	p->flows = (uint8_t)number(r, CONFIG_KEY_FLOWS);
	p->stamps = (uint8_t)number(r, CONFIG_KEY_STAMPS);
	p->family = (uint8_t)number(r, CONFIG_KEY_FAMILY);
	p->addresses_all = (uint8_t)number(r, CONFIG_KEY_ADDRESSES);
	p->allow_special = (uint8_t)number(r, CONFIG_KEY_ALLOW_SPECIAL);
	p->paused = (uint8_t)number(r, CONFIG_KEY_PAUSED);
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
resolve_host(struct config_resolver *r)
{
	const struct config_value *host = r->values[CONFIG_KEY_HOST_OF_TARGET];
	int family = r->plan.family == SETTINGS_FAMILY_IPV4   ? 4
		     : r->plan.family == SETTINGS_FAMILY_IPV6 ? 6
							      : 0;
	struct addr addr;
	enum addr_kind kind;

	if (host == NULL)
		return family; /* that was said */
	r->t->host = (config_str)host->number;
	if (!config_host_addr(config_text(r->c, r->t->host), &addr))
		return family;
	kind = addr_classify(&addr);
	if (kind != ADDR_UNICAST && kind != ADDR_LOOPBACK && !r->plan.allow_special)
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
resolve_source(struct config_resolver *r, int family)
{
	const struct config_value *source = r->values[CONFIG_KEY_SOURCE_OF_TARGET];
	struct addr addr;

	r->plan.source = (config_str)source->number;
	if (!addr_parse(config_text(r->c, r->plan.source), &addr))
		return;
	r->plan.source_is_address = 1;
	r->plan.source_addr = addr;
	if (family != 0 && family != addr.family)
		config_error(r->c, source->at, &r->owner,
		    "source = %s: the target has IPv%d addresses: write a source of that family, "
		    "or "
		    "an interface",
		    config_quote(r->c, config_text(r->c, r->plan.source)), family);
}

static void
check_timestamp(const struct config_resolver *r, int family)
{
	const struct config_value *probe = r->values[CONFIG_KEY_PROBE];

	if (r->plan.probe == SETTINGS_PROBE_TIMESTAMP && family != 4)
		config_error(r->c, probe->at, &r->owner,
		    "probe = \"timestamp\": exists for IPv4 alone: write family = \"ipv4\", or "
		    "probe = \"echo\"");
}

/* What is accepted ahead of its time is told, once: nobody shall wait for what does not come. */
static void
tell_absent(struct config_resolver *r)
{
	if (r->plan.probe == SETTINGS_PROBE_TIMESTAMP && !r->told_probe) {
		r->told_probe = true;
		config_warn(r->c, r->values[CONFIG_KEY_PROBE]->at, &r->owner,
		    "probe = \"timestamp\": this version sends echo requests all the same: leave "
		    "it out");
	}
	if (r->t->dpinger_socket != 0 && !r->told_dpinger) {
		r->told_dpinger = true;
		config_warn(r->c, r->values[CONFIG_KEY_DPINGER_SOCKET]->at, &r->owner,
		    "dpinger_socket: this version serves no such socket: leave it out");
	}
}

/* Targets with the same list at the same interval share its refs; shared or not, faults are counted
 * for each target. */
static void
resolve_alarms(struct config_resolver *r, uint32_t index)
{
	struct config *c = r->c;
	const struct config_value *names = r->values[CONFIG_KEY_ALARMS_OF_TARGET];
	uint64_t key = config_hash(&names, sizeof(names)) ^
		       config_hash(&r->plan.interval_ns, sizeof(r->plan.interval_ns));
	uint32_t refs[SETTINGS_TARGET_ALARMS_MAX], n, first;

	n = config_alarms_of(
	    c, names, r->plan.interval_ns, index, refs, &r->last_samples, &r->last_longest);
	first = config_map_get(&r->alarm_lists, key | 1);
	if (first == SETTINGS_NONE || n > c->out_refs.n - first ||
	    (n > 0 &&
		memcmp((uint32_t *)c->out_refs.items + first, refs, n * sizeof(*refs)) != 0)) {
		first = c->out_refs.n;
		if (n > 0)
			memcpy(config_array_extend(c, &c->out_refs, n, sizeof(*refs)), refs,
			    n * sizeof(*refs));
		config_map_put(c, &r->alarm_lists, key | 1, first);
	}
	r->plan.alarms_first = first;
	r->plan.alarms_n = n;
}

/* The index of a plan of these bytes: most targets share one of a few. */
static uint32_t
plan_index(struct config_resolver *r)
{
	struct config_array *plans = &r->c->out_plans;
	uint64_t key = config_hash(&r->plan, sizeof(r->plan)) | 1;
	uint32_t index = config_map_get(&r->plans, key);

	if (index != SETTINGS_NONE &&
	    memcmp((struct settings_plan *)plans->items + index, &r->plan, sizeof(r->plan)) == 0)
		return index;
	index = plans->n;
	*(struct settings_plan *)config_array_add(r->c, plans, sizeof(r->plan)) = r->plan;
	config_map_put(r->c, &r->plans, key, index);
	return index;
}

static void
resolve_samples(struct config_resolver *r)
{
	const struct config_value *v = r->values[CONFIG_KEY_SAMPLES];
	int64_t wanted = (SAMPLES_NS + r->plan.interval_ns - 1) / r->plan.interval_ns;
	uint32_t needed =
	    r->last_samples < SETTINGS_SAMPLES_MAX ? r->last_samples : SETTINGS_SAMPLES_MAX;
	char interval[32];
	uint64_t place;

	if (v == NULL) {
		wanted = wanted > needed ? wanted : needed;
		r->plan.samples =
		    (uint32_t)(wanted < SETTINGS_SAMPLES_MAX ? wanted : SETTINGS_SAMPLES_MAX);
		return;
	}
	r->plan.samples = (uint32_t)v->number;
	place = (uint64_t)(v->at.file + 1) << 32 | v->at.line;
	if (r->plan.samples >= needed || config_map_get(&r->samples_told, place) != SETTINGS_NONE)
		return;
	config_map_put(r->c, &r->samples_told, place, 0);
	config_error(r->c, v->at, &r->owner,
	    "samples = %u: the alarm %s looks at %u probes at an interval of %s: write %u or more, "
	    "or leave samples out",
	    r->plan.samples,
	    config_quote(r->c, config_text(r->c, config_alarm(r->c, r->last_longest)->name)),
	    r->last_samples, duration_format(r->plan.interval_ns, interval, sizeof(interval)),
	    needed);
}

static void
resolve_memory(struct config_resolver *r)
{
	const struct config_value *detail = r->values[CONFIG_KEY_DETAIL];
	const struct config_value *history = r->values[CONFIG_KEY_HISTORY];

	resolve_samples(r);
	r->plan.detail = detail != NULL ? (uint32_t)detail->number : r->c->detail;
	r->plan.history_minutes = CONFIG_HISTORY_UNDECIDED;
	if (history != NULL)
		r->plan.history_minutes =
		    (uint32_t)((history->number + NSEC_PER_MIN - 1) / NSEC_PER_MIN);
}

/* A group's parent may be one of the group: it does not depend on itself. */
static uint32_t
resolve_depends(const struct config_resolver *r, uint32_t index)
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

void
config_resolve_target(struct config_resolver *r, uint32_t index)
{
	struct config *c = r->c;
	const struct config_target *from = config_target(c, index);
	struct config_label_range labels = r->defaults;
	const struct config_value *own;
	int family;

	r->t = &c->out_targets[index];
	memset(r->t, 0, sizeof(*r->t));
	memset(&r->plan, 0, sizeof(r->plan));
	r->owner.name = from->name;
	r->owner.at = from->at;
	if (index == 0 || from->group != r->group)
		config_inherited(c, from->group, r->inherited);
	r->group = from->group;
	memcpy(r->values, r->inherited, sizeof(r->values));
	config_overlay_own(c, from, r->values);
	r->t->name = from->name;
	r->plan.file = config_file(c, from->at.file)->path;
	r->t->line = from->at.line;
	r->plan.group = from->group;
	r->t->depends = resolve_depends(r, index);
	r->t->dpinger_socket = (config_str)number(r, CONFIG_KEY_DPINGER_SOCKET);
	resolve_probe(r);
	family = resolve_host(r);
	resolve_source(r, family);
	check_timestamp(r, family);
	tell_absent(r);
	resolve_alarms(r, index);
	resolve_memory(r);
	if (from->group != SETTINGS_NONE) {
		const struct settings_group *g =
		    (struct settings_group *)c->out_groups.items + from->group;

		labels = (struct config_label_range){g->labels_first, g->labels_n};
	}
	own = r->values[CONFIG_KEY_LABELS_OF_TARGET];
	if (from->n_values > 0 && own >= config_value(c, from->first_value) &&
	    own < config_value(c, from->first_value) + from->n_values)
		labels = config_merge_labels(c, labels, own, &r->owner);
	r->t->labels_first = labels.first;
	r->t->labels_n = labels.n;
	r->t->plan = plan_index(r);
}
