/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The hosts that need more than parsing, in flat arrays: found by a hash table, each with the chain
 * of its targets, and a binary heap of those that wait for a moment. Texts stay where they are, in
 * the settings. It refuses to know what is asked and answered.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "shell/resolve_internal.h"

/* Tunables.
 * NAMES_FIRST    room for names that the first growth gives
 * LOAD           cells of the table for each target, so that it never fills */
#define NAMES_FIRST 64
#define LOAD 2

const char *
resolve_names_host(const struct resolve_names *names, uint32_t i)
{
	assert(i < names->n && names->names != NULL);
	return settings_text(names->settings, names->names[i].host);
}

uint32_t
resolve_names_next(const struct resolve_names *names, uint32_t hash, uint32_t *cell)
{
	if (names->n == 0)
		return RESOLVE_NONE;
	for (;;) {
		uint32_t i = names->table[*cell & names->mask];

		(*cell)++;
		if (i == 0)
			return RESOLVE_NONE;
		if (names->names[i - 1].hash == hash)
			return i - 1;
	}
}

uint32_t
resolve_names_find(const struct resolve_names *names, const char *host, uint32_t hash)
{
	size_t len = strlen(host);
	uint32_t cell = hash, i;

	while ((i = resolve_names_next(names, hash, &cell)) != RESOLVE_NONE) {
		const char *other = resolve_names_host(names, i);

		if (resolve_name_equal(host, len, other, strlen(other)))
			break;
	}
	return i;
}

/* Room for one more name, its table and the chain of targets. */
static int
grow(struct resolve_names *names)
{
	uint32_t cells = 1, cap = names->cap == 0 ? NAMES_FIRST : names->cap * 2;
	struct resolve_name *grown;

	if (names->table == NULL) {
		while (cells / LOAD <= names->settings->n_targets)
			cells *= 2;
		names->mask = cells - 1;
		names->table = calloc(cells, sizeof(*names->table));
		names->next_target =
		    malloc(names->settings->n_targets * sizeof(*names->next_target));
		if (names->table == NULL || names->next_target == NULL)
			return -ENOMEM;
	}
	if (names->n < names->cap)
		return 0;
	grown = reallocarray(names->names, cap, sizeof(*grown));
	if (grown == NULL)
		return -ENOMEM;
	names->names = grown;
	names->cap = cap;
	return 0;
}

static void
add(struct resolve_names *names, const struct resolve_name *name)
{
	uint32_t cell = name->hash & names->mask;

	while (names->table[cell] != 0)
		cell = (cell + 1) & names->mask;
	names->names[names->n++] = *name;
	names->table[cell] = names->n;
}

static int
add_target(struct resolve_names *names, uint32_t target, enum resolve_kind kind)
{
	static const uint8_t wants[] = {[SETTINGS_FAMILY_AUTO] = RESOLVE_WANT_AUTO,
	    [SETTINGS_FAMILY_IPV4] = RESOLVE_WANT_V4,
	    [SETTINGS_FAMILY_IPV6] = RESOLVE_WANT_V6};
	const struct settings_target *t = &settings_targets(names->settings)[target];
	const char *host = settings_text(names->settings, t->host);
	uint32_t hash = resolve_name_hash(host, resolve_name_len(host));
	uint32_t i = resolve_names_find(names, host, hash);

	if (i == RESOLVE_NONE) {
		int error = grow(names);

		if (error < 0)
			return error;
		i = names->n;
		add(names, &(struct resolve_name){.hash = hash,
			       .host = t->host,
			       .first_target = RESOLVE_NONE,
			       .heap_at = RESOLVE_NONE,
			       .kind = kind});
	}
	names->names[i].wants |= wants[settings_plan_of(names->settings, t)->family];
	names->next_target[target] = names->names[i].first_target;
	names->names[i].first_target = target;
	return 0;
}

int
resolve_names_build(struct resolve_names *ret, const struct settings *settings)
{
	const struct settings_target *t = settings_targets(settings);
	struct resolve_names names = {.settings = settings};

	for (uint32_t i = 0; i < settings->n_targets; i++) {
		struct addr number;
		enum resolve_kind kind =
		    resolve_host_kind(settings_text(settings, t[i].host), &number);

		if (kind != RESOLVE_NUMERIC && kind != RESOLVE_BAD &&
		    add_target(&names, i, kind) < 0)
			goto no_memory;
	}
	if (names.n > 0) {
		struct resolve_name *fit = reallocarray(names.names, names.n, sizeof(*names.names));

		names.heap = malloc(names.n * sizeof(*names.heap));
		if (names.heap == NULL)
			goto no_memory;
		if (fit != NULL) {
			names.names = fit;
			names.cap = names.n;
		}
	}
	*ret = names;
	return 0;
no_memory:
	resolve_names_done(&names);
	return -ENOMEM;
}

void
resolve_names_done(struct resolve_names *names)
{
	for (uint32_t i = 0; i < names->n; i++)
		free(names->names[i].known);
	free(names->names);
	free(names->table);
	free(names->next_target);
	free(names->heap);
	*names = (struct resolve_names){0};
}

static bool
earlier(const struct resolve_names *names, uint32_t a, uint32_t b)
{
	return names->names[a].due_ns < names->names[b].due_ns;
}

static void
put(struct resolve_names *names, uint32_t at, uint32_t i)
{
	names->heap[at] = i;
	names->names[i].heap_at = at;
}

static void
sift_up(struct resolve_names *names, uint32_t at, uint32_t i)
{
	while (at > 0 && earlier(names, i, names->heap[(at - 1) / 2])) {
		put(names, at, names->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	put(names, at, i);
}

static void
sift_down(struct resolve_names *names, uint32_t at, uint32_t i)
{
	for (uint32_t child; (child = 2 * at + 1) < names->n_heap; at = child) {
		if (child + 1 < names->n_heap &&
		    earlier(names, names->heap[child + 1], names->heap[child]))
			child++;
		if (!earlier(names, names->heap[child], i))
			break;
		put(names, at, names->heap[child]);
	}
	put(names, at, i);
}

void
resolve_names_due(struct resolve_names *names, uint32_t i, nsec_t due_ns)
{
	struct resolve_name *name = &names->names[i];
	uint32_t at = name->heap_at;

	name->due_ns = due_ns;
	if (at != RESOLVE_NONE) { /* out of its place, which the last one takes */
		uint32_t last = names->heap[--names->n_heap];

		name->heap_at = RESOLVE_NONE;
		if (last != i) {
			sift_up(names, at, last);
			sift_down(names, names->names[last].heap_at, last);
		}
	}
	if (due_ns != NSEC_NEVER)
		sift_up(names, names->n_heap++, i);
}

void
resolve_names_reorder(struct resolve_names *names)
{
	for (uint32_t at = names->n_heap / 2; at > 0; at--)
		sift_down(names, at - 1, names->heap[at - 1]);
}

uint8_t
resolve_name_asks(const struct resolve_name *name)
{
	const uint8_t both = 1 << RESOLVE_V4 | 1 << RESOLVE_V6;

	static_assert(RESOLVE_WANT_V4 == 1 << RESOLVE_V4 && RESOLVE_WANT_V6 == 1 << RESOLVE_V6,
	    "wants and families share their bits");
	if (name->kind != RESOLVE_NAME)
		return 0;
	if (name->hosts != 0 || !(name->wants & RESOLVE_WANT_AUTO))
		return (uint8_t)(name->wants & both & ~name->hosts);
	return both;
}
