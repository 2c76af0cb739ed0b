/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The simulation's life: making and ending it, reloads, names that resolve, and which series of the
 * engine is which of the account.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim_internal.h"

#define ALIGN 64
#define START_NS (1000 * NSEC_PER_SEC)
#define START_WALL_NS (NSEC_PER_SEC * INT64_C(1790000000))

static void *
new_array(size_t n, size_t size)
{
	void *array = calloc(n, size);

	assert(array != NULL);
	return array;
}

static void *
arena_new(const struct settings *settings)
{
	size_t bytes = (monitor_arena_bytes(settings) + ALIGN - 1) / ALIGN * ALIGN;
	void *arena = aligned_alloc(ALIGN, bytes);

	assert(arena != NULL);
	memset(arena, 0, bytes);
	return arena;
}

static struct series_truth *
find_series(struct sim *sim, const char *name)
{
	struct series_truth *unused = NULL;

	for (uint32_t i = 0; i < SERIES_MAX; i++) {
		struct series_truth *series = &sim->series[i];

		if (series->used && strcmp(series->name, name) == 0)
			return series;
		if (!series->used && unused == NULL)
			unused = series;
		if (!series->used && i > sim->series_high)
			break;
	}
	assert(unused != NULL);
	unused->used = true;
	if ((uint32_t)(unused - sim->series) > sim->series_high)
		sim->series_high = (uint32_t)(unused - sim->series);
	(void)snprintf(unused->name, sizeof(unused->name), "%s", name);
	return unused;
}

void
sim_map_series(struct sim *sim)
{
	uint32_t max = monitor_series_max(sim->m);

	for (uint32_t i = 0; i <= sim->series_high; i++)
		sim->series[i].mapped = false;
	for (uint32_t s = 0; s < max; s++) {
		struct report r;

		sim->of_slot[s] = NULL;
		if (!monitor_report(sim->m, sim->now_ns, s, NULL, 0, REPORT_BASIC, &r))
			continue;
		sim->of_slot[s] = find_series(sim, r.name);
		sim->target_of_slot[s] = (uint32_t)(r.target - settings_targets(sim->settings));
		if (!sim->of_slot[s]->known) {
			sim->of_slot[s]->known = true;
			sim->of_slot[s]->state = (uint8_t)r.state;
		}
		sim->of_slot[s]->mapped = true;
		sim->of_slot[s]->timeout_ns = r.plan->timeout_ns;
		if (sim->of_slot[s]->interval_ns != r.interval_ns) {
			sim->of_slot[s]->interval_ns = r.interval_ns;
			sim->of_slot[s]->since_ns = sim->now_ns;
			sim->of_slot[s]->since_attempts = r.totals.attempts;
			sim->of_slot[s]->sent_ns[0] = sim->of_slot[s]->sent_ns[1] = 0;
		}
	}
	for (uint32_t i = 0; i <= sim->series_high; i++) {
		if (sim->series[i].used && !sim->series[i].mapped)
			truth_removed(sim, &sim->series[i]);
	}
}

static void
copy_targets(struct sim *sim, const struct sim_world *world)
{
	const struct settings_target *t = settings_targets(sim->settings);

	assert(world->n <= SIM_TARGETS_MAX);
	memcpy(sim->targets, world->targets, world->n * sizeof(*sim->targets));
	sim->n = world->n;
	for (uint32_t i = 0; i < world->n; i++) {
		(void)snprintf(sim->names[i], sizeof(sim->names[i]), "%s",
		    settings_text(sim->settings, t[i].name));
		(void)snprintf(sim->hosts[i], sizeof(sim->hosts[i]), "%s%s",
		    settings_text(sim->settings, t[i].host),
		    settings_plan_of(sim->settings, &t[i])->addresses_all ? " all" : "");
		sim->n_addresses[i] = sim->targets[i].address.family != 0;
		sim->addresses[i][0] = sim->targets[i].address;
		sim->silent[i] = false;
		sim->stuck_id[i] = 0;
	}
}

static void
tell_addresses(struct sim *sim)
{
	for (uint32_t i = 0; i < sim->n; i++) {
		if (sim->targets[i].source != NULL)
			monitor_on_source(sim->m, i, 7, false);
		if (sim->n_addresses[i] > 0)
			monitor_on_address(sim->m, sim->now_ns, i, sim->addresses[i],
			    sim->n_addresses[i], 0, NULL);
	}
	sim_map_series(sim);
}

struct sim *
sim_new_world(uint64_t seed, const struct sim_world *world)
{
	struct sim *sim = new_array(1, sizeof(*sim));
	struct monitor_identity identity = {.id_first = SIM_ID_FIRST};

	sim->seed = seed;
	rng_seed(&sim->rng, seed);
	identity.key.k0 = rng_next(&sim->rng);
	identity.key.k1 = rng_next(&sim->rng);
	identity.epoch = (uint32_t)rng_next(&sim->rng) & 0xffffff;
	identity.seed = rng_next(&sim->rng);
	sim->targets = new_array(SIM_TARGETS_MAX, sizeof(*sim->targets));
	sim->names = new_array(SIM_TARGETS_MAX, sizeof(*sim->names));
	sim->hosts = new_array(SIM_TARGETS_MAX, sizeof(*sim->hosts));
	sim->addresses = new_array(SIM_TARGETS_MAX, sizeof(*sim->addresses));
	sim->n_addresses = new_array(SIM_TARGETS_MAX, sizeof(*sim->n_addresses));
	sim->silent = new_array(SIM_TARGETS_MAX, sizeof(*sim->silent));
	sim->stuck_id = new_array(SIM_TARGETS_MAX, sizeof(*sim->stuck_id));
	sim->series = new_array(SERIES_MAX, sizeof(*sim->series));
	sim->of_slot = new_array(SERIES_MAX, sizeof(struct series_truth *));
	sim->target_of_slot = new_array(SERIES_MAX, sizeof(*sim->target_of_slot));
	sim->probes = new_array(PROBES_KEPT, sizeof(*sim->probes));
	sim->sequences = new_array(SEQUENCES_KEPT, sizeof(*sim->sequences));
	sim->events = new_array(EVENTS_KEPT, sizeof(*sim->events));
	sim->now_ns = sim->last_read_ns = sim->drained_ns = START_NS;
	sim->wall_ns = START_WALL_NS - START_NS;
	sim->settings = sim_settings(world);
	copy_targets(sim, world);
	sim->arena = arena_new(sim->settings);
	sim->m = monitor_init(sim->arena, sim->settings, &identity, sim->now_ns, START_WALL_NS);
	assert(monitor_series_max(sim->m) <= SERIES_MAX);
	sim->faults.delay_min_ns = 5 * NSEC_PER_MSEC;
	sim->faults.delay_max_ns = 20 * NSEC_PER_MSEC;
	tell_addresses(sim);
	return sim;
}

struct sim *
sim_new(uint64_t seed, const struct sim_target targets[], uint32_t n)
{
	const struct sim_world world = {.targets = targets, .n = n};

	return sim_new_world(seed, &world);
}

/* What is known of a target of the old world that goes on in the new one under another index. */
struct kept {
	struct addr addresses[ADDRESSES_MAX];
	size_t n_addresses;
	uint16_t stuck_id;
	bool silent;
};

static void
keep(struct sim *sim, const struct kept kept[], char (*names)[EVENT_NAME_MAX],
    char (*hosts)[HOST_MAX], uint32_t n_kept)
{
	for (uint32_t i = 0; i < sim->n; i++) {
		for (uint32_t k = 0; k < n_kept; k++) {
			if (strcmp(sim->names[i], names[k]) != 0 ||
			    strcmp(sim->hosts[i], hosts[k]) != 0)
				continue;
			sim->silent[i] = kept[k].silent;
			sim->stuck_id[i] = kept[k].stuck_id;
			sim->n_addresses[i] = kept[k].n_addresses;
			memcpy(sim->addresses[i], kept[k].addresses, sizeof(kept[k].addresses));
		}
	}
}

/* Series of targets whose host changed begin anew under the same name. */
static void
remove_changed(
    struct sim *sim, char (*names)[EVENT_NAME_MAX], char (*hosts)[HOST_MAX], uint32_t n_before)
{
	for (uint32_t k = 0; k < n_before; k++) {
		for (uint32_t i = 0; i < sim->n; i++) {
			size_t len = strlen(names[k]);

			if (strcmp(sim->names[i], names[k]) != 0 ||
			    strcmp(sim->hosts[i], hosts[k]) == 0)
				continue;
			for (uint32_t s = 0; s <= sim->series_high; s++) {
				const char *name = sim->series[s].name;

				if (sim->series[s].used && strncmp(name, names[k], len) == 0 &&
				    (name[len] == '\0' || name[len] == ':'))
					truth_removed(sim, &sim->series[s]);
			}
		}
	}
}

void
sim_reload_world(struct sim *sim, const struct sim_world *world)
{
	uint32_t n = sim->n;
	struct kept *kept = new_array(n + 1, sizeof(*kept));
	char(*names)[EVENT_NAME_MAX] = new_array(n + 1, sizeof(*names));
	char(*hosts)[HOST_MAX] = new_array(n + 1, sizeof(*hosts));
	struct settings *settings = sim_settings(world);
	void *arena = arena_new(settings);

	for (uint32_t i = 0; i < n; i++) {
		kept[i].n_addresses = sim->n_addresses[i];
		memcpy(kept[i].addresses, sim->addresses[i], sizeof(kept[i].addresses));
		kept[i].silent = sim->silent[i];
		kept[i].stuck_id = sim->stuck_id[i];
	}
	memcpy(names, sim->names, n * sizeof(*names));
	memcpy(hosts, sim->hosts, n * sizeof(*hosts));
	sim->m = monitor_apply(arena, settings, sim->m, sim->now_ns);
	free(sim->arena);
	free(sim->settings);
	sim->arena = arena;
	sim->settings = settings;
	copy_targets(sim, world);
	keep(sim, kept, names, hosts, n);
	remove_changed(sim, names, hosts, n);
	sim_map_series(sim);
	truth_timeouts_changed(sim);
	tell_addresses(sim);
	free(kept);
	free(names);
	free(hosts);
}

void
sim_reload(struct sim *sim, const struct sim_target targets[], uint32_t n)
{
	const struct sim_world world = {.targets = targets, .n = n};

	sim_reload_world(sim, &world);
}

void
sim_resolve(
    struct sim *sim, uint32_t target, const struct addr addresses[], size_t n, const char *why)
{
	assert(n <= ADDRESSES_MAX);
	if (n > 0) {
		memcpy(sim->addresses[target], addresses, n * sizeof(addresses[0]));
		sim->n_addresses[target] = n;
	}
	monitor_on_address(sim->m, sim->now_ns, target, addresses, n, n == 0 ? -2 : 0, why);
	sim_map_series(sim);
}

void
sim_free(struct sim *sim)
{
	if (sim == NULL)
		return;
	free(sim->heap);
	free(sim->arena);
	free(sim->settings);
	free(sim->targets);
	free(sim->names);
	free(sim->hosts);
	free(sim->addresses);
	free(sim->n_addresses);
	free(sim->silent);
	free(sim->stuck_id);
	free(sim->series);
	free(sim->of_slot);
	free(sim->target_of_slot);
	free(sim->probes);
	free(sim->sequences);
	free(sim->events);
	free(sim);
}

void
sim_set_silent(struct sim *sim, uint32_t target, bool silent)
{
	sim->silent[target] = silent;
}

void
sim_set_stuck_id(struct sim *sim, uint32_t target, uint16_t id)
{
	sim->stuck_id[target] = id;
}

void
sim_stall_once(struct sim *sim, nsec_t duration_ns)
{
	sim->stall_once_ns = duration_ns;
}

void
sim_suspend_once(struct sim *sim, nsec_t duration_ns)
{
	sim->suspend_once_ns = duration_ns;
}

struct sim_faults *
sim_faults(struct sim *sim)
{
	return &sim->faults;
}

struct monitor *
sim_monitor(struct sim *sim)
{
	return sim->m;
}

nsec_t
sim_now(const struct sim *sim)
{
	return sim->now_ns;
}

const char *
sim_why(const struct sim *sim)
{
	return sim->why;
}
