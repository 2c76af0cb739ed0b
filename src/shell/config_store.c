/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Implements shell/config_store.h: hash tables with open addressing, at most two thirds full.
 */
#include <stdlib.h>
#include <string.h>

#include "shell/config_internal.h"

#define ARRAY_FIRST_BYTES 256
#define TABLE_FIRST 64 /* slots */
#define CLEAR_MAX 4096 /* slots that are cleared rather than freed */

void
config_no_memory(struct config *c)
{
	longjmp(c->no_memory, 1);
}

void *
config_realloc(struct config *c, void *old, size_t bytes)
{
	void *new = realloc(old, bytes);

	if (new == NULL)
		config_no_memory(c);
	return new;
}

void *
config_array_extend(struct config *c, struct config_array *a, uint32_t n, size_t item_bytes)
{
	uint64_t wanted = (uint64_t)a->n + n, cap = a->cap;
	char *at;

	if (wanted > UINT32_MAX)
		config_no_memory(c);
	if (cap < ARRAY_FIRST_BYTES / item_bytes)
		cap = ARRAY_FIRST_BYTES / item_bytes;
	while (cap < wanted)
		cap = cap * 2 + 1;
	if (cap > UINT32_MAX)
		cap = UINT32_MAX;
	if (cap > a->cap) {
		a->items = config_realloc(c, a->items, cap * item_bytes);
		a->cap = (uint32_t)cap;
	}
	at = (char *)a->items + a->n * item_bytes;
	a->n = (uint32_t)wanted;
	return at;
}

void *
config_array_add(struct config *c, struct config_array *a, size_t item_bytes)
{
	return memset(config_array_extend(c, a, 1, item_bytes), 0, item_bytes);
}

void
config_array_done(struct config_array *a)
{
	free(a->items);
	memset(a, 0, sizeof(*a));
}

static uint64_t
mix(uint64_t x)
{
	x ^= x >> 32;
	x *= UINT64_C(0x9e3779b97f4a7c15);
	return x ^ x >> 29;
}

uint64_t
config_hash(const void *bytes, size_t len)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ ((const unsigned char *)bytes)[i]) * UINT64_C(0x100000001b3);
	return mix(hash);
}

static void
strings_grow(struct config *c, struct config_strings *s)
{
	uint32_t cap = s->cap == 0 ? TABLE_FIRST : s->cap * 2;
	uint32_t *slots = config_realloc(c, NULL, cap * sizeof(*slots));

	memset(slots, 0, cap * sizeof(*slots));
	for (uint32_t i = 0; i < s->cap; i++) {
		const char *text = config_text(c, s->slots[i]);
		uint64_t slot;

		if (s->slots[i] == 0)
			continue;
		slot = config_hash(text, strlen(text)) & (cap - 1);
		while (slots[slot] != 0)
			slot = (slot + 1) & (cap - 1);
		slots[slot] = s->slots[i];
	}
	free(s->slots);
	s->slots = slots;
	s->cap = cap;
}

config_str
config_intern(struct config *c, const char *text, size_t len)
{
	struct config_strings *s = &c->strings;
	uint64_t slot;
	char *copy;

	if (len == 0)
		return 0;
	if (s->text.n == 0)
		*(char *)config_array_extend(c, &s->text, 1, 1) = '\0';
	if (s->n >= s->cap / 3 * 2)
		strings_grow(c, s);
	slot = config_hash(text, len) & (s->cap - 1);
	for (; s->slots[slot] != 0; slot = (slot + 1) & (s->cap - 1)) {
		const char *other = config_text(c, s->slots[slot]);

		if (strncmp(other, text, len) == 0 && other[len] == '\0')
			return s->slots[slot];
	}
	if (len >= UINT32_MAX - s->text.n)
		config_no_memory(c);
	copy = config_array_extend(c, &s->text, (uint32_t)len + 1, 1);
	memcpy(copy, text, len);
	copy[len] = '\0';
	s->slots[slot] = s->text.n - (uint32_t)len - 1;
	s->n++;
	return s->slots[slot];
}

const char *
config_text(const struct config *c, config_str str)
{
	return str == 0 ? "" : (const char *)c->strings.text.items + str;
}

/* The slot of a key, or the free one where it would go. */
static uint32_t
map_slot(const struct config_map *map, uint64_t key)
{
	uint32_t slot = (uint32_t)(mix(key) & (map->cap - 1));

	while (map->keys[slot] != 0 && map->keys[slot] != key)
		slot = (slot + 1) & (map->cap - 1);
	return slot;
}

uint32_t
config_map_get(const struct config_map *map, uint64_t key)
{
	uint32_t slot;

	if (map->cap == 0)
		return SETTINGS_NONE;
	slot = map_slot(map, key);
	return map->keys[slot] == 0 ? SETTINGS_NONE : map->values[slot];
}

static void
map_grow(struct config *c, struct config_map *map)
{
	struct config_map new = {.cap = map->cap == 0 ? TABLE_FIRST : map->cap * 2, .n = map->n};

	new.keys = config_realloc(c, NULL, new.cap * sizeof(*new.keys));
	memset(new.keys, 0, new.cap * sizeof(*new.keys));
	new.values = malloc(new.cap * sizeof(*new.values));
	if (new.values == NULL) {
		free(new.keys);
		config_no_memory(c);
	}
	for (uint32_t i = 0; i < map->cap; i++) {
		uint32_t slot;

		if (map->keys[i] == 0)
			continue;
		slot = map_slot(&new, map->keys[i]);
		new.keys[slot] = map->keys[i];
		new.values[slot] = map->values[i];
	}
	config_map_done(map);
	*map = new;
}

void
config_map_put(struct config *c, struct config_map *map, uint64_t key, uint32_t value)
{
	uint32_t slot;

	if (map->n >= map->cap / 3 * 2)
		map_grow(c, map);
	slot = map_slot(map, key);
	if (map->keys[slot] == 0) {
		map->keys[slot] = key;
		map->n++;
	}
	map->values[slot] = value;
}

void
config_map_clear(struct config_map *map)
{
	if (map->cap > CLEAR_MAX) /* a thousand small files may follow a large one */
		config_map_done(map);
	else if (map->n > 0)
		memset(map->keys, 0, map->cap * sizeof(*map->keys));
	map->n = 0;
}

void
config_map_done(struct config_map *map)
{
	free(map->keys);
	free(map->values);
	memset(map, 0, sizeof(*map));
}
