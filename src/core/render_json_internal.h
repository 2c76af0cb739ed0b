/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * For the files render_json*.c alone: members of objects, each with its comma before it.
 */
#ifndef ICMPMON_CORE_RENDER_JSON_INTERNAL_H
#define ICMPMON_CORE_RENDER_JSON_INTERNAL_H

#include "core/render_json.h"

void json_number(struct text *t, const char *key, uint64_t value);
void json_string(struct text *t, const char *key, const char *value);
void json_time(struct text *t, const char *key, nsec_t wall_ns);
void json_ms(struct text *t, const char *key, nsec_t ns);
void json_bool(struct text *t, const char *key, bool value);
void json_address(struct text *t, const char *key, const struct addr *address);

/* The members of a totals object, without braces and without a comma before them. */
void json_totals(struct text *t, const struct totals *s);
/* "causes", those that occurred. */
void json_causes(struct text *t, const struct totals *s);

/* The members of a cause, the same. */
void json_cause(struct text *t, const struct cause *cause);
void json_cause_or_null(struct text *t, const struct cause *cause);

#endif
