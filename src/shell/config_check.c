/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * What can be told only when all is known: names that refer to others, circles of parents, rates,
 * spans that do not suit an interval, things that nobody uses. It refuses to know how a single
 * value is read.
 */
#include <stdlib.h>
#include <string.h>

#include "core/duration.h"
#include "shell/config_internal.h"

#define SUGGEST_TARGETS_MAX 10000 /* above that, looking for near names takes too long */
#define HOST_RATE_MAX 10 /* probes/s to one address before we ask whether that is meant */

#define PER_HOUR(interval_ns) ((uint64_t)(NSEC_PER_HOUR / (interval_ns)))

/* ---- names ---- */

static void
check_alarm_names(struct config *c, const struct config_owner *owner, const struct config_value *v)
{
	if (v->given != CONFIG_GIVEN)
		return;
	for (uint32_t i = 0; i < config_list_n(v); i++) {
		config_str name = config_word(c, config_list_first(v) + i);
		struct config_near near = {.wanted = config_text(c, name)};

		if (config_map_get(&c->alarm_names, name) != SETTINGS_NONE)
			continue;
		for (uint32_t k = 0; k < c->alarms.n; k++)
			config_near_try(c, &near, config_text(c, config_alarm(c, k)->name));
		config_error(c, v->at, owner, "alarms: there is no alarm %s%s",
		    config_quote(c, near.wanted),
		    config_near_text(c, &near, ": write one of alarms = { ... }"));
	}
}

static void
check_parent(struct config *c, const struct config_owner *owner, const struct config_value *v)
{
	struct config_near near = {.wanted = config_text(c, (config_str)v->number)};

	if (v->given != CONFIG_GIVEN || v->number == 0 ||
	    config_map_get(&c->target_names, (uint64_t)v->number) != SETTINGS_NONE)
		return;
	for (uint32_t i = 0; i < c->targets.n && c->targets.n <= SUGGEST_TARGETS_MAX; i++)
		config_near_try(c, &near, config_text(c, config_target(c, i)->name));
	config_error(c, v->at, owner, "depends: there is no target %s%s",
	    config_quote(c, near.wanted), config_near_text(c, &near, ": write the name of one"));
}

void
config_check_names(struct config *c)
{
	static const struct config_owner defaults = {.level = CONFIG_LEVEL_DEFAULTS};

	if (c->torn) /* what is missing may stand in what could not be read */
		return;
	check_alarm_names(c, &defaults, &c->top[CONFIG_KEY_ALARMS_OF_TARGET]);
	for (uint32_t i = 0; i < c->groups.n; i++) {
		const struct config_group *g = config_group(c, i);
		const struct config_owner owner = {.level = CONFIG_LEVEL_GROUP, .name = g->name};

		check_alarm_names(c, &owner, &g->values[CONFIG_KEY_ALARMS_OF_TARGET]);
		check_parent(c, &owner, &g->values[CONFIG_KEY_DEPENDS]);
	}
	for (uint32_t i = 0; i < c->targets.n; i++) {
		const struct config_target *t = config_target(c, i);
		const struct config_owner owner = {.level = CONFIG_LEVEL_TARGET, .name = t->name};

		for (uint32_t k = 0; k < t->n_values; k++) {
			const struct config_value *v = config_value(c, t->first_value + k);

			if (v->key == CONFIG_KEY_ALARMS_OF_TARGET)
				check_alarm_names(c, &owner, v);
			else if (v->key == CONFIG_KEY_DEPENDS)
				check_parent(c, &owner, v);
		}
	}
}

/* ---- parents ---- */

static void
tell_circle(struct config *c, uint32_t target)
{
	const struct config_target *t = config_target(c, target);
	const struct config_owner owner = {.level = CONFIG_LEVEL_TARGET, .name = t->name};
	const char *first = config_quote(c, config_text(c, t->name));
	uint32_t parent = c->out_targets[target].depends;

	if (parent == target)
		config_error(c, t->at, &owner, "depends on itself: take depends out");
	else if (c->out_targets[parent].depends == target)
		config_error(c, t->at, &owner,
		    "depends on %s, and that on %s: take one of the two out",
		    config_quote(c, config_text(c, config_target(c, parent)->name)), first);
	else
		config_error(c, t->at, &owner,
		    "depends on %s, and so on, back to %s: take depends out of one of them",
		    config_quote(c, config_text(c, config_target(c, parent)->name)), first);
}

/* Walks up from each target until what was walked before. walk: by which target, counted from 1;
 * depth: parents above and itself; 0: not yet. */
static void
check_parents(struct config *c)
{
	uint32_t n = c->targets.n;
	struct config_array marks = {0};
	uint32_t *walk, *depth;

	if (n == 0)
		return;
	walk = config_array_extend(c, &marks, n, 2 * sizeof(uint32_t));
	memset(walk, 0, n * 2 * sizeof(uint32_t));
	depth = walk + n;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t t = i, up = 0;

		if (c->out_targets[i].depends == SETTINGS_NONE)
			continue;
		for (; t != SETTINGS_NONE && walk[t] == 0; t = c->out_targets[t].depends, up++)
			walk[t] = i + 1;
		if (t != SETTINGS_NONE && walk[t] == i + 1) {
			tell_circle(c, t);
			continue;
		}
		up += t == SETTINGS_NONE ? 0 : depth[t];
		for (t = i; t != SETTINGS_NONE && depth[t] == 0 && walk[t] == i + 1;
		     t = c->out_targets[t].depends)
			depth[t] = up--;
		if (depth[i] == SETTINGS_DEPENDS_DEPTH_MAX + 2)
			config_error(c, config_target(c, i)->at, NULL,
			    "target %s has more than %d parents above it: have fewer",
			    config_quote(c, config_text(c, config_target(c, i)->name)),
			    SETTINGS_DEPENDS_DEPTH_MAX);
	}
	config_array_done(&marks);
}

/* ---- rates ---- */

static void
check_rate(struct config *c)
{
	const struct config_value *max = c->top[CONFIG_KEY_MAX_RATE].given == CONFIG_GIVEN
					     ? &c->top[CONFIG_KEY_MAX_RATE]
					     : &c->initial[CONFIG_KEY_MAX_RATE];
	struct config_place at = max->at;
	uint64_t per_hour = 0;

	for (uint32_t i = 0; i < c->targets.n; i++)
		per_hour += PER_HOUR(config_plan_of(c, i)->interval_ns);
	if (per_hour <= (uint64_t)max->number * 3600)
		return;
	if (at.file == CONFIG_DEFAULT_FILE)
		at = (struct config_place){.file = 0};
	config_error(c, at, NULL,
	    "max_rate = %lld: all targets together send %llu probes/s: write longer intervals, or "
	    "a "
	    "higher max_rate",
	    (long long)max->number, (unsigned long long)((per_hour + 3599) / 3600));
}

/* The text by which targets of one address are known together. */
static config_str
host_key(struct config *c, config_str host)
{
	char text[ADDR_TEXT_MAX];
	struct addr addr;

	/* one IPv6 address can be written in many ways */
	if (strchr(config_text(c, host), ':') == NULL || !addr_parse(config_text(c, host), &addr))
		return host;
	(void)addr_format(&addr, text);
	return config_intern(c, text, strlen(text));
}

struct host_rate {
	uint64_t per_hour;
	uint64_t n; /* targets */
};

static void
warn_of_rate(struct config *c, uint32_t target, const struct host_rate *rate)
{
	const struct config_target *t = config_target(c, target);
	const struct config_owner owner = {.level = CONFIG_LEVEL_TARGET, .name = t->name};

	config_warn(c, t->at, &owner,
	    "%s gets %llu.%llu probes/s from %llu target%s, and over %d/s may annoy: write longer "
	    "intervals if that is not meant",
	    config_escape(c, config_text(c, c->out_targets[target].host)),
	    (unsigned long long)(rate->per_hour / 3600),
	    (unsigned long long)(rate->per_hour % 3600 / 360), (unsigned long long)rate->n,
	    rate->n == 1 ? "" : "s", HOST_RATE_MAX);
}

/* Sums the rates of each host at the first of its targets. */
static void
check_hosts(struct config *c)
{
	struct config_array sums = {0};
	struct config_map hosts = {0};
	struct host_rate *rates;

	if (c->targets.n == 0)
		return;
	rates = config_array_extend(c, &sums, c->targets.n, sizeof(*rates));
	memset(rates, 0, c->targets.n * sizeof(*rates));
	for (uint32_t i = 0; i < c->targets.n; i++) {
		config_str key = host_key(c, c->out_targets[i].host);
		uint32_t first = key == 0 ? i : config_map_get(&hosts, key);

		if (first == SETTINGS_NONE) {
			first = i;
			config_map_put(c, &hosts, key, i);
		}
		rates[first].per_hour += PER_HOUR(config_plan_of(c, i)->interval_ns);
		rates[first].n++;
	}
	for (uint32_t i = 0; i < c->targets.n; i++) {
		if (rates[i].per_hour > HOST_RATE_MAX * 3600)
			warn_of_rate(c, i, &rates[i]);
	}
	config_map_done(&hosts);
	config_array_done(&sums);
}

/* ---- the rest ---- */

/* One message for each condition and interval. */
static void
tell_span_faults(struct config *c)
{
	const struct config_span_fault *faults = c->span_faults.items;

	for (uint32_t i = 0; i < c->span_faults.n; i++) {
		const struct config_span_fault *f = &faults[i];
		const struct config_alarm *a = config_alarm(c, f->alarm);
		const struct config_owner owner = {.level = CONFIG_LEVEL_ALARM, .name = a->name};
		int key = f->clear ? CONFIG_KEY_ALARM_CLEAR : CONFIG_KEY_ALARM_RAISE;
		const struct condition *condition = f->clear ? &a->clear : &a->raise;
		const struct config_target *t = config_target(c, f->target);
		bool is_short = condition->span_ns / SETTINGS_SPAN_INTERVALS_MIN < f->interval_ns;
		char interval[32], least[32];

		(void)duration_format(f->interval_ns, interval, sizeof(interval));
		(void)duration_format(is_short ? f->interval_ns * SETTINGS_SPAN_INTERVALS_MIN
					       : f->interval_ns * SETTINGS_SAMPLES_MAX,
		    least, sizeof(least));
		config_error(c, a->values[key].at, &owner,
		    "%s = %s: too %s for target %s (%s%s) with an interval of %s: write a span "
		    "of %s or %s, or another interval",
		    config_key((unsigned)key)->name,
		    config_quote(c, config_text(c, (config_str)a->values[key].number)),
		    is_short ? "short" : "long", config_quote(c, config_text(c, t->name)),
		    config_place_text(c, t->at), f->n > 1 ? ", and others" : "", interval, least,
		    is_short ? "more" : "less");
	}
}

static void
check_dpinger_sockets(struct config *c)
{
	struct config_map names = {0};

	for (uint32_t i = 0; i < c->targets.n; i++) {
		config_str name = c->out_targets[i].dpinger_socket;
		const struct config_target *t = config_target(c, i);
		const struct config_owner owner = {.level = CONFIG_LEVEL_TARGET, .name = t->name};
		uint32_t other = name == 0 ? SETTINGS_NONE : config_map_get(&names, name);

		if (other != SETTINGS_NONE)
			config_error(c, t->at, &owner,
			    "dpinger_socket = %s: target %s has it already (%s): write another "
			    "name",
			    config_quote(c, config_text(c, name)),
			    config_quote(c, config_text(c, config_target(c, other)->name)),
			    config_place_text(c, config_target(c, other)->at));
		else if (name != 0)
			config_map_put(c, &names, name, i);
	}
	config_map_done(&names);
}

static void
warn_of_nothing(struct config *c)
{
	const struct config_place main_file = {.file = 0};

	if (c->targets.n == 0) {
		config_warn(c, main_file, NULL,
		    "no targets: write targets = { NAME = { host = \"ADDRESS\"; }; };");
		return;
	}
	for (uint32_t i = 0; i < c->groups.n; i++) {
		const struct config_group *g = config_group(c, i);
		const struct config_owner owner = {.level = CONFIG_LEVEL_GROUP, .name = g->name};

		if (g->n_targets == 0)
			config_warn(
			    c, g->at, &owner, "has no targets: write targets = { ... }; into it");
	}
	for (uint32_t i = 0; i < c->alarms.n; i++) {
		const struct config_alarm *a = config_alarm(c, i);
		const struct config_owner owner = {.level = CONFIG_LEVEL_ALARM, .name = a->name};

		if (!a->used && a->at.file != CONFIG_DEFAULT_FILE)
			config_warn(c, a->at, &owner,
			    "watches no target: write its name into alarms = [ ... ] of defaults, "
			    "a "
			    "group or a target");
	}
}

void
config_check_all(struct config *c)
{
	tell_span_faults(c);
	check_parents(c);
	check_rate(c);
	check_hosts(c);
	check_dpinger_sockets(c);
	warn_of_nothing(c);
}
