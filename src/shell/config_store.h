/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Memory of the configuration module: growing arrays, interned texts, tables by number. An
 * allocation that fails ends the reading by config_no_memory, so that no caller has to look. It
 * refuses to know what is kept.
 */
#ifndef ICMPMON_SHELL_CONFIG_STORE_H
#define ICMPMON_SHELL_CONFIG_STORE_H

#include <stddef.h>
#include <stdint.h>

struct config;

/* A growing array; items is NULL while n is 0. */
struct config_array {
	void *items;
	uint32_t n, cap;
};

/* A table of numbers by numbers. */
struct config_map {
	uint64_t *keys; /* 0: free */
	uint32_t *values;
	uint32_t n, cap; /* cap: a power of two, or 0 */
};

typedef uint32_t config_str; /* offset of an interned text; equal texts have equal offsets; 0: "" */

struct config_strings {
	struct config_array text; /* of char */
	uint32_t *slots;
	uint32_t n, cap;
};

_Noreturn void config_no_memory(struct config *c);
void *config_realloc(struct config *c, void *old, size_t bytes);
/* One more item, zeroed; moves the array. */
void *config_array_add(struct config *c, struct config_array *a, size_t item_bytes);
/* Room for n items more; returns where they begin, not zeroed. */
void *config_array_extend(struct config *c, struct config_array *a, uint32_t n, size_t item_bytes);
void config_array_done(struct config_array *a);

/* Of any bytes. */
uint64_t config_hash(const void *bytes, size_t len);

config_str config_intern(struct config *c, const char *text, size_t len);
const char *config_text(const struct config *c, config_str str);

/* The value kept for a key (not 0), or SETTINGS_NONE. */
uint32_t config_map_get(const struct config_map *map, uint64_t key);
/* Puts a new key, or replaces its value. */
void config_map_put(struct config *c, struct config_map *map, uint64_t key, uint32_t value);
void config_map_done(struct config_map *map);
/* Empties it. */
void config_map_clear(struct config_map *map);

#endif
