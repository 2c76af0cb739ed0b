/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Values out of the daemon's JSON, by paths such as "rtt_ms.p50". What is absent, null or of
 * another kind gives the fallback: an older or newer daemon never makes the client fail. It owns
 * the JSON library and refuses to know what the members mean.
 */
#ifndef ICMPMON_CTL_JV_H
#define ICMPMON_CTL_JV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/units.h"

struct json_t;
struct text;

/* NULL when the text is not one JSON object. Free with jv_free. */
struct json_t *jv_parse(const char *text, size_t bytes);
void jv_free(struct json_t *v);

/* The member, or NULL. v may be NULL in all that follows. */
const struct json_t *jv_get(const struct json_t *v, const char *path);

/* Valid as long as v. */
const char *jv_text(const struct json_t *v, const char *path, const char *fallback);
int64_t jv_int(const struct json_t *v, const char *path, int64_t fallback);
double jv_real(const struct json_t *v, const char *path, double fallback);
bool jv_true(const struct json_t *v, const char *path);
bool jv_is_null(const struct json_t *v, const char *path); /* null or absent */

/* Milliseconds, or seconds, as nanoseconds; -1 when absent. */
nsec_t jv_ms(const struct json_t *v, const char *path);
nsec_t jv_seconds(const struct json_t *v, const char *path);

/* An RFC 3339 time; 0 when absent. */
nsec_t jv_time(const struct json_t *v, const char *path);

size_t jv_count(const struct json_t *array);
const struct json_t *jv_item(const struct json_t *array, size_t i);

/* Walks the members of an object: *cursor starts as NULL. False at the end. */
bool jv_next(const struct json_t *object, void **cursor, const char **ret_key,
    const struct json_t **ret_value);

/* A field of a tab-separated line: the value of path as the daemon gave it, "-" when absent; no
 * tabs, newlines or other controls in it. */
void jv_add_field(struct text *t, const struct json_t *v, const char *path);

#endif
